"""JSON whose objects have each key once: with a key twice the last value wins, and nobody sees the first."""

import json
import re
from typing import cast

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]')


class RepeatedKeyError(ValueError):
    """An object has a key twice; the message begins with the line of the second."""

    def __init__(self, key: str, line: int) -> None:
        """Name the key and its line."""
        super().__init__(f"line {line}: the key {key!r} stands here again. Keep one of them")


def loads(text: str) -> object:
    """Return the value of a JSON text. Raises RepeatedKeyError, and json.JSONDecodeError as `json.loads` does."""
    repeated = False

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    value = cast("object", json.loads(text, object_pairs_hook=members))
    if repeated:
        raise _first_repeated(text)
    return value


def _first_repeated(text: str) -> RepeatedKeyError:
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
                    return RepeatedKeyError(key, text.count("\n", 0, at) + 1)
                keys[-1].add(key)
            case _:
                word, at = token[0], token.start()
    raise AssertionError(text)
