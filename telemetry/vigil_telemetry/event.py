"""The base of all events: a frozen msgspec struct whose tag is its name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, ClassVar, dataclass_transform

import msgspec

from vigil_telemetry._settings import refuse_wrong_settings
from vigil_telemetry.arguments import Text, shown, validated
from vigil_telemetry.severity import Severity


class Emitter(StrEnum):
    """Who writes an event, which decides where its lines are looked for."""

    SERVICE = "service"
    """The process that serves the request or does the work."""
    CLIENT = "client"
    """The caller that awaits the outcome (it alone sees a workflow's time-out or termination)."""
    WORKFLOW = "workflow"
    """Workflow code on a worker (it sees its activities' time-outs and lost heartbeats, a parent its children's
    ends).
    """
    WORKER = "worker"
    """A Temporal worker, about an attempt that it runs itself."""
    AGENT = "agent"
    """An AI agent's loop."""
    DRAIN = "drain"
    """A log drain, on behalf of a frontend that cannot write to Cloud Logging."""
    LIBRARY = "library"
    """This library, about itself."""


_declared: "dict[tuple[str, str], type[Event]]" = {}


@validated
@dataclass(frozen=True, slots=True)
class SeverityBy:
    """Severity that depends on a label of the instance.

    `SeverityBy("status_class", {"4xx": Severity.WARNING})`: the named values differ, all others keep the event's own
    `severity`. Keys are the label's values as they stand in the line.
    """

    label: Text
    """Name of the label."""
    values: Mapping[str, Severity]
    """Severities by the label's value; what is not named keeps the event's own."""


@validated
@dataclass(frozen=True, slots=True)
class HttpRequestFields:
    """Names the fields of an event that make up Cloud Logging's `httpRequest`; they stay top-level fields as well."""

    method: Text = "method"
    """Field with the method. Default: `method`."""
    url: Text = "route"
    """Field with the path. Default: `route`."""
    status: Text = "status"
    """Field with the status. Default: `status`."""
    latency: Text = "duration"
    """Measure in seconds, written as `"0.012s"`. Default: `duration`."""
    request_size: Text | None = None
    """Measure of the request's size in bytes. Default: none."""
    response_size: Text | None = None
    """Measure of the response's size in bytes. Default: none."""


if TYPE_CHECKING:

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
    class _Events(msgspec.StructMeta):
        """Tells type checkers what msgspec gets below: events are frozen, and made with keywords."""

    class _Base(msgspec.Struct, metaclass=_Events):
        """As a type checker sees it."""
else:
    _Base = msgspec.Struct


class Event(_Base, frozen=True, gc=False, omit_defaults=True, tag_field="event"):
    """Base of all events. A subclass names itself by `tag`, declares annotated fields, and may set the class variables.

    ```python
    class OrderRejected(Event, tag="order.rejected"):
        \"\"\"The order service refused an order.\"\"\"

        severity: ClassVar = Severity.WARNING
        message: ClassVar = "order refused: {reason}"
        reason: Label[Reason]
    ```

    Events are made with keywords. Optional fields stand last, or the class says `kw_only=True`. The class has no
    metaclass of ours: on Python 3.11 one makes each event four times as expensive.
    """

    severity: ClassVar[Severity] = Severity.INFO
    """Severity of every instance, unless `severity_by` says otherwise."""
    severity_by: ClassVar[SeverityBy | None] = None
    message: ClassVar[str] = ""
    """Template over the event's fields, `"{method} {route}"`; `{duration:.3f}` sets decimals. Default: the
    docstring's first line.
    """
    version: ClassVar[int] = 1
    """Raised, with `.v2` at the end of the tag, where a change would break metrics that are deployed."""
    emitter: ClassVar[Emitter] = Emitter.SERVICE
    since: ClassVar[str] = "0.1.0"
    """Version of the declaring package that first had the event."""
    reported: ClassVar[bool] = False
    """Whether Error Reporting groups the event even where it carries no exception."""
    http_request: ClassVar[HttpRequestFields | None] = None

    metric_labels: ClassVar[tuple[str, ...] | None] = None
    """Names of the labels that a metric over the event has, since their values multiply; None for all of them.

    They belong to the event, not to a chart: a label that is added or removed replaces every metric deployed over it.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        refuse_wrong_settings(cls, Event)
        cls.__write__ = Event.__write__  # not the writer that a base may have by now
        if "<locals>" not in cls.__qualname__:  # a class inside a function is usable, but in nobody's catalog
            _declared[cls.__module__, cls.__qualname__] = cls

    def __write__(self, frame: FrameType | None, exception: BaseException | None, place: bytes | None, /) -> None:
        """Write the first event of its class.

        `emitter` puts the writer that it makes for a class here, and this back when other settings come into force.
        To find it as a method takes less time than to look the class up.
        """
        import_module("vigil_telemetry.emitter").writer_of(type(self))(self, frame, exception, place)


_LONGEST_TAG = 80
"""Characters of a tag. The id of a metric, which has the service's name as well, has at most 100."""

_TAG = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
"""What stands in metric ids and in filters without being quoted."""


def event_name(cls: type[Event]) -> str:
    """Return the event's name: its tag.

    Raises TypeError where the class has none (then msgspec's default, the class's name, would be the event's), and
    ValueError for one that cannot stand in the id of a metric.
    """
    tag = cls.__struct_config__.tag
    if not isinstance(tag, str) or tag == cls.__name__:
        raise TypeError(f'{cls.__qualname__} has no name: declare it as `class {cls.__name__}(Event, tag="area.what")`')
    if _TAG.fullmatch(tag) is None or len(tag) > _LONGEST_TAG:
        raise ValueError(
            f"{cls.__qualname__}: tag is {shown('tag', tag)}; give lower-case words joined by dots, such as "
            f"'order.rejected', at most {_LONGEST_TAG} characters, since ids of metrics are made of it"
        )
    return tag


def of_the_same_tag(cls: type[Event]) -> type[Event] | None:
    """Return another class that is declared under the tag of an event; None where there is none.

    A class that a module declares anew, because it was run again, is not another one. Nor is one of a `__main__`: a
    process that runs several programs, such as one of tests, has had several of these.
    """
    if _alone.get(cls) == len(_declared):
        return None
    place = (cls.__module__, cls.__qualname__)
    if place not in _declared or cls.__module__ == "__main__":
        return None  # one inside a function is in nobody's catalog
    tag = cls.__struct_config__.tag
    others = (one for at, one in _declared.items() if at != place and at[0] != "__main__")
    other = next((one for one in others if one.__struct_config__.tag == tag), None)
    if other is None:
        _alone[cls] = len(_declared)
    return other


_alone: dict[type[Event], int] = {}
"""Classes whose tag no other one had, with how many were declared then."""


def registered() -> Mapping[str, type[Event]]:
    """Return event classes by name, as far as their modules are imported; those without a tag are bases of others.

    Raises TypeError where two classes have the same name.
    """
    found: dict[str, type[Event]] = {}
    for cls in list(_declared.values()):
        tag = cls.__struct_config__.tag
        if not isinstance(tag, str) or tag == cls.__name__:
            continue
        known = found.setdefault(tag, cls)
        if known is not cls:
            raise TypeError(
                f"event {tag!r} is declared twice, by {known.__module__}.{known.__qualname__} and "
                f"{cls.__module__}.{cls.__qualname__}: give one of them another tag",
            )
    return found
