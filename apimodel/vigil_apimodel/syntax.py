"""What the grammars share: reading a text, the error that points into a query, string literals, the depth limit."""

import re
from collections.abc import Callable

from lark import Lark, Token, UnexpectedInput, UnexpectedToken

MAXIMUM_DEPTH = 100
"""Parentheses within parentheses that a query may have; no filter of a person comes near it."""

_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r", "t": "\t", "a": "\a", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{2})|u(?P<short>[0-9A-Fa-f]{4})|U(?P<long>00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
    r"|(?P<octal>[0-3][0-7]{2})|(?P<char>.))",
    re.DOTALL,
)
_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f\ud800-\udfff]')
_WRITTEN = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|(?:(?<=\s)|^)--[^\n]*|[()]', re.DOTALL)


class QuerySyntaxError(ValueError):
    """A query that the published grammar does not allow.

    Attributes: `message` (what is wrong and what to write instead), `text` (the query), `position` (0-based offset of
    the character that the message speaks of), `line` and `column` (1-based).
    """

    def __init__(self, message: str, *, text: str, position: int) -> None:
        self.message = message
        self.text = text
        self.position = min(max(position, 0), len(text))
        before = text[: self.position]
        self.line = before.count("\n") + 1
        self.column = self.position - (before.rfind("\n") + 1) + 1
        super().__init__(message)

    def __str__(self) -> str:
        """Return the message, the line that it speaks of, and a mark under the place."""
        start = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", self.position)
        line = self.text[start : end if end >= 0 else len(self.text)]
        return f"line {self.line}, column {self.column}: {self.message}\n  {line}\n  {' ' * (self.column - 1)}^"


class ProblemError(Exception):
    """What is wrong with a part of a query, while its tree is built: `read` makes a QuerySyntaxError of it."""

    def __init__(self, message: str, place: Token | int) -> None:
        super().__init__(message)
        self.message = message
        self.position = place if isinstance(place, int) else place.start_pos or 0


def read(grammar: Lark, text: str, explain: Callable[[str, int], tuple[str, int]]) -> object:
    """Return what the grammar's transformer makes of a query.

    `explain` gets the query and the place that no rule allows, and returns a message and the place that it speaks of.
    Raises QuerySyntaxError.
    """
    check_depth(text)
    try:
        return grammar.parse(text)
    except ProblemError as error:
        raise QuerySyntaxError(error.message, text=text, position=error.position) from None
    except UnexpectedInput as error:
        position = error.pos_in_stream if error.pos_in_stream is not None else len(text)
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            position = len(text)
        message, position = explain(text, position)
        raise QuerySyntaxError(message, text=text, position=position) from None


def quote(text: str) -> str:
    r"""Return the text as a string literal of a query, in double quotes, `"`, `\` and control characters escaped."""
    return f'"{_NEEDS_ESCAPE.sub(_escaped, text)}"'


def unquote(literal: str) -> str:
    r"""Return the text of a string literal, quotes included.

    Escapes are those of C (`\" \\ \n \r \t \a \f \v \xHH \NNN \uHHHH \UHHHHHHHH`). Any other backslash stays, so that
    `"\d+\.\d"` and `"\\d+\\.\\d"` are the same regular expression; sample policies that Google accepts use both. `\b`
    stays for the same reason: in a regular expression it is a word's border. Half of a character (`\uD800`) is U+FFFD,
    as in the entries that are stored.
    """
    inner = literal[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def check_depth(text: str) -> None:
    """Raise QuerySyntaxError where parentheses nest deeper than MAXIMUM_DEPTH."""
    if text.count("(") <= MAXIMUM_DEPTH:
        return
    depth = 0
    for match in _NESTING.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth > MAXIMUM_DEPTH:
            message = f"parentheses nest deeper than {MAXIMUM_DEPTH}; remove those that change nothing"
            raise QuerySyntaxError(message, text=text, position=match.start())


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in _WRITTEN:
        return _WRITTEN[character]
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - one byte


def _unescaped(match: re.Match[str]) -> str:
    for group, base in (("hex", 16), ("short", 16), ("long", 16), ("octal", 8)):
        digits = match[group]
        if digits is not None:
            character = chr(int(digits, base))
            return "\ufffd" if "\ud800" <= character <= "\udfff" else character  # no text has half a character
    return _ESCAPES.get(match["char"], match[0])
