"""What to write instead of a field that no description of its message names.

Descriptions lag behind what Google serves, so a name that none has may be right. It counts as a mistake where it is
close to a known name, where a message around this one, in it or beside it has it, where it is a part of a known name,
`aligner` of `perSeriesAligner`, or where other tools call the field so: `for` of `duration`.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice, product
from typing import Final, TypeAlias

Messages: TypeAlias = Mapping[str, Mapping[str, str]]
"""By message: its fields, each with the message that it holds, empty for values."""

_CLOSE: Final = 0.8
_MOST_TRIED: Final = 20
"""How many names of the same meaning are tried."""
_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "duration": ("period",),
    "for": ("duration",),
    "lasting": ("duration",),
    "period": ("duration",),
    "window": ("duration", "period"),
    "retest": ("duration",),
    "retestwindow": ("duration",),
    "rollingwindow": ("period", "alignmentPeriod"),
    "expr": ("query", "filter"),
    "promql": ("query",),
    "query": ("filter",),
    "comparator": ("comparison",),
    "operator": ("comparison",),
    "text": ("content",),
    "body": ("content",),
    "title": ("subject",),
    "docs": ("documentation",),
}
"""Words of other tools (Prometheus, Terraform modules, charts) and of other messages, with Google's for the same."""
_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def remedy(messages: Messages, message: str, name: str) -> str:
    """Return what to write instead, such as `write title`; empty where the name may be newer than the description."""
    wanted = _folded(name)
    fields = messages[message]
    known = {_folded(field): field for field in fields}
    near = get_close_matches(wanted, known, n=1, cutoff=_CLOSE)
    if near:
        return f"write {known[near[0]]}"
    for field, inner in fields.items():
        if _has(messages.get(inner, {}), wanted):
            return f"write it in {field}"
    for outer in messages.values():
        beside = next((field for field, inner in outer.items() if inner == message), None)
        if beside is not None and _has(outer, wanted):
            return f"write it beside {beside}, one level up"
        other = next((field for field, inner in outer.items() if _has(messages.get(inner, {}), wanted)), None)
        if beside is not None and other is not None:
            return f"remove it, {beside} has none: it is of {other}"
    longer = _longer(fields, name)
    if longer:
        return f"write {' or '.join(longer)}"
    inside = ((field, _longer(messages.get(inner, {}), name)) for field, inner in fields.items())
    return next((f"write {' or '.join(names)} in {field}" for field, names in inside if names), "")


def _longer(fields: Mapping[str, str], name: str) -> list[str]:
    """The fields whose names have the words of this one, or those that Google says instead of them."""
    words = _words(name)
    instead = islice(product(*([word, *_ELSEWHERE.get(word, ())] for word in words)), _MOST_TRIED)
    same = dict.fromkeys((name, *_ELSEWHERE.get(_folded(name), ()), *("_".join(each) for each in instead)))
    parts = ([field for field in fields if _is_part(each, field)] for each in same)
    longer = next(filter(None, parts), list[str]())
    return [field for field in longer if _near(words[-1], _words(field)[-1:])] or longer


def _is_part(name: str, field: str) -> bool:
    """Whether the words of a name are words of the field, in its order and about its spelling."""
    left = iter(_words(field))
    words = _words(name)
    return bool(words) and all(any(_near(word, [other]) for other in left) for word in words)


def _near(word: str, words: list[str]) -> bool:
    return bool(get_close_matches(word, words, n=1, cutoff=_CLOSE))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _has(fields: Mapping[str, str], wanted: str) -> bool:
    return any(_folded(field) == wanted for field in fields)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
