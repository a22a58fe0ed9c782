"""Rules of SLOs, and of the alerts that burn their budgets."""

from collections.abc import Iterator

from vigil_apimodel import limits, metrics
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.filters import parsed, series_filter
from vigil_apimodel.rules.inputs import literal, mapping, number, opaque, present, seconds, within
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import ALERT_POLICY, SLO

_PROTO = "google/monitoring/v3/service.proto"
_SLIS = ("basicSli", "requestBasedSli", "windowsBasedSli")
_CRITERIA = {
    "requestBasedSli": ("goodTotalRatio", "distributionCut"),
    "windowsBasedSli": ("goodBadMetricFilter", "goodTotalRatioThreshold", "metricMeanInRange", "metricSumInRange"),
}
_BOUNDS = ("min", "max")
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PAIR = 2


@rule("slo-goal", SLO, source=_PROTO)
def goal(inputs: Inputs) -> Iterator[Finding]:
    """A goal is greater than 0 and at most 0.9999."""
    found = number(inputs, "goal")
    if found is not None and not 0 < found <= limits.SLO_GOAL_MAXIMUM:
        yield "goal", f"{found:g}: write a fraction such as 0.995, greater than 0 and at most 0.9999"


@rule("slo-period", SLO, source=_PROTO)
def period(inputs: Inputs) -> Iterator[Finding]:
    """An SLO has a rolling period of 1 to 30 days or a calendar period, not both."""
    rolling, calendar = number(inputs, "rollingPeriodDays"), literal(inputs, "calendarPeriod")
    lowest, highest = limits.SLO_ROLLING_DAYS
    if rolling is not None and (not lowest <= rolling <= highest or rolling % 1):
        yield "rollingPeriodDays", f"{rolling:g}: write whole days, {lowest} to {highest}"
    if calendar not in (None, "DAY", "WEEK", "FORTNIGHT", "MONTH"):
        yield "calendarPeriod", f"{calendar!r}: write DAY, WEEK, FORTNIGHT or MONTH"
    periods = [key for key in ("rollingPeriodDays", "calendarPeriod") if present(inputs, key)]
    if len(periods) > 1:
        yield "calendarPeriod", "rollingPeriodDays is set too: keep one of them"
    if not periods and inputs:
        yield "rollingPeriodDays", "an SLO needs a period: set rollingPeriodDays or calendarPeriod"


@rule("slo-sli", SLO, source=_PROTO)
def sli(inputs: Inputs) -> Iterator[Finding]:
    """An SLO has exactly one indicator."""
    found = [key for key in _SLIS if present(inputs, key)]
    if len(found) != 1:
        yield (
            found[1] if found else "requestBasedSli",
            f"{len(found)} indicators: give exactly one of {', '.join(_SLIS)}",
        )


@rule("slo-window", SLO, source=_PROTO)
def window(inputs: Inputs) -> Iterator[Finding]:
    """A window is at least a minute and goes into a day without rest."""
    windows = mapping(inputs, "windowsBasedSli")
    if windows and not present(windows, "windowPeriod"):
        yield "windowsBasedSli.windowPeriod", 'it is missing: write "60s" or more that divides a day, such as "300s"'
    found = seconds(windows, "windowPeriod")
    if found is None:
        return
    if found < limits.SLO_WINDOW_MINIMUM_SECONDS or found > limits.DAY_SECONDS or limits.DAY_SECONDS % found:
        message = f'{found:g} seconds: write "60s" or more that divides a day, such as "300s"'
        yield "windowsBasedSli.windowPeriod", message


@rule(
    "slo-range",
    SLO,
    source=f"{_PROTO}, Range; hashicorp/terraform-provider-google issues",
    server="The minimum of the range in a MetricSumInRange must be less than its maximum. Got a minimum of 1440.0 and "
    "a maximum of 0.0",
)
def ranges(inputs: Inputs) -> Iterator[Finding]:
    """The least value of a range is below its greatest; a bound that is left out is 0."""
    for place, holder in _ranged(inputs):
        found = mapping(holder, "range")
        if opaque(holder, "range") or any(present(found, key) and number(found, key) is None for key in _BOUNDS):
            continue
        least, most = (number(found, key) or 0.0 for key in _BOUNDS)
        if not least < most:
            message = f"min is {least:g} and max is {most:g} (0 where it is left out): give a max greater than min"
            yield f"{place}.range", message


@rule("slo-criterion", SLO, source=_PROTO)
def criterion(inputs: Inputs) -> Iterator[Finding]:
    """An indicator says by exactly one criterion what is good."""
    for kind, known in _CRITERIA.items():
        if not present(inputs, kind) or opaque(inputs, kind):
            continue
        found = [key for key in known if present(mapping(inputs, kind), key)]
        if len(found) != 1:
            yield kind, f"{len(found)} criteria ({', '.join(found) or 'none'}): give exactly one of {', '.join(known)}"


def _ranged(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """What has a range, with its place."""
    requests, windows = mapping(inputs, "requestBasedSli"), mapping(inputs, "windowsBasedSli")
    performance = mapping(mapping(windows, "goodTotalRatioThreshold"), "performance")
    for place, holder, key in (
        ("requestBasedSli", requests, "distributionCut"),
        ("windowsBasedSli", windows, "metricMeanInRange"),
        ("windowsBasedSli", windows, "metricSumInRange"),
        ("windowsBasedSli.goodTotalRatioThreshold.performance", performance, "distributionCut"),
    ):
        if present(holder, key) and not opaque(holder, key):
            yield f"{place}.{key}", mapping(holder, key)


def _ratios(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """All ratios of an SLO with their places."""
    if present(mapping(inputs, "requestBasedSli"), "goodTotalRatio"):
        yield "requestBasedSli.goodTotalRatio", mapping(mapping(inputs, "requestBasedSli"), "goodTotalRatio")
    threshold = mapping(mapping(inputs, "windowsBasedSli"), "goodTotalRatioThreshold")
    performance = mapping(threshold, "performance")
    if present(performance, "goodTotalRatio"):
        yield (
            "windowsBasedSli.goodTotalRatioThreshold.performance.goodTotalRatio",
            mapping(performance, "goodTotalRatio"),
        )


def _filters(inputs: Inputs) -> Iterator[tuple[str, Inputs, str]]:
    for place, ratio in _ratios(inputs):
        for key in ("goodServiceFilter", "badServiceFilter", "totalServiceFilter"):
            if present(ratio, key):
                yield place, ratio, key
    cut = mapping(mapping(inputs, "requestBasedSli"), "distributionCut")
    if cut:
        yield "requestBasedSli.distributionCut", cut, "distributionFilter"
    windows = mapping(inputs, "windowsBasedSli")
    if present(windows, "goodBadMetricFilter"):
        yield "windowsBasedSli", windows, "goodBadMetricFilter"
    for name in ("metricMeanInRange", "metricSumInRange"):
        if present(windows, name):
            yield f"windowsBasedSli.{name}", mapping(windows, name), "timeSeries"


@rule("slo-filter-syntax", SLO, source="https://cloud.google.com/monitoring/api/v3/filters")
def filter_syntax(inputs: Inputs) -> Iterator[Finding]:
    """An SLO's filters are monitoring filters."""
    for place, holder, key in _filters(inputs):
        yield from within(place, series_filter(holder, key))


@rule("slo-ratio-parts", SLO, source=_PROTO)
def ratio_parts(inputs: Inputs) -> Iterator[Finding]:
    """A ratio has exactly two of good, bad and total."""
    for place, ratio in _ratios(inputs):
        filters = [
            key for key in ("goodServiceFilter", "badServiceFilter", "totalServiceFilter") if present(ratio, key)
        ]
        if len(filters) != _PAIR:
            yield place, f"{len(filters)} filters ({', '.join(filters) or 'none'}): give two of good, bad and total"


@rule("slo-metric-kind", SLO, source=_PROTO)
def metric_kind(inputs: Inputs) -> Iterator[Finding]:
    """A ratio counts with numbers that rise, a cut takes a distribution, where the metric is known."""
    for place, holder, key in _filters(inputs):
        expr = parsed(holder, key)
        types = mf.metric_types(expr) if expr is not None else ()
        known = metrics.lookup(types[0]) if len(types) == 1 else None
        if known is None:
            continue
        distribution = known.value_type is metrics.ValueType.DISTRIBUTION
        if key.endswith("ServiceFilter"):
            numeric = known.value_type in (metrics.ValueType.INT64, metrics.ValueType.DOUBLE)
            if known.kind is metrics.Kind.GAUGE or not numeric:
                message = f"{known.type} is {known.kind} {known.value_type}: a ratio needs DELTA or CUMULATIVE numbers"
                yield f"{place}.{key}", message
        elif key == "distributionFilter" and not distribution:
            yield f"{place}.{key}", f"{known.type} is {known.value_type}: a cut needs a DISTRIBUTION"


@rule(
    "slo-ratio-refinement",
    SLO,
    severity=Severity.WARNING,
    source="chainguard-dev/terraform-infra-common modules/slo/main.tf: a bad filter lacked the total's region label",
)
def ratio_refinement(inputs: Inputs) -> Iterator[Finding]:
    """The good or bad filter of a ratio is a refinement of the total's, or the ratio can exceed 1."""
    for place, ratio in _ratios(inputs):
        total = parsed(ratio, "totalServiceFilter")
        if total is None:
            continue
        for key in ("goodServiceFilter", "badServiceFilter"):
            part = parsed(ratio, key)
            if part is None:
                continue
            missing = [term for term in _terms(total) if term not in _terms(part)]
            if missing:
                terms = " AND ".join(mf.render(term) for term in missing)
                yield f"{place}.{key}", f"it lacks what the total has, so that it counts more: add {terms}"


def _terms(expr: mf.Expr) -> tuple[mf.Expr, ...]:
    return expr.terms if isinstance(expr, mf.And) else (expr,)


def burn_rates(inputs: Inputs) -> Iterator[tuple[str, str, float, float | None]]:
    """Return the burn-rate conditions of a policy: place, SLO, look-back in seconds, threshold."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        expr = parsed(condition)
        for selection in mf.selections(expr) if expr is not None else ():
            if selection.name == "select_slo_burn_rate":
                yield place, selection.args[0], lookback(selection.args[1]), number(condition, "thresholdValue")


def lookback(written: str) -> float:
    """Return a look-back such as `3600s` or `60m`, in seconds."""
    digits = written.rstrip("abcdefghijklmnopqrstuvwxyz")
    return float(digits) * _UNITS[written[len(digits) :]]


@rule("burn-rate-lookback", ALERT_POLICY, source="Google's page as quoted in elastic/kibana#144721")
def burn_rate_lookback(inputs: Inputs) -> Iterator[Finding]:
    """A burn rate looks back 24 hours at most."""
    for place, _, found, _ in burn_rates(inputs):
        if found > limits.SLO_LOOKBACK_MAXIMUM_SECONDS:
            message = f"{found:g} seconds is more than 24 hours: use PromQL over the metric for longer windows"
            yield f"{place}.filter", message


@rule(
    "burn-rate-single-window",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://sre.google/workbook/alerting-on-slos (multiwindow, multi-burn-rate)",
)
def burn_rate_single(inputs: Inputs) -> Iterator[Finding]:
    """A burn-rate alert joins a long and a short window."""
    found = list(burn_rates(inputs))
    windows = {seconds_back for _, _, seconds_back, _ in found}
    if found and len(windows) == 1:
        (only,) = windows
        message = f"one window of {only:g} seconds fires late or long after recovery: add one of {only / 12:g} with AND"
        yield "conditions", message


@rule(
    "burn-rate-combiner",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://sre.google/workbook/alerting-on-slos: windows of one rate are joined with AND",
)
def burn_rate_combiner(inputs: Inputs) -> Iterator[Finding]:
    """The windows of a burn-rate alert are joined with AND."""
    found = list(burn_rates(inputs))
    if len({seconds_back for _, _, seconds_back, _ in found}) > 1 and literal(inputs, "combiner") == "OR":
        yield "combiner", "OR fires as soon as either window burns: use AND, and a policy for each burn rate"


@rule(
    "burn-rate-thresholds",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://sre.google/workbook/alerting-on-slos: 14.4 over 1 h and 5 m, 6 over 6 h and 30 m",
)
def burn_rate_thresholds(inputs: Inputs) -> Iterator[Finding]:
    """The windows that are joined have the same burn rate."""
    rates = {threshold for _, _, _, threshold in burn_rates(inputs) if threshold is not None}
    if len(rates) > 1 and literal(inputs, "combiner") != "OR":
        listed = ", ".join(f"{rate:g}" for rate in sorted(rates))
        yield "conditions", f"the windows have different rates ({listed}): use one rate in both"
