"""PromQL as Google serves it.

Names of metrics and labels (`names`), reading of a query within bounds (`parsing`), and what Google documents to differ
from Prometheus (`compatibility`), and what a query compares with a number (`comparisons`).
"""

from vigil_apimodel.promql.comparisons import Comparison, comparisons
from vigil_apimodel.promql.compatibility import (
    AGGREGATIONS,
    FUNCTIONS,
    LATER,
    incompatibilities,
    name_of,
    parts,
    quantiles_of,
    selectors,
)
from vigil_apimodel.promql.names import grouping, label, metric_name, quote, selector
from vigil_apimodel.promql.parser import DEEPEST, MOST_CHARACTERS, MOST_OPERATORS, SMOOTHING, QueryError, parse

__all__ = [
    "AGGREGATIONS",
    "DEEPEST",
    "FUNCTIONS",
    "LATER",
    "MOST_CHARACTERS",
    "MOST_OPERATORS",
    "SMOOTHING",
    "Comparison",
    "QueryError",
    "comparisons",
    "grouping",
    "incompatibilities",
    "label",
    "metric_name",
    "name_of",
    "parse",
    "parts",
    "quantiles_of",
    "quote",
    "selector",
    "selectors",
]
