"""Reads an event class: which fields it has, what they mean, and where they stand in a log entry."""

from __future__ import annotations

import ast
import enum
import inspect
import itertools
import operator
import re
import string
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from vigil_telemetry.arguments import shown, validated
from vigil_telemetry.event import Emitter, Event, HttpRequestFields, SeverityBy, event_name
from vigil_telemetry.fields import UNSTATED, Bounded, Declared, Role, Treatment, Unit
from vigil_telemetry.reserved import RESERVED
from vigil_telemetry.severity import Severity


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """One field of an event."""

    name: str
    role: Role
    type: type
    """The Python type without its annotations: `str`, `int`, `float`, `bool`, or an enum class."""
    values: tuple[str, ...] | None
    """Every value a label can have, as it stands in the line; None where the label is bounded otherwise, or is no
    label.
    """
    cardinality: int | None
    """At most this many values (labels only)."""
    unit: str | None
    """UCUM unit (measures only)."""
    path: str
    """Where a log entry has it: `jsonPayload.route`."""
    doc: str
    required: bool
    """Whether every line of the event has it (an optional field without a value is left out)."""
    treatment: Treatment | None = None
    """What happens to it before it leaves the process (personal data only)."""


@dataclass(frozen=True, slots=True)
class EventSchema:
    """One event: what the catalog knows."""

    name: str
    cls: type[Event]
    severity: Severity
    severity_by: SeverityBy | None
    version: int
    message: str
    doc: str
    emitter: Emitter
    since: str
    reported: bool
    http_request: HttpRequestFields | None
    metric_labels: tuple[FieldSchema, ...]
    """The labels that a metric over the event has."""
    fields: tuple[FieldSchema, ...]

    def field(self, name: str) -> FieldSchema:
        """Return the field of that name.

        Raises KeyError where there is none, naming those there are.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"event {self.name!r} has no field {name!r}; it has {', '.join(f.name for f in self.fields)}")

    @property
    def labels(self) -> tuple[FieldSchema, ...]:
        """The fields that may become metric labels."""
        return tuple(field for field in self.fields if field.role is Role.LABEL)

    @property
    def measures(self) -> tuple[FieldSchema, ...]:
        """The fields that may become distributions."""
        return tuple(field for field in self.fields if field.role is Role.MEASURE)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """Every severity that a line of this event can have, mildest first."""
        by = self.severity_by
        return tuple(sorted({self.severity, *(by.values.values() if by else ())}))


@validated
def schema_of(cls: type[Event]) -> EventSchema:
    """Return what the catalog knows of an event class, with the documentation of its fields.

    Raises TypeError where the class is not a well-formed event; the text names the field and the remedy.
    """
    return _whole(cls)


@cache
def _whole(cls: type[Event]) -> EventSchema:
    return _build(cls, _field_docs(cls))


@cache
def shape_of(cls: type[Event]) -> EventSchema:
    """Return the same without the fields' documentation, for which sources have to be read: what emitting needs."""
    return _build(cls, {})


def _build(cls: type[Event], documented: Mapping[str, str]) -> EventSchema:
    name = event_name(cls)
    hints = _hints(cls)
    fields = tuple(
        _field(cls, attribute, name, hints[attribute], documented.get(attribute, ""))
        for attribute, name in zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)
    )
    doc = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    schema = EventSchema(
        name=name,
        cls=cls,
        severity=cls.severity,
        severity_by=cls.severity_by,
        version=cls.version,
        message=message_template(cls),
        doc=doc,
        emitter=cls.emitter,
        since=cls.since,
        reported=cls.reported,
        http_request=cls.http_request,
        metric_labels=_metric_labels(cls, fields),
        fields=fields,
    )
    _check(schema)
    return schema


def _hints(cls: type[Event]) -> dict[str, object]:
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"event {event_name(cls)!r}: a field's type is {error.name!r}, which its module does not know while it "
            "runs; import or declare it at the top of the module, outside `if TYPE_CHECKING`"
        ) from error


def message_template(cls: type[Event]) -> str:
    """Return the event's message template: its own, or the first line of its docstring, or its name."""
    if cls.message:
        return cls.message
    doc = inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition("\n")[0].rstrip(".")
    return doc.replace("{", "{{").replace("}", "}}") or event_name(cls)


def _check(schema: EventSchema) -> None:
    names = {field.name: field for field in schema.fields}
    _check_message(schema, names)
    _check_request(schema, names)
    by = schema.severity_by
    if by is not None:
        field = names.get(by.label)
        if field is None or field.role is not Role.LABEL:
            raise TypeError(
                f"severity_by of event {schema.name!r} needs a label, and {by.label!r} is not one of its labels"
            )
        unknown = [text for text in sorted(by.values) if not _occurs(field, text)]
        if unknown:
            raise TypeError(f"severity_by of event {schema.name!r}: {by.label!r} is never {unknown}")
    suffix = f".v{schema.version}"
    if schema.version != 1 and not schema.name.endswith(suffix):
        raise TypeError(f"event {schema.name!r} is version {schema.version}: its tag has to end with {suffix!r}")


def _check_message(schema: EventSchema, names: Mapping[str, FieldSchema]) -> None:
    where = f"message of event {schema.name!r}"
    for _, name, spec, conversion in string.Formatter().parse(schema.message):
        if name is None:
            continue
        field = names.get(name)
        if field is None:
            raise TypeError(f"{where} uses {{{name}}}, which is not a field of it")
        if field.treatment is Treatment.DROP:
            raise TypeError(f"{where} uses {{{name}}}, which is dropped: leave it out")
        if conversion or (spec and _DECIMALS.fullmatch(spec) is None):
            raise TypeError(f"{where}: {{{name}}} may only set decimals, as in {{{name}:.3f}}")
        if spec and (field.type not in (int, float) or field.treatment is not None):
            raise TypeError(f"{where}: {name} is no number, so write {{{name}}} without decimals")


_DECIMALS = re.compile(r"\.[0-9]{1,2}[fgeE%]", re.ASCII)


def value_of(label: FieldSchema, text: str) -> object:
    """Return what an event holds in a label where the line has this text. Raises ValueError where no value has it."""
    if label.type is bool:
        return text == "true"
    if issubclass(label.type, enum.Enum):
        return next(member for member in label.type if str(member.value) == text)
    return label.type(text)


def _occurs(label: FieldSchema, text: str) -> bool:
    """Whether a label may have this text in a line."""
    if label.values is not None:
        return text in label.values
    try:
        value_of(label, text)
    except ValueError:
        return False
    return True


def _check_request(schema: EventSchema, names: Mapping[str, FieldSchema]) -> None:
    shape = schema.http_request
    if shape is None:
        return
    sizes = {"request_size": shape.request_size, "response_size": shape.response_size}
    wanted = {"method": shape.method, "url": shape.url, "status": shape.status, "latency": shape.latency}
    for part, name in {**wanted, **{key: value for key, value in sizes.items() if value is not None}}.items():
        where = f"http_request of event {schema.name!r}: {part} is {name!r}"
        if name not in names:
            raise TypeError(
                f"{where}, which is no field of it; declare it, or name another: HttpRequestFields({part}=...)"
            )
        if (part == "latency" or part in sizes) and names[name].role is not Role.MEASURE:
            raise TypeError(f"{where}, which is no measure; name one, such as {name}: Measure[Seconds]")


def _metric_labels(cls: type[Event], fields: tuple[FieldSchema, ...]) -> tuple[FieldSchema, ...]:
    labels = {field.name: field for field in fields if field.role is Role.LABEL}
    chosen = cls.metric_labels
    if chosen is None:
        return tuple(labels.values())
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice:
        raise TypeError(f"{cls.__qualname__}.metric_labels names {', '.join(twice)} more than once; name it once")
    unknown = [name for name in chosen if name not in labels]
    if unknown:
        raise TypeError(
            f"{cls.__qualname__}.metric_labels names {', '.join(unknown)}; the event's labels are {', '.join(labels)}"
        )
    return tuple(labels[name] for name in chosen)


def _field(cls: type[Event], attribute: str, name: str, hint: object, doc: str) -> FieldSchema:
    where = f"field {attribute!r} of event {event_name(cls)!r}"
    if name in RESERVED:
        raise TypeError(f"{where}: the name belongs to the line itself; choose another")
    if attribute.startswith("__"):
        raise TypeError(f"{where}: names with two underscores in front belong to Python; choose another")
    plain, marks, optional = _unwrap(hint)
    declared = [mark for mark in marks if isinstance(mark, Declared)]
    if len(declared) != 1:
        raise TypeError(
            f"{where}: declare it as exactly one of Label, Measure, Text, Identifier, Pseudonym, Redacted, Dropped"
        )
    role, treatment = declared[0].role, declared[0].treatment
    unit = next((mark.code for mark in marks if isinstance(mark, Unit)), None)
    bound = next((mark for mark in marks if isinstance(mark, Bounded)), None)
    base, values = _base(plain, where)
    cardinality = None
    if role is Role.LABEL:
        cardinality = bound.at_most if bound else len(values) if values is not None else None
        if cardinality is None:
            raise TypeError(
                f"{where}: a label needs bounded values: an enum, a Literal, bool, "
                f"or Annotated[{base.__name__}, Bounded(at_most=..., by=...)]"
            )
    elif role is Role.MEASURE:
        if base not in (int, float):
            raise TypeError(f"{where}: a measure is an int or a float")
        if unit is None:
            unit = "1"
    return FieldSchema(
        name=name,
        role=role,
        type=base,
        values=values if role is Role.LABEL else None,
        cardinality=cardinality,
        unit=unit,
        path=f"jsonPayload.{name}",
        doc=doc,
        required=not optional and treatment is not Treatment.DROP,
        treatment=treatment,
    )


_ALIAS: type[object] | tuple[()] = getattr(typing, "TypeAliasType", ())
"""What `type Order = str` makes, from Python 3.12 on."""
_aliased: Callable[[object], object] = operator.attrgetter("__value__")


def _unwrap(hint: object) -> tuple[Any, tuple[object, ...], bool]:  # a type as `typing` gives it
    """Return the bare type of a hint, the marks found on the way, and whether it may be None."""
    marks: tuple[object, ...] = ()
    optional = False
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            marks += tuple(more)
        elif origin in (Union, types.UnionType):
            rest = [arg for arg in get_args(hint) if arg is not types.NoneType]
            optional = optional or len(rest) < len(get_args(hint))
            if len(rest) != 1:
                return hint, marks, optional
            hint = rest[0]
        elif isinstance(hint, NewType):
            hint = hint.__supertype__
        elif isinstance(hint, _ALIAS):
            hint = _aliased(hint)
        else:
            return hint, marks, optional


def _base(plain: object, where: str) -> tuple[type, tuple[str, ...] | None]:  # a type as `typing` gives it
    if get_origin(plain) is Literal:
        values: tuple[object, ...] = get_args(plain)
        for kind in (str, int):
            if all(type(value) is kind for value in values):
                return kind, tuple(str(value) for value in values)
    elif plain is bool:
        return bool, ("false", "true")
    elif isinstance(plain, type):
        if issubclass(plain, enum.Enum):
            return plain, tuple(str(value) for value in _values(plain, where))
        if plain in (str, int, float):
            return plain, None
    if plain is UNSTATED:
        raise TypeError(f"{where}: it says no type; write it in brackets, such as Pseudonym[str] or Label[Reason]")
    if isinstance(plain, TypeVar):
        raise TypeError(f"{where}: its type is the variable {plain}; declare the field in each event, with its type")
    raise TypeError(
        f"{where}: its type is {plain!r}; a line has str, int, float, bool, an enum, or a Literal of one kind, or None"
    )


def _values(kind: type[enum.Enum], where: str) -> list[str | int]:
    if issubclass(kind, enum.Flag):
        raise TypeError(f"{where}: {kind.__name__} is a Flag, whose members can be combined; declare it as an Enum")
    if not len(kind):
        raise TypeError(f"{where}: {kind.__name__} has no members; give it one for each value")
    for member in kind:
        value: object = member.value
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise TypeError(
                f"{where}: {kind.__name__}.{member.name} is {shown('', value)}, which is no value of a label; "
                "give each member a text or a whole number"
            )
    return [member.value for member in kind]


def _field_docs(cls: type[Event]) -> dict[str, str]:
    """Return the string literals that follow the fields in the source, which editors show as their documentation."""
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        if not (issubclass(owner, Event) and owner is not Event):
            continue
        try:
            lines, _ = inspect.findsource(sys.modules[owner.__module__])
            declared = _classes("".join(lines)).get(owner.__qualname__)
        except (KeyError, OSError, TypeError, SyntaxError):
            continue  # no source beside the code: the field goes without text
        for field, text in itertools.pairwise(declared.body if declared is not None else ()):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found[field.target.id] = inspect.cleandoc(text.value.value)
    return found


@lru_cache(maxsize=32)
def _classes(source: str) -> Mapping[str, ast.ClassDef]:
    """Return the classes of a module by their qualified names. `inspect` would read all of it for each class."""
    classes: dict[str, ast.ClassDef] = {}
    for name, found in _within(ast.parse(source), ""):
        classes.setdefault(name, found)
    return classes


def _within(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", child
            inner = f"{prefix}{child.name}."
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = f"{prefix}{child.name}.<locals>."
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _within(child, inner)
