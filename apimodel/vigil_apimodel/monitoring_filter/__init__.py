"""Monitoring filters: text to AST (`parse`), AST to text (`render`), filters from code (`metric`, `all_of`, ...).

They select time series in alert conditions, charts, SLOs and `timeSeries.list`. `grammar` has the grammar with
its functions and selectors; `facts` returns what a filter says about metric and resource.
"""

from vigil_apimodel.monitoring_filter.ast import Comparison, Expr, Function, Operator, Selection, Selector, Text
from vigil_apimodel.monitoring_filter.facts import comparisons, metric_types, resource_types, selections, selects
from vigil_apimodel.monitoring_filter.parser import parse
from vigil_apimodel.monitoring_filter.render import (
    all_of,
    metric,
    metric_label,
    path,
    render,
    resource,
    resource_label,
)
from vigil_apimodel.syntax import QuerySyntaxError
from vigil_apimodel.terms import And, Everything, Not, Or, Variable

__all__ = [
    "And",
    "Comparison",
    "Everything",
    "Expr",
    "Function",
    "Not",
    "Operator",
    "Or",
    "QuerySyntaxError",
    "Selection",
    "Selector",
    "Text",
    "Variable",
    "all_of",
    "comparisons",
    "metric",
    "metric_label",
    "metric_types",
    "parse",
    "path",
    "render",
    "resource",
    "resource_label",
    "resource_types",
    "selections",
    "selects",
]
