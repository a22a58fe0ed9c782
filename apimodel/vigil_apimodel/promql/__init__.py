"""PromQL as Google serves it.

Names of metrics and labels (`names`), reading of a query within bounds (`parsing`), and what Google documents to differ
from Prometheus (`compatibility`).
"""

from vigil_apimodel.promql.compatibility import (
    AGGREGATIONS,
    FUNCTIONS,
    LATER,
    incompatibilities,
    name_of,
    quantiles_of,
    selectors,
)
from vigil_apimodel.promql.names import label, metric_name, quote, selector
from vigil_apimodel.promql.parsing import DEEPEST, MOST_CHARACTERS, MOST_OPERATORS, SMOOTHING, QueryError, parse

__all__ = [
    "AGGREGATIONS",
    "DEEPEST",
    "FUNCTIONS",
    "LATER",
    "MOST_CHARACTERS",
    "MOST_OPERATORS",
    "SMOOTHING",
    "QueryError",
    "incompatibilities",
    "label",
    "metric_name",
    "name_of",
    "parse",
    "quantiles_of",
    "quote",
    "selector",
    "selectors",
]
