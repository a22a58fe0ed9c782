"""The Logging query language: text to AST (`parse`), AST to text (`render`), queries from code (`eq`, `all_of`, ...).

The grammar is in `grammar`, the functions in `functions`, messages for mistakes in `diagnosis`, the fields of a log
entry in `fields`. Evaluating a query is the emulator's business.
"""

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
    Value,
)
from vigil_apimodel.lql.builders import all_of, any_of, compare, eq, field, has, log_id, matches, ne, none_of, present
from vigil_apimodel.lql.fields import fields_of, undefined_fields
from vigil_apimodel.lql.functions import TIMEZONES
from vigil_apimodel.lql.parser import parse
from vigil_apimodel.lql.render import path, render
from vigil_apimodel.syntax import QuerySyntaxError, quote
from vigil_apimodel.terms import And, Everything, Not, Or, Variable

__all__ = [
    "TIMEZONES",
    "And",
    "Argument",
    "Call",
    "Comparison",
    "Everything",
    "Expr",
    "FieldPath",
    "Not",
    "Null",
    "Operator",
    "Or",
    "Present",
    "QuerySyntaxError",
    "Restriction",
    "Text",
    "Value",
    "Variable",
    "all_of",
    "any_of",
    "compare",
    "eq",
    "field",
    "fields_of",
    "has",
    "log_id",
    "matches",
    "ne",
    "none_of",
    "parse",
    "path",
    "present",
    "quote",
    "render",
    "undefined_fields",
]
