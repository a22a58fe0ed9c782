"""PromQL as Google serves it.

`names` has the names of metrics and labels, `parser` reads a query within bounds, `compatibility` has what Google
documents to differ from Prometheus, `comparisons` what a query compares with a number, `ranges` where its values can
lie, and `diagnosis` what is wrong with a query that does not parse.
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
from vigil_apimodel.promql.ranges import compares, unreachable, yields_bool

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
    "compares",
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
    "unreachable",
    "yields_bool",
]
