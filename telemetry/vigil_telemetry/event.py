"""The base of all events: a frozen msgspec struct whose tag is its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform

import msgspec

from vigil_telemetry.severity import Severity


class Emitter(StrEnum):
    """Who writes an event, which decides where its lines are looked for."""

    SERVICE = "service"
    """The process that serves the request or does the work."""
    CLIENT = "client"
    """The caller that awaits the outcome (it alone sees a workflow's time-out or termination)."""
    WORKFLOW = "workflow"
    """Workflow code on a worker (it sees its activities' time-outs and lost heartbeats, a parent its children's ends)."""
    WORKER = "worker"
    """A Temporal worker, about an attempt that it runs itself."""
    AGENT = "agent"
    """An AI agent's loop."""
    DRAIN = "drain"
    """A log drain, on behalf of a frontend that cannot write to Cloud Logging."""
    LIBRARY = "library"
    """This library, about itself."""


@dataclass(frozen=True, slots=True)
class SeverityBy:
    """Severity that depends on a label of the instance.

    `SeverityBy("status_class", {"4xx": Severity.WARNING})`: the named values differ, all others keep the event's own
    `severity`. Keys are the label's values as they stand in the line.
    """

    label: str
    values: Mapping[str, Severity]


@dataclass(frozen=True, slots=True)
class HttpRequestFields:
    """Names the fields of an event that make up Cloud Logging's `httpRequest`; they stay top-level fields as well."""

    method: str = "method"
    url: str = "route"
    status: str = "status"
    latency: str = "duration"
    """A measure in seconds; written as `"0.012s"`."""
    request_size: str | None = None
    response_size: str | None = None


_registry: dict[str, type[Event]] = {}


def _only_none_defaults(bases: tuple[type, ...], namespace: Mapping[str, object]) -> bool:
    own = [namespace[name] for name in namespace.get("__annotations__", ()) if name in namespace]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportGeneralTypeIssues] - a class body's annotations are a dict of names
    inherited = [value for base in bases for value in getattr(base, "__struct_defaults__", ())]
    return all(value is None or value is msgspec.NODEFAULT for value in [*own, *inherited])


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class EventMeta(msgspec.StructMeta):
    """Makes every event keyword-only, and enters it into the catalog under its tag."""

    def __new__(
        mcls,  # noqa: N804 - the metaclass's own first argument
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],  # what `type` itself takes
        **config: Any,  # struct options: msgspec's, which types them
    ) -> EventMeta:
        config.setdefault("kw_only", True)
        # an optional field that is None is left out of the line; other defaults are written
        config["omit_defaults"] = _only_none_defaults(bases, namespace)
        return super().__new__(mcls, name, bases, namespace, **config)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> None:
        super().__init__(name, bases, namespace, **config)
        if bases != (msgspec.Struct,) and issubclass(cls, Event):
            _register(cls)


class Event(msgspec.Struct, metaclass=EventMeta, frozen=True, tag_field="event"):
    """Base of all events. A subclass names itself by `tag`, declares annotated fields, and may set the class variables.

    ```python
    class OrderRejected(Event, tag="order.rejected"):
        \"\"\"The order service refused an order.\"\"\"

        severity: ClassVar = Severity.WARNING
        message: ClassVar = "order refused: {reason}"
        reason: Label[Reason]
    ```
    """

    severity: ClassVar[Severity] = Severity.INFO
    """Severity of every instance, unless `severity_by` says otherwise."""
    severity_by: ClassVar[SeverityBy | None] = None
    message: ClassVar[str] = ""
    """Template over the event's fields, `"{method} {route}"`; `{duration:.3f}` sets decimals. Default: the docstring's first line."""
    version: ClassVar[int] = 1
    """Raised, with `.v2` at the end of the tag, where a change would break metrics that are deployed."""
    emitter: ClassVar[Emitter] = Emitter.SERVICE
    since: ClassVar[str] = "0.1.0"
    """Version of the declaring package that first had the event."""
    reported: ClassVar[bool] = False
    """Whether Error Reporting groups the event even where it carries no exception."""
    http_request: ClassVar[HttpRequestFields | None] = None


def event_name(cls: type[Event]) -> str:
    """The event's name: its tag.

    Raises:
        TypeError: where the class has none (then msgspec's default, the class's name, would be the event's).
    """
    tag = cls.__struct_config__.tag
    if not isinstance(tag, str) or tag == cls.__name__:
        raise TypeError(f'{cls.__qualname__} has no name: declare it as `class {cls.__name__}(Event, tag="area.what")`')
    return tag


def registered() -> Mapping[str, type[Event]]:
    """Event classes by name, as far as their modules are imported."""
    return _registry


def _register(cls: type[Event]) -> None:
    tag = cls.__struct_config__.tag
    if not isinstance(tag, str) or tag == cls.__name__ or "<locals>" in cls.__qualname__:
        return  # an abstract base, or a class inside a function: usable, but not part of anyone's catalog
    known = _registry.get(tag)
    if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise TypeError(
            f"event {tag!r} is declared twice: {known.__module__}.{known.__qualname__} and "
            f"{cls.__module__}.{cls.__qualname__}; give one of them another tag",
        )
    _registry[tag] = cls
