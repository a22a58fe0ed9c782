"""Say quickly that a value is right as an argument of an annotated type.

Nearly every argument is right. So an annotation is compiled once into a function that recognizes the usual right
values. It answers False where it is not sure; then `_expectations.problem_of` decides, which also says what is wrong.
"""

from __future__ import annotations

import enum
import inspect
import math
import types
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ForwardRef, Literal, Protocol, TypeAlias, TypeVar, Union, cast, get_args, get_origin

from vigil_telemetry._expectations import UNWRITABLE, problem_of

Accepts: TypeAlias = Callable[[Any], bool]
_USUAL: frozenset[type[object]] = frozenset({tuple, list, set, frozenset})
"""The collections of which it is known that looking through them changes nothing."""


class _Constraint(Protocol):
    accepts: Accepts

    def problem(self, value: object) -> str | None: ...


def accepts(hint: object) -> Accepts:  # noqa: PLR0911 - one line for each kind of annotation
    """Return a test for values that are right as an argument of type `hint`. Its False means that it does not know."""
    if hint is Any or hint is object or isinstance(hint, TypeVar):
        return _always
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _constrained(accepts(inner[0]), inner[1:])
    if origin in {Union, types.UnionType}:
        return _any_of([accepts(one) for one in inner])
    if hint is None or hint is types.NoneType:
        return _is_none
    if origin is Literal:
        return _one_of(inner)
    if origin is type:
        return _subclass(inner[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _dict(inner)
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _sequence(cast("type[object]", origin), inner)
    if isinstance(hint, type) and origin is None:
        return _SIMPLE.get(hint) or _instance(cast("type[object]", hint))
    # a name that is looked up later, such as that of a recursive alias, stands for any value
    return _always if isinstance(hint, ForwardRef) else _never


def _always(_: object) -> bool:
    return True


def _never(_: object) -> bool:
    return False


def _is_none(value: object) -> bool:
    return value is None


def _constrained(base: Accepts, marks: tuple[object, ...]) -> Accepts:
    checks = [cast("_Constraint", one).accepts for one in marks if hasattr(one, "problem")]
    if not checks:
        return base
    if len(checks) == 1:
        (check,) = checks
        return lambda value: base(value) and (value is None or check(value))

    def meets_all(value: object) -> bool:
        if not base(value):
            return False
        if value is None:
            return True
        for check in checks:  # noqa: SIM110 - a generator would take twice the time, at each call
            if not check(value):
                return False
        return True

    return meets_all


def _any_of(alternatives: list[Accepts]) -> Accepts:
    known = [one for one in alternatives if one is not _never]
    if not known:
        return _never
    if len(known) == 2:  # noqa: PLR2004 - a value or None, mostly
        first, second = known
        return lambda value: first(value) or second(value)
    return lambda value: any(one(value) for one in known)


def _one_of(values: tuple[object, ...]) -> Accepts:
    kinds = {type(value) for value in values}
    return lambda value: type(value) in kinds and value in values


def _subclass(base: object) -> Accepts:
    base = get_origin(base) or base
    if not isinstance(base, type):
        return _never
    kind = cast("type[object]", base)
    return lambda value: isinstance(value, type) and issubclass(cast("type[object]", value), kind)


def _dict(inner: tuple[object, ...]) -> Accepts:
    if not inner:
        return lambda value: type(value) is dict
    key_of, item_of = accepts(inner[0]), accepts(inner[1])
    return lambda value: (
        type(value) is dict
        and all(key_of(key) and item_of(item) for key, item in cast("dict[object, object]", value).items())
    )


def _sequence(origin: type[object], inner: tuple[object, ...]) -> Accepts:
    kinds = {kind for kind in _USUAL if issubclass(kind, origin)}
    several = origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis)  # noqa: PLR2004 - tuple[T, ...]
    if several or not inner:
        return _never
    element = accepts(inner[0])
    return lambda value: type(value) in kinds and all(map(element, cast("Iterable[object]", value)))


def _instance(kind: type[object]) -> Accepts:
    if getattr(kind, "_is_protocol", False):
        return _fitting(kind)
    if issubclass(kind, enum.Enum) or not issubclass(kind, (str, float, Decimal, Iterable)):
        return lambda value: type(value) is kind or kind in type(value).__mro__
    return _never


def _fitting(protocol: type[object]) -> Accepts:
    """Remember the classes that have all of a protocol themselves, so that each of their instances fits."""
    fitting: set[type[object]] = set()
    members = _members(protocol)

    def check(value: object) -> bool:
        kind = type(value)
        if kind in fitting:
            return True
        own: set[str] = {*dir(kind), *getattr(kind, "__dataclass_fields__", ())}
        if problem_of(protocol, value) is None and members <= own:
            fitting.add(kind)
            return True
        return False

    return check


def _members(protocol: type[object]) -> set[str]:
    """Return the names of what a protocol has."""
    bases = [base for base in protocol.__mro__ if getattr(base, "_is_protocol", False)]
    declared = {name for base in bases for name in {*vars(base), *inspect.get_annotations(base)}}
    return {name for name in declared if not name.startswith("_")}


def _text(value: object) -> bool:
    return type(value) is str and (value.isprintable() or UNWRITABLE.search(value) is None)


def _number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _decimal(value: object) -> bool:
    return type(value) is Decimal and value.is_finite()


def _whole(value: object) -> bool:
    return type(value) is int


def _truth(value: object) -> bool:
    return value is True or value is False


_SIMPLE: Mapping[type, Accepts] = {str: _text, float: _number, int: _whole, bool: _truth, Decimal: _decimal}
