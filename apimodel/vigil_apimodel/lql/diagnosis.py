"""Messages for queries that the grammar refuses: what stands there, and what to write instead."""

import re

_BARE = r"""[^\s~=():<>,*"\\]"""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_COMPARED_WORD = re.compile(rf"(?:[=:<>~]\s*)({_BARE}+)$")
_OPERATOR_END = re.compile(r"(?:!=|!~|=~|>=|<=|=|>|<|:)\s*$")
_WORD_END = re.compile(r"\b(AND|OR|NOT)\s*$")
_REST_OF_VALUE = re.compile(r"[^\s()]*")


def explain(text: str, position: int) -> tuple[str, int]:  # noqa: C901, PLR0911 - one return for each known mistake
    """Return what is wrong at the position where the parser stopped, and the position that the message speaks of."""
    blank, opened, closed = _scan(text)
    if opened is not None:
        return (
            'the string that starts here is not closed: add a double quote (a quote within it is written \\")',
            opened,
        )
    before, here = blank[:position].rstrip(), text[position : position + 1]
    if closed is not None and closed <= position:
        return "this parenthesis closes nothing: remove it, or open it earlier", closed
    if position >= len(text):
        return _at_end(blank, before), position
    if here == "'":
        return 'single quotes do not quote: write the text in double quotes, "..."', position
    if here == "\\":
        return "an escape sequence stands only within double quotes: quote the text", position
    word = _COMPARED_WORD.search(before)
    if here in ":=<>~*,.\\!" and word:
        whole = text[word.start(1) : position] + (_match(_REST_OF_VALUE, text, position))
        return f'unquoted text cannot contain {here!r}: write "{whole}" in double quotes', word.start(1)
    if here == "*":
        return 'a star stands only in field:*, which tests that the field is there; as text, quote it: "*"', position
    if _WORD_END.search(before) and here == ")":
        return _after_word(before), position
    operator = _OPERATOR_END.search(before)
    if operator:
        return _after_operator(text, position, operator[0].strip()), position
    if here in ":=<>~!":
        return f"there is no field before {here!r}: write FIELD{here}VALUE, or quote the text", position
    if here == ")":
        return "these parentheses are empty: put a comparison or a text into them", position
    if here in "+-.,":
        return f"text that starts with {here!r} or contains it stands in double quotes", position
    return _unexpected(text, position), position


def _at_end(blank: str, before: str) -> str:
    if _WORD_END.search(before):
        return _after_word(before)
    operator = _OPERATOR_END.search(before)
    if operator:
        return f"the value after {operator[0].strip()!r} is missing; to test that a field is there write FIELD:*"
    if blank.count("(") > blank.count(")"):
        return "a parenthesis is not closed: add )"
    return "the query ends too early"


def _after_word(before: str) -> str:
    word = before.rsplit(None, 1)[-1].lstrip("(")
    return f'something must follow {word}; a search for the word itself is written "{word}"'


def _after_operator(text: str, position: int, operator: str) -> str:
    here = text[position]
    if here == "=" and operator in ("=", "~"):
        return "equality is one '='; a regular expression is '=~'"
    if here in "+-.":
        return f"a value that starts with {here!r} stands in double quotes, unless it is a number"
    word = _match(re.compile(rf"{_BARE}+"), text, position)
    if word in ("AND", "OR", "NOT"):
        return f'the value after {operator!r} is missing; if it is the word {word}, write "{word}"'
    return f'a value is expected after {operator!r}: a text in double quotes, a number, or a group ("a" OR "b")'


def _unexpected(text: str, position: int) -> str:
    word = _match(re.compile(rf"{_BARE}+"), text, position) or text[position]
    if word in ("AND", "OR"):
        return f'nothing stands before {word}; a search for the word itself is written "{word}"'
    if word == "NOT":
        return "NOT stands once before a term; for a double negation write NOT (NOT ...)"
    return f"{word!r} is not expected here: quote it if it is text"


def _match(pattern: re.Pattern[str], text: str, position: int) -> str:
    found = pattern.match(text, position)
    return found[0] if found else ""


def _scan(text: str) -> tuple[str, int | None, int | None]:
    """Return the text with strings and comments blanked, an unclosed quote's position, and a surplus parenthesis's."""
    blank = list(text)
    position, depth, surplus = 0, 0, None
    while position < len(text):
        character = text[position]
        end = position + 1
        if character == '"':
            found = _STRING.match(text, position)
            if found is None:
                return text, position, None
            end = found.end()
            blank[position:end] = "s" * (end - position)
        elif text.startswith("--", position) and (position == 0 or not re.match(_BARE, text[position - 1])):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            blank[position:end] = " " * (end - position)
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0 and surplus is None:
                surplus = position
        position = end
    return "".join(blank), None, surplus
