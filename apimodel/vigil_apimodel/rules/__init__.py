"""The rules: what Google's APIs refuse or what is known to go wrong, by resource type, over Pulumi's wire inputs.

`check(type, inputs)` yields what one resource breaks, `check_program(resources)` what all break together. A rule is
a function with a decorator in one of the modules here; importing this package registers them all. The list as a
page: `python -m vigil_apimodel.rules`.
"""

from vigil_apimodel.rules import (
    aggregations,
    alert_policies,
    channels,
    conditions,
    dashboards,
    log_metrics,
    log_storage,
    programs,
    promql_queries,
    required,
    slos,
    uptime,
)
from vigil_apimodel.rules.inputs import UNKNOWN
from vigil_apimodel.rules.model import (
    PROGRAM_RULES,
    RULES,
    Inputs,
    ProgramRule,
    Resource,
    Rule,
    Severity,
    Violation,
    check,
    check_program,
    check_together,
)
from vigil_apimodel.rules.page import page

MODULES = (
    required,
    alert_policies,
    conditions,
    aggregations,
    promql_queries,
    channels,
    log_metrics,
    log_storage,
    dashboards,
    slos,
    uptime,
    programs,
)
"""The modules that hold rules."""

__all__ = [
    "MODULES",
    "PROGRAM_RULES",
    "RULES",
    "UNKNOWN",
    "Inputs",
    "ProgramRule",
    "Resource",
    "Rule",
    "Severity",
    "Violation",
    "check",
    "check_program",
    "check_together",
    "page",
]
