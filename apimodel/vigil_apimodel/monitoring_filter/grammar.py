r"""The grammar of monitoring filters, and the functions and selectors that it knows.

Sources: https://cloud.google.com/monitoring/api/v3/filters and, for SLO selectors,
https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/timeseries-selectors. As in the Logging query
language NOT binds tightest, then OR, then AND, and AND may be left out; strings may stand in single quotes, too.
"""

from collections.abc import Mapping
from types import MappingProxyType

_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_BARE = r"""(?:[^\s~=():<>,*."'\\!]|!(?!=))"""

WORD = rf"(?:{_QUOTED}|{_BARE}+)(?:\.(?:{_QUOTED}|{_BARE}+))*"
"""A selector or a value: segments joined by dots, each bare or in quotes."""

SEGMENT = rf"{_QUOTED}|{_BARE}+"
"""One segment of a word."""

GRAMMAR = r"""
start: expr?                                  -> filter

?expr: either
     | expr either                            -> both
     | expr _AND either                       -> both
?either: term
       | either _OR term                      -> either
?term: simple
     | (_NOT | _MINUS) simple                 -> negated
?simple: WORD OPERATOR value                  -> comparison
       | FUNCTION "(" [arguments] ")"         -> selection
       | VARIABLE                             -> variable
       | "(" expr ")"
value: WORD                                   -> text
     | FUNCTION "(" [arguments] ")"           -> function
arguments: WORD ("," WORD)*

_AND.4: /AND(?![^\s~=():<>,*."'\\!])/
_OR.4: /OR(?![^\s~=():<>,*."'\\!])/
_NOT.4: /NOT(?![^\s~=():<>,*."'\\!])/
_MINUS.1: /-(?=[A-Za-z(])/
OPERATOR.3: /!=|>=|<=|=|>|<|:/
VARIABLE.3: /\$\{[\w.]+\}(?=[\s()]|$)/
FUNCTION.3: /(?!(?:AND|OR|NOT)\s*\()[A-Za-z_][\w.]*(?=\s*\()/
WORD.0: /(?!(?:AND|OR|NOT)(?![^\s~=():<>,*."'\\!]))@WORD@/s

%ignore /\s+/
""".replace("@WORD@", WORD)

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "starts_with": 'starts_with("TEXT")',
        "ends_with": 'ends_with("TEXT")',
        "has_substring": 'has_substring("TEXT")',
        "one_of": 'one_of("A", "B", ...)',
        "monitoring.regex.full_match": 'monitoring.regex.full_match("RE2")',
    }
)
"""Comparison functions with their usage."""

SELECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "select_slo_burn_rate": 'select_slo_burn_rate("SLO", "3600s")',
        "select_slo_budget": 'select_slo_budget("SLO")',
        "select_slo_budget_fraction": 'select_slo_budget_fraction("SLO")',
        "select_slo_budget_total": 'select_slo_budget_total("SLO")',
        "select_slo_compliance": 'select_slo_compliance("SLO")',
        "select_slo_counts": 'select_slo_counts("SLO")',
        "select_slo_health": 'select_slo_health("SLO")',
        "select_process_count": 'select_process_count("command=NAME", ...)',
    }
)
"""Time-series selectors with their usage; SLO is projects/P/services/S/serviceLevelObjectives/L."""

SELECTORS: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "metric": ("type", "labels"),
        "resource": ("type", "labels", "metadata"),
        "metadata": ("system_labels", "user_labels"),
        "group": ("id",),
        "project": None,
    }
)
"""What may stand before an operator, with the next level."""
