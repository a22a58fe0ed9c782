"""Rules of all resources of a program together: quotas of a project, names that collide, alerts against their SLOs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from vigil_apimodel import limits, promql, tokens
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.metrics.logging import USER_PREFIX
from vigil_apimodel.rules.conditions import filters
from vigil_apimodel.rules.filters import parsed
from vigil_apimodel.rules.inputs import literal, number, present
from vigil_apimodel.rules.model import Resource, Severity, program_rule
from vigil_apimodel.rules.slos import burn_rates

_Findings = Iterator[tuple[str, str, str]]
_CALENDAR_DAYS = {"DAY": 1, "WEEK": 7, "FORTNIGHT": 14, "MONTH": 30}
_LEAST_BUDGET, _MOST_BUDGET = 0.01, 0.25
"""Shares of a budget that an alert may spend before it fires: the Workbook's rows have 2, 5 and 10 per cent."""


_SPLIT = "split it, or raise the quota"
_FLEET = "watch many services together with one {} for all, grouped by the service's label, or raise the quota"


def _over(
    resources: Sequence[Resource], kind: str, most: int, noun: str, *, parent: str = "project", remedy: str = _SPLIT
) -> _Findings:
    """Return a finding where a project would have more than `most` of a kind."""
    projects: dict[str, list[str]] = defaultdict(list)
    for resource in resources:
        if resource.type == kind:
            projects[literal(resource.inputs, parent) or ""].append(resource.name)
    for project, names in projects.items():
        if len(names) > most:
            where = f"project {project.removeprefix('projects/')}" if project else "one project"
            yield names[most], parent, f"{where} would have {len(names)} {noun}, at most {most} are allowed: {remedy}"


@program_rule(
    "project-sinks", severity=Severity.WARNING, source="https://cloud.google.com/logging/quotas; raisable to 4,000"
)
def sinks(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 200 sinks."""
    yield from _over(resources, tokens.PROJECT_SINK, limits.PROJECT_SINKS, "sinks")


@program_rule("project-buckets", source="https://cloud.google.com/logging/quotas")
def buckets(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 100 log buckets."""
    yield from _over(resources, tokens.PROJECT_BUCKET, limits.PROJECT_BUCKETS, "log buckets")


@program_rule("project-log-metrics", source="https://cloud.google.com/logging/quotas")
def log_metrics(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 500 metrics made from logs."""
    remedy = _FLEET.format("metric")
    yield from _over(resources, tokens.LOG_METRIC, limits.PROJECT_LOG_METRICS, "metrics made from logs", remedy=remedy)


@program_rule("project-exclusions", source="google/logging/v2/logging_config.proto")
def exclusions(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 10 exclusions."""
    yield from _over(resources, tokens.PROJECT_EXCLUSION, limits.PROJECT_EXCLUSIONS, "exclusions")


@program_rule("project-log-scopes", source="https://cloud.google.com/logging/quotas")
def log_scopes(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 100 log scopes."""
    yield from _over(resources, tokens.LOG_SCOPE, limits.PROJECT_LOG_SCOPES, "log scopes", parent="parent")


@program_rule(
    "project-alert-policies",
    severity=Severity.WARNING,
    source="https://cloud.google.com/monitoring/quotas (an old copy)",
)
def alert_policies(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 500 alert policies."""
    remedy = _FLEET.format("policy")
    yield from _over(resources, tokens.ALERT_POLICY, limits.PROJECT_ALERT_POLICIES, "alert policies", remedy=remedy)


@program_rule(
    "project-channels", severity=Severity.WARNING, source="https://cloud.google.com/monitoring/quotas (an old copy)"
)
def channels(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 4,000 notification channels."""
    yield from _over(resources, tokens.CHANNEL, limits.PROJECT_CHANNELS, "notification channels")


@program_rule(
    "project-uptime-checks",
    severity=Severity.WARNING,
    source="https://cloud.google.com/monitoring/quotas (an old copy)",
)
def uptime_checks(resources: Sequence[Resource]) -> _Findings:
    """A project has at most 100 uptime checks."""
    yield from _over(resources, tokens.UPTIME_CHECK, limits.PROJECT_UPTIME_CHECKS, "uptime checks")


@program_rule("bucket-views", source="https://cloud.google.com/logging/quotas")
def views(resources: Sequence[Resource]) -> _Findings:
    """A log bucket has at most 30 views."""
    found = Counter(literal(resource.inputs, "bucket") for resource in resources if resource.type == tokens.LOG_VIEW)
    for bucket, count in found.items():
        if bucket and count > limits.BUCKET_VIEWS:
            yield (
                bucket,
                "bucket",
                f"the bucket has {count} views, at most {limits.BUCKET_VIEWS} are allowed: remove some",
            )


@program_rule("bucket-links", source="google/logging/v2/logging_config.proto")
def links(resources: Sequence[Resource]) -> _Findings:
    """A log bucket has at most one linked dataset."""
    seen: dict[tuple[str | None, ...], str] = {}
    for resource in resources:
        bucket = literal(resource.inputs, "bucket")
        if resource.type != tokens.LINKED_DATASET or bucket is None:
            continue
        where = (bucket, literal(resource.inputs, "location"), literal(resource.inputs, "parent"))
        if where in seen:
            yield resource.name, "bucket", f"the bucket is linked already, by {seen[where]}: keep one of the two"
        seen[where] = resource.name


@program_rule("promql-name-collision", source="https://cloud.google.com/monitoring/promql/promql-mapping")
def promql_names(resources: Sequence[Resource]) -> _Findings:
    """No two metrics made from logs share a name in PromQL."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for resource in resources:
        metric = literal(resource.inputs, "name")
        if resource.type != tokens.LOG_METRIC or metric is None:
            continue
        key = (literal(resource.inputs, "project") or "", promql.metric_name(USER_PREFIX + metric))
        other = seen.setdefault(key, (resource.name, metric))
        if other[1] != metric:
            message = f"{metric!r} and {other[1]!r} (of {other[0]}) are both {key[1]} in PromQL: rename one"
            yield resource.name, "name", message


@program_rule(
    "alert-threshold-on-new-metric",
    severity=Severity.WARNING,
    source="hashicorp/terraform-provider-google#11102 (open), #10325; GoogleCloudPlatform/cloud-foundation-fabric#3739",
    server='Cannot find metric(s) that match type = "logging.googleapis.com/user/X". If a metric was created recently, '
    "it could take up to 10 minutes to become available. Please try again soon.",
)
def threshold_on_new_metric(resources: Sequence[Resource]) -> _Findings:
    """A threshold or absence is not on a metric that the same program makes."""
    made = {
        USER_PREFIX + name
        for resource in resources
        if resource.type == tokens.LOG_METRIC and (name := literal(resource.inputs, "name"))
    }
    for resource in resources:
        if resource.type != tokens.ALERT_POLICY:
            continue
        for place, condition, key in filters(resource.inputs):
            expr = parsed(condition, key)
            for metric in mf.metric_types(expr) if expr is not None else ():
                if metric in made:
                    message = f"{metric} is made here and unknown at first: use PromQL with disableMetricValidation"
                    yield resource.name, f"{place}.{key}", message


@program_rule(
    "alert-bucket-metric-resource",
    severity=Severity.WARNING,
    source="hashicorp/terraform-provider-google#4165, #7179; cloud-foundation-fabric datasets/hardened/observability",
)
def bucket_metric_resource(resources: Sequence[Resource]) -> _Findings:
    """An alert on a metric of a log bucket filters by the resource type logging_bucket."""
    of_bucket = {
        USER_PREFIX + name
        for resource in resources
        if resource.type == tokens.LOG_METRIC
        and present(resource.inputs, "bucketName")
        and (name := literal(resource.inputs, "name"))
    }
    for resource in resources:
        if resource.type != tokens.ALERT_POLICY:
            continue
        for place, condition, key in filters(resource.inputs):
            expr = parsed(condition, key)
            if expr is None or not of_bucket & set(mf.metric_types(expr)):
                continue
            wrong = [found for found in mf.resource_types(expr) if found != "logging_bucket"]
            if wrong:
                message = f'the metric is of a log bucket, not of {wrong[0]}: write resource.type = "logging_bucket"'
                yield resource.name, f"{place}.{key}", message


def _slos(resources: Sequence[Resource]) -> dict[str, Resource]:
    return {
        identifier: resource
        for resource in resources
        if resource.type == tokens.SLO and (identifier := literal(resource.inputs, "sloId"))
    }


def _burning(resources: Sequence[Resource]) -> Iterator[tuple[str, str, float, float, Resource]]:
    """Alert's name, place, look-back, threshold, and the SLO, where the program has it."""
    slos = _slos(resources)
    for resource in resources:
        if resource.type != tokens.ALERT_POLICY:
            continue
        for place, name, seconds_back, threshold in burn_rates(resource.inputs):
            slo = slos.get(name.rsplit("/", 1)[-1])
            if slo is not None and threshold is not None:
                yield resource.name, place, seconds_back, threshold, slo


@program_rule("burn-rate-cannot-fire", source="kcp-dev/kcp-glbc#287: a rate of errors cannot exceed 1")
def cannot_fire(resources: Sequence[Resource]) -> _Findings:
    """A burn rate can be reached: rate times (1 - goal) is less than 1."""
    for name, place, _, threshold, slo in _burning(resources):
        goal = number(slo.inputs, "goal")
        if goal is not None and threshold * (1 - goal) >= 1:
            most = 1 / (1 - goal)
            message = (
                f"with a goal of {goal:g} the burn rate never exceeds {most:.4g}, {threshold:g} cannot fire: lower it"
            )
            yield name, f"{place}.thresholdValue", message


@program_rule(
    "burn-rate-budget",
    severity=Severity.WARNING,
    source="https://sre.google/workbook/alerting-on-slos: burn rate = budget spent x period / window",
)
def budget(resources: Sequence[Resource]) -> _Findings:
    """A burn-rate alert's longest window spends 1 to 25 per cent of the budget, by the SLO's own period."""
    longest: dict[tuple[str, float], tuple[str, float, Resource]] = {}
    for name, place, seconds_back, threshold, slo in _burning(resources):
        held = longest.get((name, threshold))
        if held is None or held[1] < seconds_back:
            longest[name, threshold] = (place, seconds_back, slo)
    for (name, threshold), (place, seconds_back, slo) in longest.items():
        days = number(slo.inputs, "rollingPeriodDays") or _CALENDAR_DAYS.get(
            literal(slo.inputs, "calendarPeriod") or ""
        )
        if not days:
            continue
        spent = threshold * seconds_back / (days * limits.DAY_SECONDS)
        if not _LEAST_BUDGET <= spent <= _MOST_BUDGET:
            advised = 0.02 * days * limits.DAY_SECONDS / seconds_back
            message = (
                f"{threshold:g} over {seconds_back:g} seconds is {spent:.1%} of the budget of {days:g} days: "
                f"2% would be {advised:.4g}; compute it from the SLO's own period"
            )
            yield name, f"{place}.thresholdValue", message


@program_rule(
    "burn-rate-same-for-periods",
    severity=Severity.WARNING,
    source="chainguard-dev/terraform-infra-common modules/slo/main.tf: one threshold for SLOs of 7 and of 30 days",
)
def same_for_periods(resources: Sequence[Resource]) -> _Findings:
    """A burn rate over a window is not the same for SLOs of different periods."""
    seen: dict[tuple[float, float], tuple[float, str]] = {}
    for name, place, seconds_back, threshold, slo in _burning(resources):
        days = number(slo.inputs, "rollingPeriodDays")
        if days is None:
            continue
        other = seen.setdefault((seconds_back, threshold), (days, name))
        if other[0] != days:
            message = (
                f"{threshold:g} over {seconds_back:g} seconds is used for {other[0]:g} days by {other[1]} too: it "
                f"spends another share of a budget of {days:g} days; compute it from the SLO's own period"
            )
            yield name, f"{place}.thresholdValue", message


@program_rule(
    "slo-basic-on-custom-service",
    source="GoogleCloudPlatform/reliable-app-platforms#29; chainguard-dev/terraform-infra-common#1180",
)
def basic_on_custom(resources: Sequence[Resource]) -> _Findings:
    """A basic indicator is for services that Google knows, not for custom ones."""
    custom = {
        identifier
        for resource in resources
        if resource.type == tokens.CUSTOM_SERVICE and (identifier := literal(resource.inputs, "serviceId"))
    }
    for resource in resources:
        service = literal(resource.inputs, "service")
        if resource.type == tokens.SLO and present(resource.inputs, "basicSli") and service in custom:
            message = f"the service {service} is a custom one: use requestBasedSli or windowsBasedSli"
            yield resource.name, "basicSli", message
