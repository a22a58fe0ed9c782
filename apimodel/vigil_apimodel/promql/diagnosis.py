"""Messages for queries that do not parse: what is wrong, and what to write instead.

The parser says no more of most of them than that they are invalid.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

ASIDE: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\#[^\n]*""", re.DOTALL)
"""A text or a comment."""
_BRACES: Final = re.compile(r"\{[^{}]*\}?")
_TOKEN: Final = re.compile(r'[\w:.]+|"+|\S')
_MOST_TOKENS: Final = 200
_MOST_SHOWN: Final = 40

_ANYWHERE: Final = (
    ("\u00a0", "a no-break space is no space: write a plain one"),
    ("[\u201c\u201d\u201e\u00ab\u00bb]", 'typographic quotes do not quote: write "..."'),
    ("[\u2018\u2019]", "typographic quotes do not quote: write '...'"),
    ("[\u2013\u2014\u2212]", "a dash is no minus: write -"),
    (r"&&", "PromQL has no &&: write and"),
    (r"\|\|", "PromQL has no ||: write or"),
    (r"\|", "PromQL has no pipe, MQL and LogQL have: write the query in PromQL"),
    (r";", "PromQL has no semicolon: remove it"),
    (r"(?i)^\s*select\b", "this is SQL: write the query in PromQL"),
    (r"\b(by|without|on|ignoring)\s+(?!\()(\w+)", "labels stand in parentheses: write {0} ({1})"),
)
"""Mistakes by what they look like, with `{0}` for what the first group matched."""
_IN_BRACES: Final = (
    (r"=>|=<|==|<>|[<>]", "a matcher is =, !=, =~ or !~: write one of these"),
    (r"[=~]\s*([A-Za-z_][\w.-]*)", 'the value of a label stands in quotes: write "{0}"'),
    (r'"\s+[A-Za-z_"]', "matchers stand apart by commas: write a comma between them"),
    (r"\{[^}]*$", "a brace is not closed: write a closing brace"),
)
_OPERATOR: Final = r"==|!=|>=|<=|[-+*/%^<>=]|\b(?:and|or|unless)\b"
_OUTSIDE: Final = (
    (r"=>", "PromQL has no =>: write >="),
    (r"=<", "PromQL has no =<: write <="),
    (r"<>", "PromQL has no <>: write !="),
    (r"\b\d{1,3}(?:,\d{3})+\b", "a number has no commas: write its digits alone"),
    (r"\d\s*%\s*(?:$|\)|(?:and|or|unless)\b)", "a number has no per cent sign: write 5, or 0.05 of a share of 1"),
    (r"\bfor\s+\d+[smhdwy]\s*$", "a query has no `for`: write it as the condition's duration"),
    (r"(?i)(?<![\w:])not\s+[\w({]", "PromQL has no not: turn the comparison round, or write A unless B"),
    (r"!(?![=~])", "PromQL has no ! before an expression: turn the comparison round, or write A unless B"),
    (rf"(?:^|\()\s*({_OPERATOR})(?<![-+])", "nothing stands before {0}: write what it compares or changes"),
    (rf"({_OPERATOR})\s*(?:$|\))", "nothing stands after {0}: write the other side"),
    (rf"({_OPERATOR})\s*(?:{_OPERATOR})(?<![-+])", "nothing stands between {0} and the next operator: remove one"),
)
_INVALID: Final = "invalid promql query"
"""What the parser says of most queries."""
_REMEDIES: Final = (
    ("expected type matrix in call", "write a window after the metric, such as [5m]"),
    ("must contain only scalar and instant vector types", "take a function of a window, such as rate(), not of a text"),
    ("no expression found", "write a query"),
    ("inside brackets", "write a duration, such as [5m]"),
    ("must use BOOL", "compare a metric, or vector(...) of the number"),
    ("expected 1, got", "write that many arguments"),
    ("unexpected character: '$'", "write the variable's value"),
    ("argument(s) in call", "write that many arguments"),
)
"""Parts of what the parser says of some, each with the remedy."""


def explain(query: str, wrong: str, parses: Callable[[str], bool]) -> str:
    """Return what is wrong with a query and the remedy; `wrong` is what the parser says of it.

    `parses` says whether a part of the query is one.
    """
    blank = ASIDE.sub(lambda found: ('"' if found[0][0] != "#" else " ") * len(found[0]), query)
    outside = _BRACES.sub(lambda found: "_" * len(found[0]), blank)
    for mistakes, texts in (
        (_ANYWHERE, [blank]),
        (_IN_BRACES, _BRACES.findall(blank)),
        (_OUTSIDE, [outside]),
    ):
        for pattern, message in mistakes:
            found = next(filter(None, (re.search(pattern, text) for text in texts)), None)
            if found is not None:
                return message.format(*found.groups())
    remedy = next((remedy for message, remedy in _REMEDIES if message in wrong), "")
    if remedy:
        return f"{wrong}: {remedy}"
    return (_unexpected(query, blank, parses) if wrong == _INVALID else "") or wrong


def _unexpected(query: str, blank: str, parses: Callable[[str], bool]) -> str:
    """Name the word after the longest beginning of the query that is one; empty where there is none."""
    tokens = list(_TOKEN.finditer(blank))
    for before, token in reversed([*pairwise(tokens)][:_MOST_TOKENS]):
        beginning = query[: before.end()].strip()
        if parses(beginning):
            shown = beginning if len(beginning) <= _MOST_SHOWN else f"...{beginning[-_MOST_SHOWN:]}"
            word = query[token.start() : token.end()]
            return f"{word!r} cannot stand after {shown!r}: write an operator between them"
    return ""
