"""Text to AST."""

import re
from functools import cache, lru_cache
from typing import cast

from lark import (
    Lark,
    Token,
    v_args,  # pyright: ignore[reportUnknownVariableType] - lark leaves it partly untyped
)

from vigil_apimodel._term_builder import TermBuilder
from vigil_apimodel.monitoring_filter.ast import Comparison, Expr, Function, Operator, Selection, Selector, Text
from vigil_apimodel.monitoring_filter.grammar import FUNCTIONS, GRAMMAR, SEGMENT, SELECTIONS, SELECTORS
from vigil_apimodel.syntax import ProblemError, read, unquote
from vigil_apimodel.terms import Everything

_SEGMENT = re.compile(SEGMENT, re.DOTALL)
_PLURAL = {"label": "labels", "user_label": "user_labels", "system_label": "system_labels"}
_LABELLED = 3
_DURATION = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h)\Z")
_SLO_NAME = re.compile(r"projects/[^/]+/services/[^/]+/serviceLevelObjectives/[^/]+\Z")
_OPEN_STRING = re.compile(r"""(?:[^"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*""", re.DOTALL)


@lru_cache(maxsize=2048)
def parse(text: str) -> Expr:
    """Return the filter as an AST; the empty filter is `Everything`.

    Raises QuerySyntaxError for what the grammar does not allow, an unknown selector or function among it, with the
    place and the remedy. Whether metric and labels exist is not checked here.
    """
    return cast("Expr", read(_grammar(), text, _explain))


@cache
def _grammar() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=False)


def _segments(word: Token) -> tuple[str, ...]:
    return tuple(unquote(part) if part[0] in "\"'" else part for part in _SEGMENT.findall(word))


def _value(word: Token) -> str:
    if word[0] not in "\"'":
        return str(word)
    first, *more = _segments(word)
    if more:
        raise ProblemError("a value is one text: put all of it into one pair of double quotes", word)
    return first


@v_args(inline=True)
class _Builder(TermBuilder[Expr]):
    """Builds the AST while the parser reduces, so that no tree stands between."""

    def filter(self, expr: Expr | None = None) -> Expr:
        return Everything() if expr is None else expr

    def comparison(self, word: Token, operator: Token, value: Text | Function) -> Expr:
        if isinstance(value, Function) and operator not in ("=", "!="):
            raise ProblemError(f"{value.name}() is compared with '=' or '!=' only", operator)
        return Comparison(_selector(word), Operator(operator), value)

    def selection(self, name: Token, arguments: "tuple[Token, ...]" = ()) -> Expr:
        usage = SELECTIONS.get(name)
        if usage is None:
            known = ", ".join(SELECTIONS)
            raise ProblemError(f"there is no time-series selector {str(name)!r}; the published ones are {known}", name)
        values = tuple(_value(argument) for argument in arguments)
        _check_selection(name, arguments, values, usage)
        return Selection(str(name), values)

    def text(self, word: Token) -> Text:
        return Text(_value(word))

    def function(self, name: Token, arguments: "tuple[Token, ...]" = ()) -> Function:
        usage = FUNCTIONS.get(name)
        if usage is None:
            raise ProblemError(
                f"there is no function {str(name)!r}; the published ones are {', '.join(FUNCTIONS)}", name
            )
        if not arguments or (len(arguments) > 1 and name != "one_of"):
            raise ProblemError(f"{name} does not take {len(arguments)} argument(s): write {usage}", name)
        return Function(str(name), tuple(_value(argument) for argument in arguments))

    def arguments(self, *words: Token) -> "tuple[Token, ...]":
        return words


def _selector(word: Token) -> Selector:
    segments = _segments(word)
    first, *rest = segments
    if first not in SELECTORS:
        known = "metric.type, metric.labels.KEY, resource.type, resource.labels.KEY, metadata.system_labels.KEY, "
        known += "metadata.user_labels.KEY, group.id, project"
        raise ProblemError(f"there is no selector {str(word)!r}; the published ones are {known}", word)
    rest = [_PLURAL.get(rest[0], rest[0]), *rest[1:]] if rest else rest
    inner = SELECTORS[first]
    if inner is None and not rest:
        return Selector((first,))
    if inner is None or not rest or rest[0] not in inner:
        choices = " or ".join(f"{first}.{name}" for name in inner or ()) or first
        raise ProblemError(f"{str(word)!r} selects nothing: write {choices}", word)
    if rest[0].endswith("labels") and len(segments) != _LABELLED:
        message = f"{first}.{rest[0]} takes one key, with special characters in double quotes: "
        raise ProblemError(message + f'{first}.{rest[0]}."{".".join(rest[1:]) or "KEY"}"', word)
    if rest[0] in ("type", "id") and len(rest) > 1:
        raise ProblemError(f"{first}.{rest[0]} has no parts: write {first}.{rest[0]}", word)
    return Selector((first, *rest))


def _check_selection(name: Token, words: "tuple[Token, ...]", values: tuple[str, ...], usage: str) -> None:
    if name == "select_process_count":
        if not values:
            raise ProblemError(f"{name} needs at least one argument: write {usage}", name)
        return
    expected = usage.count('"') // 2
    if len(values) != expected:
        raise ProblemError(f"{name} takes {expected} argument(s), not {len(values)}: write {usage}", name)
    if not _SLO_NAME.match(values[0]) and "${" not in values[0]:
        message = "the SLO is named by projects/P/services/S/serviceLevelObjectives/L"
        raise ProblemError(f"{message}: write {usage}", words[0])
    if expected > 1 and (words[1][0] not in "\"'" or not _DURATION.match(values[1])):
        message = "the look-back is a duration in double quotes with one of the units ns, us, ms, s, m, h"
        raise ProblemError(f"{message}: write {usage}", words[1])


def _explain(text: str, position: int) -> tuple[str, int]:  # noqa: PLR0911 - one return for each known mistake
    end = _OPEN_STRING.match(text)
    if end is not None and end.end() < len(text):
        return f"the string that starts here is not closed: add {text[end.end()]}", end.end()
    before, here = text[:position].rstrip(), text[position : position + 1]
    if not here and text.count("(") > text.count(")"):
        return "a parenthesis is not closed: add )", position
    if before.endswith(("=", ">", "<", ":")):
        return "a value is expected here: a text in double quotes, or a function such as starts_with(...)", position
    if re.search(r"\b(?:AND|OR|NOT)$", before):
        return f"something must follow {before.rsplit(None, 1)[-1]}", position
    if not here or here == ")":
        return 'a comparison is expected here, such as metric.type="..."', position
    if re.search(r"""[\w"']$""", before) and not re.search(r"[=<>:]\s*\S+$", before):
        return "an operator is expected here: =, !=, >, >=, <, <= or :", position
    return f"{here!r} is not expected here: text with special characters stands in double quotes", position
