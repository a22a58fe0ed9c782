"""Text searches: global restrictions and `SEARCH`.

`SEARCH` works on tokens (docs.cloud.google.com/logging/docs/view/logging-query-language, "SEARCH function": the text
analyzer of BigQuery's SEARCH, LOG_ANALYZER): case does not matter, all tokens of the query must be there, in any order;
text in backticks is one unit, its case matters.
"""

import re
from collections.abc import Callable, Iterator

from vigil_apimodel.json_values import JsonValue
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.paths import MISSING, Getter, text_of

_DELIMITERS = re.compile(
    r"""(?:[\[\]<>(){}|!;,'"*&?+/:=@.\-$%\\_\s]|%(?:21|26|2526|3[Bb]|7[Cc]|20|2[Bb]|3[Dd]|2520|5[Dd]|5[Bb]|3[Aa]"""
    r"""|0[Aa]|2[Cc]|28|29))+"""
)
_SPECIAL = re.compile(r"`([^`]*)`")


def scalars(value: JsonValue) -> Iterator[str]:
    """Yield all scalars within a JSON value, as texts."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    elif value is not None:
        yield text_of(value)


def tokens(text: str) -> set[str]:
    """Return the tokens of a text, in lower case."""
    return {token for token in _DELIMITERS.split(text.lower()) if token}


def restriction(text: str) -> Callable[[Entry], bool]:
    """Return a global restriction: some field of the entry contains the text, in any case."""
    wanted = text.lower()
    return lambda entry: any(wanted in value.lower() for value in scalars(entry.body))


def search(query: str, get: Getter | None) -> Callable[[Entry], bool]:
    """Return the test of `SEARCH`, of a field or (None) of the whole entry."""
    exact = [part for part in _SPECIAL.findall(query) if part]
    wanted = tokens(_SPECIAL.sub(" ", query))

    def holds(entry: Entry) -> bool:
        found = entry.body if get is None else get(entry)
        if found is MISSING:
            return False
        texts = list(scalars(found))
        if not all(any(_has_unit(text, unit) for text in texts) for unit in exact):
            return False
        missing = set(wanted)
        for text in texts:
            if not missing:
                break
            missing -= tokens(text)
        return not missing

    return holds


def _has_unit(text: str, unit: str) -> bool:
    position = text.find(unit)
    while position >= 0:
        before, after = text[:position][-1:], text[position + len(unit) :][:1]
        if (not before or _DELIMITERS.match(before)) and (not after or _DELIMITERS.match(after)):
            return True
        position = text.find(unit, position + 1)
    return False
