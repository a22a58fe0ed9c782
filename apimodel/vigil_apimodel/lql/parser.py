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
from vigil_apimodel.lql.ast import (
    Argument,
    Call,
    Comparison,
    Expr,
    FieldPath,
    Null,
    Operator,
    Present,
    Restriction,
    Text,
)
from vigil_apimodel.lql.diagnosis import explain
from vigil_apimodel.lql.functions import FUNCTIONS, is_bare_field, problem
from vigil_apimodel.lql.grammar import GRAMMAR, SEGMENT
from vigil_apimodel.syntax import ProblemError, read, unquote
from vigil_apimodel.terms import And, Everything, Not, Or

_SEGMENT = re.compile(SEGMENT, re.DOTALL)
_NULL = "NULL_VALUE"

_Literal = Text | Null | Call
_Values = _Literal | tuple[str, tuple["_Values", ...]]
"""A value group before the field is applied: a literal, or (`and`, `or` or `not`, operands)."""


@lru_cache(maxsize=64)  # the queries of one service: a program asks again for no others, and a tree takes 2 kB
def parse(text: str) -> Expr:
    """Return the query as an AST; the empty query (or only comments) is `Everything`.

    Raises QuerySyntaxError, whose message points at the place and says what to write instead. Which fields an entry
    has, and what a field's type allows, is not checked here.
    """
    return cast("Expr", read(_grammar(), text, explain))


@cache
def _grammar() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=False)


def _segments(word: Token) -> tuple[str, ...]:
    if '"' not in word:
        return tuple(word.split("."))
    return tuple(unquote(part) if part[0] == '"' else part for part in _SEGMENT.findall(word))


def _literal(word: Token) -> Text | Null:
    """Return a word in the place of a value: text, in quotes or bare."""
    if word == _NULL:
        return Null()
    if '"' not in word:
        return Text(str(word))
    segments = _SEGMENT.findall(word)
    if len(segments) > 1:
        raise ProblemError("a value is one text: put all of it into one pair of double quotes", word.start_pos or 0)
    return Text(unquote(word))


def _spread(field: FieldPath | Call, operator: Operator, values: "_Values | Present") -> Expr:
    """Return the comparison applied to each element of a value group."""
    if not isinstance(values, tuple):
        return Comparison(field, operator, values)
    kind, operands = values
    terms = tuple(_spread(field, operator, operand) for operand in operands)
    if kind == "not":
        return Not(terms[0])
    return And(terms) if kind == "and" else Or(terms)


@v_args(inline=True)
class _Builder(TermBuilder[Expr]):
    """Builds the AST while the parser reduces, so that no tree stands between."""

    def query(self, expr: Expr | None = None) -> Expr:
        return Everything() if expr is None else expr

    def restriction(self, word: Token) -> Expr:
        literal = _literal(word)
        return Restriction(_NULL if isinstance(literal, Null) else literal.text)

    def comparison(self, field: FieldPath | Call, operator: Token, value: "_Values | Present") -> Expr:
        if isinstance(value, Present) and operator != ":":
            message = (
                'presence is tested with the operator ":" (field:*); a star that is meant as text stands in quotes'
            )
            raise ProblemError(message, operator.start_pos or 0)
        return _spread(field, Operator(operator), value)

    def predicate(self, call: tuple[Call, int]) -> Expr:
        found, position = call
        if not FUNCTIONS[found.name].predicate:
            raise ProblemError(f"{found.name} gives a value: compare it, for example {found.name}(...) = 1", position)
        return found

    def path(self, word: Token) -> FieldPath:
        return FieldPath(_segments(word))

    def present(self, _star: Token) -> Present:
        return Present()

    def text(self, word: Token) -> Text | Null:
        return _literal(word)

    def computed_field(self, call: tuple[Call, int]) -> Call:
        return _valued(call)

    def computed_value(self, call: tuple[Call, int]) -> Call:
        return _valued(call)

    def computed_argument(self, call: tuple[Call, int]) -> Call:
        return call[0]

    def both_values(self, left: "_Values", right: "_Values") -> "_Values":
        return ("and", (left, right))

    def either_value(self, left: "_Values", right: "_Values") -> "_Values":
        return ("or", (left, right))

    def negated_value(self, value: "_Values") -> "_Values":
        return ("not", (value,))

    def word_argument(self, word: Token) -> Token:
        return word

    def call(self, name: Token, *arguments: "Token | Text | Call") -> tuple[Call, int]:
        function = name.lower()
        found: list[Argument] = []
        for index, argument in enumerate(arguments):
            if isinstance(argument, Text | Call):
                found.append(argument)
            elif argument[0] != '"' and is_bare_field(function, index, len(arguments)):
                found.append(FieldPath(_segments(argument)))
            else:
                found.append(_literal(argument))
        call = Call(function, tuple(found))
        wrong = problem(call)
        position = name.start_pos or 0
        if wrong is not None:
            raise ProblemError(wrong, position)
        return call, position


def _valued(call: tuple[Call, int]) -> Call:
    found, position = call
    if FUNCTIONS[found.name].predicate:
        raise ProblemError(f"{found.name}(...) is true or false by itself: leave out the comparison", position)
    return found
