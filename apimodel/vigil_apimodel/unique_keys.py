"""JSON whose objects have each key once: with a key twice the last value wins, and nobody sees the first."""

import json
import re
from typing import cast

from vigil_apimodel.json_values import is_too_deep

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]')


class RepeatedKeyError(ValueError):
    """An object has a key twice; the message begins with the line of the second."""

    def __init__(self, key: str, line: int) -> None:
        """Name the key and its line."""
        self.reason = f"line {line}: the key {key!r} stands here again"
        self.remedy = "Keep one of them"
        super().__init__(f"{self.reason}. {self.remedy}")


class TooDeepError(ValueError):
    """A text whose lists and objects are nested deeper than Python reads them."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("it is nested too deep to be read")


def loads(text: str, *, line: int = 1) -> object:
    """Return the value of a JSON text, which begins at this line of its file.

    Raises RepeatedKeyError, TooDeepError, and json.JSONDecodeError as `json.loads` does; each is a ValueError.
    """
    repeated = False

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        value = cast("object", json.loads(text, object_pairs_hook=members))
    except RecursionError:
        raise TooDeepError from None
    if is_too_deep(value):  # newer versions of Python read any depth
        raise TooDeepError
    if repeated:
        raise _first_repeated(text, line)
    return value


def _first_repeated(text: str, line: int) -> RepeatedKeyError:
    """Find the first key that its object has already: the reader says nothing of places."""
    keys: list[set[str]] = []
    word, at = "", 0
    for token in _TOKEN.finditer(text):
        match token[0][0]:
            case "{" | "[":
                keys.append(set())
            case "}" | "]":
                keys.pop()
            case ":":
                key = cast("str", json.loads(word))
                if key in keys[-1]:
                    return RepeatedKeyError(key, text.count("\n", 0, at) + line)
                keys[-1].add(key)
            case _:
                word, at = token[0], token.start()
    raise AssertionError(text)
