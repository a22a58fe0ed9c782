"""Services and their service level objectives."""

import re
from collections.abc import Iterator
from typing import ClassVar

from vigil_apimodel import limits, monitoring_filter
from vigil_apimodel.json_values import JsonObject, child, text, text_map
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.numerals import number
from vigil_emulator.resources.collection import Change, Collection, Context, last, random_number
from vigil_emulator.resources.labels import check_user_labels
from vigil_emulator.resources.projects import number_of, project_of
from vigil_emulator.times import DAY, MINUTE, parse_duration

_RATIO_PARTS = ("goodServiceFilter", "badServiceFilter", "totalServiceFilter")
_WINDOW_CRITERIA = ("goodBadMetricFilter", "goodTotalRatioThreshold", "metricMeanInRange", "metricSumInRange")
CALENDAR = {"DAY", "WEEK", "FORTNIGHT", "MONTH"}
IDENTIFIERS = (
    "custom",
    "appEngine",
    "cloudEndpoints",
    "cloudRun",
    "clusterIstio",
    "meshIstio",
    "istioCanonicalService",
    "gkeNamespace",
    "gkeWorkload",
    "gkeService",
    "basicService",
)


class Services(Collection):
    """`monitoring.services`; stored under the project's id, served with its number."""

    kind = "monitoring.services"
    api = "monitoring.v3"
    schema = "Service"
    segment = "services"
    id_parameter = "serviceId"
    id_pattern = re.compile(r"[A-Za-z0-9\-_:.]{1,255}")

    def new_id(self, call: Call) -> str:
        """Return the given id, or one that the server chooses."""
        identifier = call.query.get("serviceId", "")
        return self.valid_id(identifier) if identifier else random_number()

    def served_name(self, name: str) -> str:
        """Return the name with the project's number."""
        return self.context.projects.numbered(name)

    def prepare(self, change: Change) -> JsonObject:
        """Check that the service says what it is."""
        if not set(IDENTIFIERS) & change.body.keys():
            raise invalid_argument(
                "Field service.identifier is required: one of custom, basic_service and the detected kinds.",
            )
        check_user_labels(text_map(change.body, "userLabels"), "service")
        return change.body

    def before_delete(self, change: Change) -> None:
        """Remove its objectives with it."""
        for objective in self.store.names("monitoring.serviceLevelObjectives", change.name):
            self.store.delete("monitoring.serviceLevelObjectives", objective)

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words, with the project's number."""
        project = number_of(project_of(name))
        return ApiError("NOT_FOUND", f"There is no service with id '{last(name)}' in project '{project}'")


class Objectives(Collection):
    """`monitoring.serviceLevelObjectives`; stored under the project's id, served with its number."""

    kind = "monitoring.serviceLevelObjectives"
    api = "monitoring.v3"
    schema = "ServiceLevelObjective"
    segment = "serviceLevelObjectives"
    id_parameter = "serviceLevelObjectiveId"
    id_pattern = re.compile(r"[A-Za-z0-9\-_:.]{1,255}")
    limit: ClassVar[tuple[int, str] | None] = (500, "service level objectives")

    def __init__(self, context: Context, services: Services) -> None:
        """`services` are what objectives are of."""
        super().__init__(context)
        self._services = services

    def new_id(self, call: Call) -> str:
        """Return the given id, or one that the server chooses."""
        identifier = call.query.get("serviceLevelObjectiveId", "")
        return self.valid_id(identifier) if identifier else random_number()

    def served_name(self, name: str) -> str:
        """Return the name with the project's number."""
        return self.context.projects.numbered(name)

    def check_parent(self, parent: str) -> None:
        """Check that the service is there."""
        self._services.existing(parent)

    def prepare(self, change: Change) -> JsonObject:
        """Check goal, period and indicator."""
        body = change.body
        goal = number(body, "goal")
        if not 0 < goal <= limits.SLO_GOAL_MAXIMUM:
            raise _invalid(
                "goal", str(body.get("goal", 0)), f"must be greater than 0 and at most {limits.SLO_GOAL_MAXIMUM}"
            )
        _check_period(text(body, "rollingPeriod"), text(body, "calendarPeriod"))
        indicator = child(body, "serviceLevelIndicator")
        if not indicator:
            raise missing_field("service_level_objective.service_level_indicator")
        service = self._services.existing(change.name.partition("/serviceLevelObjectives/")[0])
        if "basicSli" in indicator and "custom" in service:
            raise _invalid("service_level_indicator", "basic_sli", "basic SLIs are not supported on custom services")
        window = text(child(indicator, "windowsBased"), "windowPeriod")
        if "windowsBased" in indicator:
            span = parse_duration(window) if window else 0
            if span < MINUTE or DAY % span:
                raise _invalid(
                    "service_level_indicator.windows_based.window_period",
                    window,
                    "must be an integer fraction of a day and at least 60s",
                )
        _check_criteria(indicator)
        for query in _filters(indicator):
            _check_filter(query)
        check_user_labels(text_map(body, "userLabels"), "service_level_objective")
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words, with the project's id."""
        service, _, objective = name.partition("/serviceLevelObjectives/")
        return ApiError(
            "NOT_FOUND",
            f'There is no slo with id "{objective}" under service "{last(service)}" in project "{project_of(name)}"',
        )


def _check_criteria(indicator: JsonObject) -> None:
    """Each indicator says by one criterion what is good; ratios have two parts, ranges a least below a greatest."""
    requests, windows = child(indicator, "requestBased"), child(indicator, "windowsBased")
    performance = child(child(windows, "goodTotalRatioThreshold"), "performance")
    for name, body, known in (
        ("request_based", requests, ("goodTotalRatio", "distributionCut")),
        ("windows_based", windows, _WINDOW_CRITERIA),
    ):
        if name.replace("_b", "B") in indicator and len(set(known) & body.keys()) != 1:
            raise missing_field(f"service_level_objective.service_level_indicator.{name}.method")
    for body in (requests, performance):
        ratio = child(body, "goodTotalRatio")
        if "goodTotalRatio" in body and sum(bool(text(ratio, key)) for key in _RATIO_PARTS) != len(_RATIO_PARTS) - 1:
            raise _invalid("good_total_ratio", "", "exactly two of good, bad and total filters must be given")
        if "distributionCut" in body:
            _check_range(child(body, "distributionCut"), "DistributionCut")
    for key in ("metricMeanInRange", "metricSumInRange"):
        if key in windows:
            _check_range(child(windows, key), f"M{key[1:]}")


def _check_range(holder: JsonObject, holder_name: str) -> None:
    """In Google's words for the two of windows (public issues); a bound that is left out is 0."""
    ends = child(holder, "range")
    least, most = number(ends, "min"), number(ends, "max")
    if not least < most:
        raise invalid_argument(
            f"The minimum of the range in a {holder_name} must be less than its maximum. Got a minimum of {least} and a"
            f" maximum of {most}"
        )


def _check_filter(query: str) -> None:
    try:
        expr = monitoring_filter.parse(query)
    except monitoring_filter.QuerySyntaxError as error:
        raise _invalid("service_level_indicator", query, f"the filter does not parse: {error}") from None
    if not monitoring_filter.selects(expr, "metric", "type"):
        raise _invalid("service_level_indicator", query, "the filter must specify a restriction on metric.type")


def _check_period(rolling: str, calendar: str) -> None:
    if not rolling and not calendar:
        raise missing_field("service_level_objective.period")
    fewest, most = limits.SLO_ROLLING_DAYS
    if rolling:
        days, rest = divmod(parse_duration(rolling), DAY)
        if rest or not fewest <= days <= most:
            raise _invalid("rolling_period", rolling, f"must be {fewest} to {most} whole days")
    if calendar and calendar not in CALENDAR:
        raise _invalid("calendar_period", calendar, f"must be one of {', '.join(sorted(CALENDAR))}")


def _filters(node: JsonObject) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _filters(value)
        elif isinstance(value, str) and (key.endswith("Filter") or key == "timeSeries"):
            yield value


def _invalid(field: str, value: str, why: str) -> ApiError:
    return invalid_argument(f'Field service_level_objective.{field} had an invalid value of "{value}": {why}')
