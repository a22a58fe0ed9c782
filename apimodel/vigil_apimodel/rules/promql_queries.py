"""Rules of PromQL in alert conditions and charts, as far as the text shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from vigil_apimodel import metrics, promql
from vigil_apimodel.metrics.logging import USER_PREFIX
from vigil_apimodel.metrics.temporal_cloud import PREFIX, RETIRED_PREFIX
from vigil_apimodel.rules.charts import queries
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.inputs import UNKNOWN, text
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import ALERT_POLICY, DASHBOARD

_OF_COUNTER = re.compile(
    r"""\b(rate|irate|increase|resets)\s*\(\s*(?:([A-Za-z_:][\w:]*)|\{\s*(?:"?__name__"?\s*=\s*)?(["'])([^"']+)\3)"""
)
_DOTTED = re.compile(r"(?<![\w.:$])[A-Za-z_][\w:]*(?:\.[A-Za-z_][\w:]*)+")
_QUANTILE = re.compile(r"\bhistogram_quantile\s*\(")
_PERCENTILE = re.compile(rf"\b{PREFIX}\w+")
_RETIRED = re.compile(rf"\b{RETIRED_PREFIX}\w+")
_BURN_RATE = re.compile(r">=?\s*\(?\s*(\d+(?:\.\d+)?)\s*\*\s*\(\s*1\s*-\s*(0?\.\d+)\s*\)")
_STRING = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`""")
_COMMENT = re.compile(r"#[^\n]*")
_PARENTHESIS = re.compile(r"[()]")


def _queries(inputs: Inputs) -> Iterator[tuple[str, str, Inputs]]:
    """Return all PromQL of a policy or dashboard: place, text, and what it stands in."""
    for place, condition in of_kind(inputs, "conditionPrometheusQueryLanguage"):
        query = text(condition, "query")
        if query:
            yield f"{place}.query", query, condition
    for place, chart in queries(inputs):
        query = text(chart, "prometheusQuery")
        if query:
            yield f"{place}.prometheusQuery", query, chart


@rule(
    "promql-parentheses", ALERT_POLICY, DASHBOARD, source="https://prometheus.io/docs/prometheus/latest/querying/basics"
)
def parentheses(inputs: Inputs) -> Iterator[Finding]:
    """The parentheses of a PromQL query match; the query language itself is not checked here."""
    for place, query, _ in _queries(inputs):
        wrong = unmatched(query)
        if wrong:
            yield place, wrong


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rules ask of the syntax tree of a query. The tree itself would take 18 kB."""

    error: str | None = None
    """Why the query does not parse; the rest is empty then."""
    incompatibilities: tuple[str, ...] = ()
    quantiles: tuple[str, ...] = ()
    """Names of the metrics of which a quantile is taken."""


@lru_cache(maxsize=64)  # the queries of one service: its policies and its dashboard have the same
def _read(query: str) -> _Reading:
    try:
        expr = promql.parse(query)
    except promql.QueryError as error:
        return _Reading(str(error))
    return _Reading(
        incompatibilities=tuple(dict.fromkeys(promql.incompatibilities(expr))),
        quantiles=tuple(dict.fromkeys(promql.quantiles_of(expr))),
    )


@lru_cache(maxsize=64)  # as above
def _bare(query: str) -> str:
    """Return the query without comments and without what its strings say."""
    return _COMMENT.sub("", _STRING.sub('""', query))


@lru_cache(maxsize=64)  # as above
def unmatched(query: str) -> str | None:
    """Return which parenthesis of a PromQL query has no partner, or None. Strings and comments are left out."""
    depth = 0
    for parenthesis in _PARENTHESIS.findall(_bare(query)):
        depth += 1 if parenthesis == "(" else -1
        if depth < 0:
            return "a ')' closes nothing: remove it, or open it earlier"
    return "a '(' is not closed: add )" if depth else None


@rule(
    "promql-syntax",
    ALERT_POLICY,
    DASHBOARD,
    source="https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences",
    server='invalid parameter "query": ...; unknown function with name ...',
)
def syntax(inputs: Inputs) -> Iterator[Finding]:
    """A query is PromQL of Prometheus 2.44, each of its selectors with the exact name of a metric."""
    for place, query, _ in _queries(inputs):
        bare = _bare(query)
        if "$" in bare or UNKNOWN in query or unmatched(query) or _DOTTED.search(bare):
            continue  # a dashboard's variable, or what another rule says better
        read = _read(query)
        if read.error is not None:
            yield place, f"the query does not parse: {read.error}"
        yield from ((place, wrong) for wrong in read.incompatibilities)


@rule(
    "promql-no-comparison",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="google/monitoring/v3/alert.proto: the condition is met by each series that the query returns",
)
def no_comparison(inputs: Inputs) -> Iterator[Finding]:
    """The query of a condition returns series only when something is wrong: it compares, or asks what is absent."""
    for place, query, holder in _queries(inputs):
        if "query" not in holder or UNKNOWN in query:
            continue  # a chart
        try:
            expr = promql.parse(query)
        except promql.QueryError:
            continue
        if promql.compares(expr):
            continue
        if any(map(promql.yields_bool, promql.parts(expr))):
            yield place, "with `bool` each series stays, as 0 or 1, and opens an incident: remove `bool`"
        else:
            yield (
                place,
                "nothing is compared, so each series that there is opens an incident: compare it, as in ... > 0",
            )


@rule(
    "promql-quantile-of-number",
    ALERT_POLICY,
    DASHBOARD,
    source="https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences; kinds of "
    "vigil_apimodel.metrics",
)
def quantile_of_number(inputs: Inputs) -> Iterator[Finding]:
    """A quantile is taken of the buckets of a distribution."""
    for place, query, _ in _queries(inputs):
        for name in _read(query).quantiles:
            known = metrics.BY_PROMQL.get(name) or metrics.BY_PROMQL.get(promql.metric_name(name))
            if known is not None and known.value_type is not metrics.ValueType.DISTRIBUTION:
                yield place, f"{name} is {known.value_type}, histogram_quantile() of it means nothing: use the value"


@rule(
    "promql-dotted-name",
    ALERT_POLICY,
    DASHBOARD,
    source="https://docs.cloud.google.com/stackdriver/docs/otlp-metrics/overview: such names go into braces and quotes",
)
def dotted_name(inputs: Inputs) -> Iterator[Finding]:
    """A metric or label with dots in its name, as OpenTelemetry has them, stands in quotes."""
    for place, query, _ in _queries(inputs):
        bare = _bare(query)
        for found in dict.fromkeys(match[0] for match in _DOTTED.finditer(bare)):
            quoted = f'{{"{found}"}} for a metric, "{found}"="..." for a label'
            yield place, f"{found} has dots, which PromQL reads in quotes alone: write {quoted}"


@rule(
    "promql-rate-of-gauge",
    ALERT_POLICY,
    DASHBOARD,
    source="docs.temporal.io cloud/metrics/openmetrics/migration-guide; kinds of vigil_apimodel.metrics",
)
def rate_of_gauge(inputs: Inputs) -> Iterator[Finding]:
    """A rate is taken of counters only; Temporal Cloud's metrics are rates already."""
    for place, query, _ in _queries(inputs):
        for function, name, _, quoted in _OF_COUNTER.findall(query):
            used = name or (quoted if quoted in metrics.BY_PROMQL else promql.metric_name(quoted))
            known = metrics.BY_PROMQL.get(used)
            if used.startswith(PREFIX) or (known is not None and _is_gauge(known)):
                yield (
                    place,
                    f"{used} is a gauge, {function}() of it means nothing: use avg_over_time() or the value itself",
                )
        for name in _under_quantile(query):
            yield place, f"{name} is no histogram: Temporal Cloud serves _p50, _p95 and _p99 as values"


def _under_quantile(query: str) -> Iterator[str]:
    """Temporal Cloud's metrics among the arguments of histogram_quantile()."""
    for found in _QUANTILE.finditer(query):
        depth, end = 1, found.end()
        while depth and end < len(query):
            depth += {"(": 1, ")": -1}.get(query[end], 0)
            end += 1
        yield from _PERCENTILE.findall(query, found.end(), end)


def _is_gauge(known: metrics.Metric) -> bool:
    return known.kind is metrics.Kind.GAUGE and not known.type.endswith("/unknown")


@rule(
    "promql-retired-metric",
    ALERT_POLICY,
    DASHBOARD,
    source="docs.temporal.io cloud/metrics/reference: version 0 was disabled on 2026-10-05",
)
def retired_metric(inputs: Inputs) -> Iterator[Finding]:
    """A query uses no metric of an endpoint that is switched off."""
    for place, query, _ in _queries(inputs):
        for name in dict.fromkeys(_RETIRED.findall(query)):
            yield place, f"{name} is no longer served: use the version 1 metrics, {PREFIX}..."


@rule(
    "promql-validation",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="hashicorp/terraform-provider-google#11102, #20491; alert.proto disable_metric_validation",
    server='Cannot find metric(s) that match type = "logging.googleapis.com/user/X". If a metric was created recently, '
    "it could take up to 10 minutes to become available. Please try again soon.",
)
def validation(inputs: Inputs) -> Iterator[Finding]:
    """A condition on a metric made from logs switches metric validation off."""
    mangled = promql.metric_name(USER_PREFIX + "x")[:-1]
    for place, query, holder in _queries(inputs):
        if ".conditionPrometheusQueryLanguage." not in place or "disableMetricValidation" in holder:
            continue
        if USER_PREFIX in query or mangled in query:
            field = place.removesuffix("query") + "disableMetricValidation"
            yield (
                field,
                "the metric may be unknown for 10 minutes after it is made: set disableMetricValidation to true",
            )


@rule("promql-burn-rate-cannot-fire", ALERT_POLICY, source="kcp-dev/kcp-glbc#287: a share of errors cannot exceed 1")
def cannot_fire(inputs: Inputs) -> Iterator[Finding]:
    """A burn rate can be reached: rate times (1 - goal) is less than 1."""
    for place, query, _ in _queries(inputs):
        for rate, goal in dict.fromkeys(_BURN_RATE.findall(query)):
            limit = Decimal(rate) * (1 - Decimal(goal))
            if limit >= 1:
                message = f"{rate} * (1 - {goal}) is {limit}, which no share of errors exceeds: lower the rate"
                yield place, message
