"""A text that a regular expression of RE2 matches as a whole."""

from vigil_emulator import regex
from vigil_proofs.unit.derive._reason import CannotInvertError

_CLASSES = {"d": "5", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "b": "", "B": "", "A": "", "z": "", "Z": ""}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_CANDIDATES = "a0A-_./ :@5z"


def matching(pattern: str) -> str:
    """Return the text. Raises CannotInvertError where none was found for the expression."""
    try:
        found, at = _alternatives(pattern, 0)
        compiled = regex.compiled(pattern)
    except (IndexError, ValueError, regex.RegexError) as error:
        raise CannotInvertError(f"no text was found for the regular expression {pattern!r}") from error
    if at != len(pattern) or compiled.fullmatch(found) is None:
        raise CannotInvertError(f"no text was found for the regular expression {pattern!r}")
    return found


def containing(pattern: str) -> str:
    """Return a text in which the expression is found."""
    plain = pattern.removeprefix("^").removesuffix("$")
    return matching(plain)


def _alternatives(pattern: str, at: int) -> tuple[str, int]:
    """The first alternative, and where the alternatives end."""
    found, at = _sequence(pattern, at)
    while pattern[at : at + 1] == "|":
        other, at = _sequence(pattern, at + 1)
        found = found or other
    return found, at


def _sequence(pattern: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(pattern) and pattern[at] not in "|)":
        part, at = _atom(pattern, at)
        part, at = _quantified(pattern, at, part)
        parts.append(part)
    return "".join(parts), at


def _atom(pattern: str, at: int) -> tuple[str, int]:
    sign = pattern[at]
    if sign == "(":
        return _group(pattern, at)
    if sign == "[":
        return _set(pattern, at + 1)
    if sign == "\\":
        escaped = pattern[at + 1]
        return _CLASSES.get(escaped, _ESCAPES.get(escaped, escaped)), at + 2
    if sign in "^$":
        return "", at + 1
    return "a" if sign == "." else sign, at + 1


def _group(pattern: str, at: int) -> tuple[str, int]:
    inside = at + 1
    if pattern[inside : inside + 2] in {"?i", "?s", "?m"} and pattern[inside + 2] == ")":
        return "", inside + 3
    if pattern[inside] == "?":
        inside = pattern.index(":" if pattern[inside + 1] not in "P<" else ">", inside) + 1
    found, end = _alternatives(pattern, inside)
    if pattern[end] != ")":
        raise ValueError(pattern)
    return found, end + 1


def _set(pattern: str, at: int) -> tuple[str, int]:
    negated = pattern[at] == "^"
    at += negated
    members: set[str] = set()
    first, begin = "", at
    while pattern[at] != "]" or at == begin:
        sign, at = _atom(pattern, at) if pattern[at] == "\\" else (pattern[at], at + 1)
        if pattern[at] == "-" and pattern[at + 1] != "]":
            last = pattern[at + 1]
            members |= {chr(code) for code in range(ord(sign), ord(last) + 1)}
            at += 2
        members.add(sign)
        first = first or sign
    if negated:
        first = next(each for each in _CANDIDATES if each not in members)
    return first, at + 1


def _quantified(pattern: str, at: int, part: str) -> tuple[str, int]:
    sign = pattern[at : at + 1]
    if sign in {"*", "?", "+"}:
        at += 1
        part = part if sign == "+" or part else ""
    elif sign == "{" and (end := pattern.find("}", at)) > 0 and pattern[at + 1].isdigit():
        part *= int(pattern[at + 1 : end].split(",", maxsplit=1)[0])
        at = end + 1
    else:
        return part, at
    return part, at + (pattern[at : at + 1] == "?")
