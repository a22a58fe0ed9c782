"""Python source of values: what a person would write to make them, laid out as ruff formats it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import timedelta
from types import ModuleType
from typing import Final, cast

from vigil_apimodel import lql, metrics
from vigil_apimodel.metrics import Metric, logging
from vigil_components.thresholds import QueryAbsence, QueryThreshold

WIDTH: Final = 100
"""Columns of the program's lines."""
_COMPONENTS: Final = "vigil_components"
_VIGIL: Final = "vigil_apimodel"


@dataclass(frozen=True, slots=True)
class Source:
    """An expression, and the names that it needs from modules."""

    node: "Node"
    imports: frozenset[tuple[str, str]]

    def text(self, *, indent: int, before: int = 0) -> str:
        """Return the expression for a line that is indented, and that has `before` other characters."""
        return laid_out(self.node, indent=indent, before=before)


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A call, a list or a dictionary: what opens it, its elements, what closes it."""

    opening: str
    elements: "tuple[tuple[str, Node], ...]"
    closing: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """A long text in pieces, a line for each."""

    pieces: tuple[str, ...]


Node = str | Bracketed | Pieces
"""An expression: text that stays on its line, something in brackets that may be broken into lines, or a long text."""


def laid_out(node: Node, *, indent: int, before: int = 0) -> str:
    """Return an expression on one line where it fits, else with a line for each element."""
    inner = indent + 4
    if isinstance(node, Pieces):
        return "\n".join(["(", *(f"{' ' * inner}{each}" for each in node.pieces), f"{' ' * indent})"])
    flat = _flat(node)
    if flat is not None and (isinstance(node, str) or indent + before + len(flat) + 1 <= WIDTH):
        return flat
    assert isinstance(node, Bracketed)  # noqa: S101 - a text is flat
    lines = [f"{' ' * inner}{key}{laid_out(each, indent=inner, before=len(key))}," for key, each in node.elements]
    return "\n".join([node.opening, *lines, f"{' ' * indent}{node.closing.lstrip(',')}"])


def _flat(node: Node) -> str | None:
    """The expression on one line, None where a long text is in it."""
    if isinstance(node, str):
        return node
    if isinstance(node, Pieces):
        return None
    inside = [(key, _flat(each)) for key, each in node.elements]
    if any(each is None for _, each in inside):
        return None
    return f"{node.opening}{', '.join(f'{key}{each}' for key, each in inside)}{node.closing}"


class Writer:
    """Writes values as source, and collects what has to be imported for them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` are the variables that hold texts, by the text."""
        self._names = names
        self._imports: set[tuple[str, str]] = set()

    def source(self, value: object, *, dropped: Iterable[str] = ()) -> Source:
        """Return the source of a value; fields named in `dropped` are left out of the outermost dataclass."""
        node = self._call(value, dropped) if is_dataclass(value) else self._node(value)
        return Source(node, frozenset(self._imports))

    def _node(self, value: object) -> Node:  # noqa: C901, PLR0911 - one case for each kind of value
        match value:
            case Metric():
                return self._metric(value)
            case QueryThreshold():
                return self._threshold(value)
            case QueryAbsence():
                return self._function(
                    "absence", [("", self._node(value.query)), ("lasting=", self._node(value.lasting))]
                )
            case (
                lql.And() | lql.Or() | lql.Not() | lql.Comparison() | lql.Restriction() | lql.Call() | lql.Everything()
            ):
                self._imports.add((_VIGIL, "lql"))
                return Bracketed("lql.parse(", (("", literal(lql.render(cast("lql.Expr", value)))),), ")")
            case timedelta():
                return self._duration(value)
            case str():
                return self._names.get(value) or literal(value)
            case Mapping():
                items = cast("Mapping[str, object]", value).items()
                return Bracketed("{", tuple((f"{literal_line(key)}: ", self._node(each)) for key, each in items), "}")
            case list() | tuple():
                return self._sequence(cast("Sequence[object]", value))
            case _ if is_dataclass(value):
                return self._call(value, ())
            case float() if value.is_integer() and abs(value) < 10**15:
                return str(int(value))
            case _:
                return repr(value)

    def _sequence(self, value: Sequence[object]) -> Bracketed:
        nodes = [self._node(each) for each in value]
        if all(isinstance(each, int | float) for each in value):  # several numbers share a line
            nodes = [", ".join(map(str, nodes[at : at + 10])) for at in range(0, len(nodes), 10)]
        one = "," if len(value) == 1 else ""
        opening, closing = ("(", f"{one})") if isinstance(value, tuple) else ("[", "]")
        return Bracketed(opening, tuple(("", each) for each in nodes), closing)

    def _function(self, name: str, elements: Sequence[tuple[str, Node]]) -> Bracketed:
        self._imports.add((_COMPONENTS, name))
        return Bracketed(f"{name}(", tuple(elements), ")")

    def _call(self, value: object, dropped: Iterable[str]) -> Bracketed:
        """The call that makes a dataclass, without what equals its default."""
        kept = [
            each for each in fields(cast("type", value)) if each.name not in dropped and not _is_default(each, value)
        ]
        elements = [(f"{each.name}=", self._field(each.name, getattr(value, each.name))) for each in kept]
        return self._function(type(value).__name__, elements)

    def _field(self, name: str, value: object) -> Node:
        return "project" if name == "project" and isinstance(value, str) else self._node(value)

    def _metric(self, metric: Metric) -> Node:
        place = _CONSTANTS.get(metric.type)
        if place is not None and metrics.lookup(metric.type) == metric:
            module, name = place
            self._imports.add((f"{_VIGIL}.metrics", module))
            return f"{module}.{name}"
        self._imports.add((_VIGIL, "metrics"))
        if metrics.lookup(metric.type) == metric:
            return f"metrics.get({literal_line(metric.type)})"
        return self._user_metric(metric)

    def _user_metric(self, metric: Metric) -> Node:
        elements: list[tuple[str, Node]] = [("", literal_line(metric.type.removeprefix(logging.USER_PREFIX)))]
        if metric.value_type is not metrics.ValueType.INT64:
            elements.append(("value_type=", f"metrics.ValueType.{metric.value_type.name}"))
        if metric.unit != "1":
            elements.append(("unit=", literal_line(metric.unit)))
        own = [label for label in metric.labels if label.key != "log"]
        if own:
            made = tuple(("", f"metrics.MetricLabel({literal_line(label.key)})") for label in own)
            elements.append(("labels=", Bracketed("[", made, "]")))
        return Bracketed("metrics.user_metric(", tuple(elements), ")")

    def _threshold(self, condition: QueryThreshold) -> Node:
        arguments: list[tuple[str, Node]] = [("", self._node(condition.query))]
        if condition.of is not None:
            arguments.append(("of=", self._node(condition.of)))
        if condition.missing is not None:
            arguments.append(("missing_data=", literal_line(condition.missing)))
        value = self._function("query_value", arguments)
        bound = str(self._node(condition.limit.value))
        if condition.lasting:
            bound += f", lasting={self._duration(condition.lasting)}"
        return Bracketed(value.opening, value.elements, f").{'below' if condition.below else 'above'}({bound})")

    def _duration(self, value: timedelta) -> str:
        total = int(value.total_seconds())
        units = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
        name, size = next(unit for unit in units if total % unit[1] == 0 and (total or unit[1] == 1))
        self._imports.add((_COMPONENTS, name))
        return f"{name}({total // size})"


def literal(text: str) -> Node:
    """Return a text as Python writes it, a long one as a piece for each line."""
    whole = literal_line(text)
    if len(whole) <= WIDTH - 30:
        return whole
    pieces = [piece for part in text.splitlines(keepends=True) for piece in _wrapped(part)]
    return Pieces(tuple(map(literal_line, pieces)))


def _wrapped(line: str) -> Iterable[str]:
    """The line in pieces of whole words that leave room for their indentation."""
    room = WIDTH - 30
    piece = ""
    for word in re.findall(r"\S+\s*|\s+", line):
        if piece and len(piece) + len(word) > room:
            yield piece
            piece = ""
        piece += word
    yield piece


def literal_line(text: str) -> str:
    """Return a text as a literal on one line, in the quotes that need no backslash."""
    written = repr(text)
    if written.startswith("'") and '"' not in text:
        return f'"{written[1:-1]}"'
    return written


def _is_default(each: "Field[object]", owner: object) -> bool:
    value: object = getattr(owner, each.name)
    if each.default is MISSING and each.default_factory is MISSING:
        return False
    usual: object = (
        each.default if each.default is not MISSING else cast("Callable[[], object]", each.default_factory)()
    )
    if isinstance(value, list | tuple) and isinstance(usual, list | tuple):
        return [*cast("Sequence[object]", value)] == [*cast("Sequence[object]", usual)]
    return value.__class__ is usual.__class__ and value == usual


def _constants() -> dict[str, tuple[str, str]]:
    """Where each constant is: its module and its name there, by the metric's type."""
    found: dict[str, tuple[str, str]] = {}
    for module_name, module in cast("dict[str, object]", vars(metrics)).items():
        if isinstance(module, ModuleType) and hasattr(module, "METRICS"):
            for name, value in cast("dict[str, object]", vars(module)).items():
                if isinstance(value, Metric) and name.isupper():
                    found.setdefault(value.type, (module_name, name))
    return found


_CONSTANTS: Final = _constants()
