"""Make the terms that both query languages share, while lark's parser reduces."""

from typing import Generic, TypeVar, cast

from lark import Token, Transformer

from vigil_apimodel.terms import And, Not, Or, Variable

Expr = TypeVar("Expr")


class TermBuilder(Transformer[Token, Expr], Generic[Expr]):
    """Builds AND, OR, NOT and variables; a language adds its comparisons. No tree stands between."""

    def both(self, terms: list[Expr]) -> Expr:
        return cast("Expr", And(tuple(terms)))

    def either(self, terms: list[Expr]) -> Expr:
        return cast("Expr", Or(tuple(terms)))

    def negated(self, terms: list[Expr]) -> Expr:
        return cast("Expr", Not(terms[0]))

    def variable(self, tokens: list[Token]) -> Expr:
        return cast("Expr", Variable(tokens[0][2:-1]))
