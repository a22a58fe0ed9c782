"""PromQL as Google serves it.

`names` has the names of metrics and labels, `parser` reads a query within bounds, `compatibility` has what Google
documents to differ from Prometheus, `comparisons` what a query compares with a number.
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
