"""Compare a value with an annotation, and say in words what the annotation asks for."""

from __future__ import annotations

import enum
import functools
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol, TypeVar, Union, cast, get_args, get_origin

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What a text cannot have: control characters but for tabs and ends of lines, and halves of characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that an annotation does not allow: where it is within the argument, and what to give instead."""

    value: object
    remedy: str
    wrong_type: bool
    path: str = ""
    """`[2]` or `['team']` for an element of the argument."""


class _Constraint(Protocol):
    def problem(self, value: object) -> str | None: ...


def _words(marks: Iterable[object]) -> str | None:
    """Return the words of a `Wanted` among the marks of an annotation."""
    for one in marks:
        words: object = getattr(one, "words", None)  # by its form: `arguments` imports this module
        if isinstance(words, str):
            return words
    return None


OUTPUT = (
    "its value exists only once the resource is deployed, and this one must be known during preview, because it stands "
    "in ids, filters and texts that are checked before anything is deployed: give the plain value, from the stack's "
    "configuration or a constant"
)
"""Why an Output is refused, and what to give."""


def problem_of(hint: object, value: object) -> Problem | None:  # noqa: C901, PLR0911 - one line for each kind of annotation
    """Return what is wrong with `value` as an argument of type `hint`, or None."""
    if hint is Any or hint is object or isinstance(hint, TypeVar):
        return None
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(inner[0], inner[1:], value)
    if origin in {Union, types.UnionType}:
        return _union(inner, value)
    if hint is None or hint is types.NoneType:
        return None if value is None else Problem(value, "give None", wrong_type=True)
    if origin is Literal:
        return None if value in inner and type(value) in map(type, inner) else _refused(hint, value)
    if origin is type:
        return _class(inner[0], value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(hint, inner, value)
    if isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, str):
        return _collection(hint, cast("type", origin), inner, value)
    plain = cast("object", origin or hint)
    if (plain is float or plain is Decimal) and isinstance(value, float | Decimal) and not math.isfinite(value):
        return Problem(value, "give a finite number", wrong_type=False)
    if plain is str and isinstance(value, str) and UNWRITABLE.search(value):
        return Problem(value, "leave out control characters, which no text of Google's may have", wrong_type=False)
    if plain is Callable or plain is typing.Callable or _name(plain) == "Callable":
        return None if callable(value) else _refused(hint, value)
    return None if not isinstance(plain, type) or _is_a(plain, value) else _refused(hint, value)


def described(hint: object) -> str:  # noqa: PLR0911 - one line for each kind of annotation
    """Return in words what to give for an annotation."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _words(inner[1:]) or described(inner[0])
    if origin in {Union, types.UnionType}:
        offered = [described(one) for one in inner if one is not types.NoneType and not _is_deferred(one)]
        return " or ".join(dict.fromkeys(offered)) + (" or None" if types.NoneType in inner else "")
    if origin is Literal:
        return " or ".join(repr(one) for one in inner)
    if origin is type:
        return f"a class of {_name(inner[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a mapping such as {{{_example(inner[0]) if inner else '...'}: ...}}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        each = described(inner[0]) if inner else "values"
        return f"a list or tuple of which each is {each}" if origin is not tuple else f"a tuple of which each is {each}"
    if isinstance(hint, type):
        hint = cast("type[object]", hint)
        if issubclass(hint, enum.Enum) and len(hint):
            return " or ".join(f"{hint.__name__}.{one.name}" for one in hint)
        return OFFERED.get(hint, f"{_article(hint.__name__)} {hint.__name__}")
    return "a callable" if "Callable" in str(hint) else str(hint)


OFFERED: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    bytes: "bytes",
    timedelta: "a duration such as minutes(5)",
    enum.Enum: "a member of an enum",
    Decimal: "a Decimal such as Decimal('0.05')",
}
"""What to give for a type, where its name alone says too little."""


def _annotated(hint: object, constraints: tuple[object, ...], value: object) -> Problem | None:
    problem = problem_of(hint, value)
    words = _words(constraints)
    if problem is not None and words and problem.wrong_type and not problem.path and not _is_deferred_value(value):
        return Problem(value, f"give {words}", wrong_type=True)
    if problem is not None or value is None:
        return problem
    for one in constraints:
        if hasattr(one, "problem") and not _is_deferred_value(value):
            remedy = cast("_Constraint", one).problem(value)
            if remedy is not None:
                return Problem(value, remedy, wrong_type=False)
    return None


def _union(alternatives: tuple[object, ...], value: object) -> Problem | None:
    problems: list[Problem] = []
    for one in alternatives:
        problem = problem_of(one, value)
        if problem is None:
            return None
        problems.append(problem)
    # an alternative of the right type says more about a wrong value, or about a wrong element, than the union does
    for problem in problems:
        if not problem.wrong_type or problem.path:
            return problem
    return _refused(Union[alternatives], value)  # noqa: UP007 - made of the alternatives at run time


def _class(base: object, value: object) -> Problem | None:
    base = get_origin(base) or base
    if not isinstance(base, type) or (isinstance(value, type) and issubclass(value, base)):
        return None
    if _is_deferred_value(value):
        return Problem(value, OUTPUT, wrong_type=True)
    if isinstance(value, base):
        return Problem(value, f"give the class {type(value).__name__}, not an instance of it", wrong_type=True)
    return Problem(value, f"give a subclass of {_name(base)}, the class itself", wrong_type=True)


def _mapping(hint: object, inner: tuple[object, ...], value: object) -> Problem | None:
    if not isinstance(value, Mapping):
        return _refused(hint, value)
    if not inner:
        return None
    for key, item in cast("Mapping[object, object]", value).items():
        problem = problem_of(inner[0], key) or problem_of(inner[1], item)
        if problem is not None:
            return Problem(problem.value, problem.remedy, problem.wrong_type, f"[{key!r}]{problem.path}")
    return None


def _collection(hint: object, origin: type, inner: tuple[object, ...], value: object) -> Problem | None:
    if isinstance(value, str | bytes) or not isinstance(value, origin):
        element = inner[0] if inner else object
        if origin is tuple and isinstance(value, list):
            return Problem(
                cast("object", value), "give a tuple, such as (a, b), which cannot change later", wrong_type=True
            )
        if inner and problem_of(element, value) is None:
            return Problem(value, f"give a tuple, even of one: ({_short(value)},)", wrong_type=True)
        return _refused(hint, value)
    if not isinstance(value, Collection) or not inner:
        return None
    several = origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis)  # noqa: PLR2004 - tuple[T, ...]
    for index, item in enumerate(cast("Collection[object]", value)):
        problem = problem_of(inner[min(index, len(inner) - 1)] if several else inner[0], item)
        if problem is not None:
            return Problem(problem.value, problem.remedy, problem.wrong_type, f"[{index}]{problem.path}")
    return None


def _is_a(kind: type, value: object) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if getattr(kind, "_is_protocol", False):
        # an Output answers every attribute with another Output, so it would pass for any protocol
        if isinstance(value, type) or _is_deferred_value(value):
            return False
        return _fits_protocol(kind, value) if getattr(kind, "_is_runtime_protocol", False) else True
    return isinstance(value, kind)


def _fits_protocol(protocol: type, value: object) -> bool:
    """Return whether a value has what a protocol asks for, and can call what is a method there.

    `isinstance` looks at names alone: a mapping called `channels` would pass for a method.
    """
    if not isinstance(value, protocol):
        return False
    return all(callable(getattr(value, name, None)) for name in _methods(protocol))


@functools.cache
def _methods(protocol: type) -> tuple[str, ...]:
    """Return the names of the methods that a protocol asks for."""
    found = {name for base in protocol.__mro__ for name, one in vars(base).items() if inspect.isfunction(one)}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def _refused(hint: object, value: object) -> Problem:
    if _is_deferred_value(value):
        return Problem(value, OUTPUT, wrong_type=True)
    remedy = f"give {described(hint)}"
    if isinstance(value, type) and _is_made_by(hint, cast("type[object]", value)):
        remedy += f", made with {value.__name__}(...)"
    return Problem(value, remedy, wrong_type=True)


def _is_made_by(hint: object, cls: type[object]) -> bool:
    """Return whether an instance of a class would do, where the class itself was given."""
    if get_origin(hint) is Annotated:
        return _is_made_by(get_args(hint)[0], cls)
    if get_origin(hint) in {Union, types.UnionType}:
        return any(_is_made_by(one, cls) for one in get_args(hint))
    if not isinstance(hint, type) or issubclass(cls, enum.Enum):
        return False
    return hint in cls.__mro__ or bool(getattr(hint, "_is_protocol", False))


def _is_deferred(hint: object) -> bool:
    """Return whether an alternative of a Pulumi Input stands for a value that comes later."""
    kind = get_origin(hint) or hint
    if getattr(kind, "__name__", "") == "Output":
        return str(getattr(kind, "__module__", "")).startswith("pulumi")
    return getattr(kind, "__name__", "") == "Awaitable"


def _is_deferred_value(value: object) -> bool:
    return any(one.__name__ == "Output" and one.__module__.startswith("pulumi") for one in type(value).__mro__)


def _name(hint: object) -> str:
    return getattr(hint, "__name__", str(hint))


def _article(name: str) -> str:
    return "an" if name[:1] in "AEIOUaeio" else "a"


def _example(hint: object) -> str:
    return "'name'" if hint is str else described(hint)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 30 else f"{type(value).__name__}(...)"  # noqa: PLR2004 - fits the line
