"""Refuse a wrong setting of an event class, such as `severity`, in the line that declares it."""

from __future__ import annotations

import difflib
import inspect
import string
import sys
import typing
from functools import cache
from typing import ClassVar, get_origin

from vigil_telemetry._expectations import problem_of
from vigil_telemetry.arguments import shown

_TAG_FIELD = "event"


def refuse_wrong_settings(cls: type, base: type) -> None:
    """Check the class variables that an event class sets, against their types in `base`, the class of all events.

    Raises TypeError for a setting of another type, for a field that has the name of a setting, and for a class
    variable whose name is nearly one. Raises ValueError for a message template that cannot be read.
    """
    where = f"event class {cls.__qualname__}"
    known = _settings(base)
    for name, annotation in _annotations(cls).items():
        is_setting = get_origin(annotation) is ClassVar or annotation is ClassVar or "ClassVar" in str(annotation)
        if not is_setting and name in known:
            raise TypeError(
                f"field {name!r} of {where}: the name is one of the class's own settings; choose another, or write "
                f"`{name}: ClassVar = ...` to set it"
            )
        if name == _TAG_FIELD and not is_setting:
            raise TypeError(f"field {name!r} of {where}: the line has the event's tag under that name; choose another")
        near = difflib.get_close_matches(name, known, 1, cutoff=0.85) if is_setting and name not in known else []
        if near:
            raise TypeError(f"{where}: there is no setting {name!r}; did you mean {near[0]!r}?")
    for name, hint in known.items():
        if name not in cls.__dict__:
            continue
        value = cls.__dict__[name]
        problem = problem_of(hint, value)
        if problem is not None:
            raise TypeError(f"{where}: {name}{problem.path} is {shown(name, problem.value)}; {problem.remedy}")
    _check_template(where, cls.__dict__.get("message", ""))


def _annotations(cls: type) -> dict[str, object]:
    if sys.version_info >= (3, 14):  # evaluates them when they are read, and one may name what is declared further down
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - no older version has it

        return get_annotations(cls, format=Format.FORWARDREF)
    return inspect.get_annotations(cls)


def _check_template(where: str, message: str) -> None:
    try:
        list(string.Formatter().parse(message))
    except ValueError as error:
        raise ValueError(
            f"{where}: message is {shown('message', message)}; {error}: write {{field}} for a field's value, and "
            "{{ or }} for a brace"
        ) from error


@cache
def _settings(base: type) -> dict[str, object]:
    """Return the type of each setting, without its `ClassVar`."""
    hints = typing.get_type_hints(base)
    own = inspect.get_annotations(base)
    return {name: typing.get_args(hints[name])[0] for name in own}
