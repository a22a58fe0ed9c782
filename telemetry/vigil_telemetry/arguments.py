"""Refuse a wrong argument where it is given: the check behind the public functions and classes of Vigil's packages.

`validated` checks each argument of a function or a dataclass against its annotation before the body runs. The error
names the callable, the argument, the value and the remedy, instead of an error of Python's own three calls later.
`Annotated[float, Constraint(...)]` adds a range to a type. Nothing here is on the way of `emit`.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from typing import Any, TypeVar

from vigil_telemetry._acceptance import Accepts, accepts
from vigil_telemetry._expectations import OFFERED, Problem, problem_of
from vigil_telemetry.safe import from_value

Checked = TypeVar("Checked", bound=Callable[..., object])
Kind = TypeVar("Kind", bound=type[object])

_SECRET = re.compile(r"(?:^|_)(?:secret|password|token|key)s?$")
"""Arguments whose values let somebody in, by the last word of their names. A dataclass says it by `repr=False`."""
_LONGEST = 80
"""Characters of a value that an error shows."""


@dataclass(frozen=True, slots=True, repr=False)
class Constraint:
    """A condition on a value that its type cannot express, for `Annotated`.

    `accepts` says whether a value of the right type is allowed; `remedy` says in the error what to give instead.
    """

    accepts: Callable[[Any], bool]
    """Whether the value is allowed. It gets a value of the annotated type only."""
    remedy: str | Callable[[Any], str]
    """What to give instead, or a function of the refused value that says so."""

    def __repr__(self) -> str:
        """Return the remedy, since `help` shows it in signatures."""
        return (
            f"<{self.remedy}>" if isinstance(self.remedy, str) else f"<{(self.accepts.__doc__ or 'limited').strip()}>"
        )

    def problem(self, value: object) -> str | None:
        """Return the remedy for a value that is not allowed, else None."""
        if self.accepts(value):
            return None
        return self.remedy if isinstance(self.remedy, str) else self.remedy(value)


def matching(form: str | re.Pattern[str], remedy: str | Callable[[Any], str]) -> Constraint:
    """Return the constraint that a text as a whole has this form."""
    return Constraint(lambda value: re.fullmatch(form, value) is not None, remedy)


HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
"""The form of a header's name: a token (https://www.rfc-editor.org/rfc/rfc9110#name-field-names)."""

Share = typing.Annotated[
    float, Constraint(lambda value: 0.0 <= value <= 1.0, "a share of lines lies between 0 and 1: give 0.1 for a tenth")
]
"""A share of all lines, from 0 to 1."""

Seconds = typing.Annotated[float, Constraint(lambda value: value >= 0, "give seconds, 0 or more")]
"""A number of seconds that is not negative."""

Text = typing.Annotated[str, Constraint(lambda value: bool(value.strip()), "give a text that is not empty")]
"""A text that is not empty."""

Project = typing.Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9.:-]*",
        "give the project's id alone, such as 'example-prod', without 'projects/'",
    ),
    Constraint(lambda value: len(value) <= 100, "give a project's id, which has at most 30 characters"),  # noqa: PLR2004 - with a domain of old
]
"""The id of a Google Cloud project."""

_NO_UNITS = re.compile(
    r"(?:milli|micro|nano|m)?sec(?:ond)?s?|mins|minutes?|hours?|hrs?|days?|(?:kilo|mega|giga)?bytes?|[kmg]i?b|bits|"
    r"percents?|counts?|requests?|dollars?|none|number",
    re.IGNORECASE,
)
"""Words that people write in place of a unit of UCUM."""


def is_unit(code: str) -> bool:
    """Return whether a text can be a unit of UCUM as Cloud Monitoring reads it: `s`, `By/s`, `{token}`, `10^2.%`.

    Its form decides, not a list: UCUM has prefixes, powers and annotations. No unit is a word of six letters, and
    none holds a blank or a quote.
    https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.metricDescriptors#MetricDescriptor
    """
    bare = re.sub(r"\{[^{}]*\}", "", code)
    words = re.findall(r"[A-Za-z]+", re.sub(r"\[[^\]]*\]", "", bare))
    return (
        bool(code)
        and re.search(r"[\s\"'{}]", bare) is None
        and not any(len(word) > 5 or _NO_UNITS.fullmatch(word) for word in words)  # noqa: PLR2004 - `Mibit`
    )


UnitCode = typing.Annotated[
    Text,
    Constraint(is_unit, "give a unit of UCUM: 's', 'ms', 'By', '{token}', '1' for a plain number"),
]
"""A unit of UCUM."""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What to give, in words, for `Annotated`: where the type's own name would say little to the caller."""

    words: str

    def __repr__(self) -> str:
        """Return the words, since `help` shows them in signatures."""
        return f"<{self.words}>"


def validated(target: Checked) -> Checked:
    """Check the arguments of a function, a method or a dataclass at each call.

    The decorated callable raises TypeError for an argument that is unknown, missing or of the wrong type, and
    ValueError for one that a `Constraint` refuses. Put it above `@dataclass` and above `@staticmethod`-free functions.
    """
    if isinstance(target, type):
        # the class stays what it is to a type checker: only its `__init__` is another
        setattr(target, "__init__", _wrapped(target.__init__, target.__qualname__, target))  # noqa: B010 - a checker refuses the assignment
        return typing.cast("Checked", target)
    return typing.cast("Checked", _wrapped(target, target.__qualname__.removesuffix(".__init__"), None))


def offer(words: str) -> Callable[[Kind], Kind]:
    """Say in errors what to give for a class, for one that a caller never makes by its own name.

    Args:
        words: such as `a source such as CloudRunService(name='api', location='europe-west1')`.
    """

    def offered(kind: Kind) -> Kind:
        OFFERED[kind] = words
        return kind

    return offered


def shown(name: str, value: object, *, secret: bool = False) -> str:
    """Return a value for an error: shortened, and without its content where the argument holds a secret."""
    if _is_output(value):
        return "an Output"
    if secret or _SECRET.search(name.lower()):
        return f"a {type(value).__name__} (not shown: it may hold a secret)"
    try:
        text = str(value) if isinstance(value, timedelta) else repr(value)
    except from_value():  # a value whose text cannot be read is still refused
        return f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def unknown_name(what: str, name: str, known: typing.Iterable[str]) -> str:
    """Return the end of an error about a name that does not exist: the nearest known one, and all there are."""
    offered = sorted(known)
    near = difflib.get_close_matches(name, offered, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return f"{what} {name!r}{hint} there are: {', '.join(offered) or 'none'}"


def _is_output(value: object) -> bool:
    """Return whether a value is a Pulumi Output, by its name: this package does not depend on Pulumi."""
    return any(one.__name__ == "Output" and one.__module__.startswith("pulumi") for one in type(value).__mro__)


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a callable expects: its parameters, their types, and which of them hold secrets."""

    where: str
    hints: dict[str, object]
    secrets: frozenset[str]
    declares_secrets: bool
    """Whether `secrets` lists all of them; otherwise the name of an argument decides."""
    names: tuple[str, ...]
    """The parameters that can be given by name."""
    positional: tuple[str, ...]
    """The parameters that can be given without a name."""
    required: frozenset[str]
    """The parameters that can be given by name and have no default."""
    rest: str | None
    """The parameter that takes further arguments without a name, such as `*events`."""
    open_names: bool
    """Whether further arguments may have any name, as with `**fields`."""
    accepts: dict[str, Accepts]
    """By parameter, a quick test for the usual right values, so that a call need not look closer."""

    @staticmethod
    def of(
        where: str,
        parameters: dict[str, inspect.Parameter],
        hints: dict[str, object],
        secrets: frozenset[str],
        *,
        declares_secrets: bool,
    ) -> _Expected:
        """Return what a callable expects, prepared for being compared at each call."""
        by_name = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        by_place = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        kinds = {name: one.kind for name, one in parameters.items()}
        names = tuple(name for name, kind in kinds.items() if kind in by_name)
        return _Expected(
            where=where,
            hints=hints,
            secrets=secrets,
            declares_secrets=declares_secrets,
            names=names,
            positional=tuple(name for name, kind in kinds.items() if kind in by_place),
            required=frozenset(name for name in names if parameters[name].default is inspect.Parameter.empty),
            rest=next((name for name, kind in kinds.items() if kind is inspect.Parameter.VAR_POSITIONAL), None),
            open_names=inspect.Parameter.VAR_KEYWORD in kinds.values(),
            accepts={name: accepts(hints.get(name, object)) for name in parameters},
        )

    def check(self, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        """Raise TypeError or ValueError for the first wrong argument."""
        values = list(self._named(args, kwargs))
        known = {name for name, _ in values}
        missing = [name for name in self.names if name in self.required and name not in known]
        if missing:
            raise TypeError(f"{self.where}: {', '.join(missing)} not given; give {_each(missing)}")
        for name, value in values:
            problem = problem_of(self.hints.get(name, object), value)
            if problem is not None:
                raise self._error(name, problem)

    def is_right(self, args: tuple[object, ...], kwargs: dict[str, object]) -> bool:
        """Return whether a call is right for certain; most are. Where it is not, `check` decides."""
        known, missing = self.accepts, self.required
        if args:
            taken = self.positional[: len(args)]
            further = args[len(taken) :]
            if further and (self.rest is None or not all(map(known[self.rest], further))):
                return False
            for name, value in zip(taken, args, strict=False):
                if name in kwargs or not known[name](value):
                    return False
            missing = missing.difference(taken)
        for name, value in kwargs.items():
            accepts_value = known.get(name)
            if accepts_value is None or not accepts_value(value):
                return False
        return missing <= kwargs.keys()

    def _named(self, args: tuple[object, ...], kwargs: dict[str, object]) -> Iterator[tuple[str, object]]:
        positional = self.positional
        if len(args) > len(positional) and self.rest is None:
            extra = shown("", args[len(positional)])
            keywords = [name for name in self.names if name not in positional]
            raise TypeError(
                f"{self.where}: {extra} is given without a name; give it as one of {_each(keywords)}"
                if keywords
                else f"{self.where}: {extra} is one argument too many"
            )
        yield from zip(positional, args, strict=False)
        if self.rest is not None:
            for value in args[len(positional) :]:
                yield self.rest, value
        for name, value in kwargs.items():
            if name not in self.names and not self.open_names:
                raise TypeError(unknown_name(f"{self.where}: no argument", name, self.names))
            if name in positional[: len(args)]:
                raise TypeError(f"{self.where}: {name} is given twice; give it once")
            yield name, value

    def _error(self, name: str, problem: Problem) -> TypeError | ValueError:
        text = (
            f"{self.where}: {name}{problem.path} is "
            f"{shown('' if self.declares_secrets else name, problem.value, secret=name in self.secrets)}; "
            f"{problem.remedy}"
        )
        error = TypeError(text) if problem.wrong_type else ValueError(text)
        setattr(error, _WHERE, self.where)
        return error


def _wrapped(function: Callable[..., Any], where: str, owner: type | None) -> Callable[..., Any]:
    expected: _Expected | None = None
    itself = 0
    """How many arguments are the object itself: the first of a method."""

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        nonlocal expected, itself
        if expected is None:
            itself = int(owner is not None or _is_method(function))
            expected = _expected(function, where, owner)
        try:
            given = args[itself:]
            if not expected.is_right(given, kwargs):
                expected.check(given, kwargs)
            return function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            _name_call(error, where, inner=owner is not None)
            raise

    return call


_WHERE = "_vigil_where"
"""Attribute of an error: the call that its text begins with."""


def _name_call(error: TypeError | ValueError, where: str, *, inner: bool) -> None:
    """Let an error begin with the call that the reader wrote.

    That is the outermost function, such as `rate`, and not the class that it makes (`inner`), whose name no reader
    knows. Errors of Python's own, and those that are more than a text, stay as they are.
    """
    named: str | None = getattr(error, _WHERE, None)
    own = type(error).__init__ in {TypeError.__init__, ValueError.__init__, Exception.__init__}
    if not own or len(error.args) != 1 or (named is None and isinstance(error, TypeError)):
        return
    text = str(error.args[0])
    if named is None:
        error.args = (text if text.startswith(f"{where}:") else f"{where}: {text}",)
        named = where
    elif not inner and named and text.startswith(named):
        error.args = (where + text.removeprefix(named),)
        named = where
    _say_once(error, where)
    setattr(error, _WHERE, named)


def _say_once(error: TypeError | ValueError, where: str) -> None:
    """Leave out the call where a text names it twice, as `quantile: quantile: ...` does."""
    text, short = str(error.args[0]), where.rpartition(".")[2]
    if text.startswith(f"{where}: {short}: "):
        error.args = (f"{where}: {text.removeprefix(f'{where}: {short}: ')}",)


def _is_method(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters), "") == "self"


def _expected(function: Callable[..., Any], where: str, owner: type | None) -> _Expected:
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name != "self"}
    declares = False
    if owner is not None and is_dataclass(owner):
        declares, hints = True, _hints(owner)
        secrets = frozenset(one.name for one in fields(owner) if not one.repr)
    else:
        hints = _hints(function)
        secrets = frozenset[str]()
    return _Expected.of(where, parameters, hints, secrets, declares_secrets=declares)


def _hints(target: type | Callable[..., object]) -> dict[str, object]:
    """Return the annotations of a callable; a name in them that cannot be resolved here stands for any value."""
    names: dict[str, object] = {}
    while True:
        try:
            return typing.get_type_hints(target, localns=names, include_extras=True)
        except NameError as unknown:
            # the definition of `pulumi.Input` leaves `Output` to be looked up; the rest are parts of recursive aliases,
            # such as that of JSON. Only what the module itself does not know: this library has an `Output` too.
            name = str(unknown.name)
            names[name] = getattr(sys.modules.get("pulumi"), name, Any) if name == "Output" else Any


def text_without_call(error: Exception) -> str:
    """Return an error's text without the call that it begins with, for an error that says more about it."""
    where: str = getattr(error, _WHERE, "")
    return str(error).removeprefix(f"{where}: ") if where else str(error)


def _each(names: list[str]) -> str:
    return ", ".join(f"{name}=..." for name in names)
