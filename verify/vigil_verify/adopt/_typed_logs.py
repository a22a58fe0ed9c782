"""What belongs to Cloud Logging as typed components: metrics, buckets, sinks, exclusions, views, scopes, queries."""

from collections.abc import Mapping

from vigil_apimodel import lql
from vigil_apimodel.json_fields import Fields, fields, listed, string
from vigil_apimodel.metrics import Metric, MetricLabel, ValueType, logging, user_metric
from vigil_components.log_metrics import LogMetricArgs, log_metric_args
from vigil_components.logs.buckets import LogBucketArgs, bucket_args
from vigil_components.logs.projectwide import (
    DefaultExclusionsArgs,
    SavedQueriesArgs,
    exclusion_args,
    saved_query_args,
)
from vigil_components.logs.scopes import LogScopeArgs, scope_args
from vigil_components.logs.sinks import BucketDestination, Exclusion, SinksArgs, SinkSpec, sink_args
from vigil_components.logs.views import LogViewArgs, view_args
from vigil_components.metrics import Buckets, ExplicitBuckets, ExponentialBuckets, LinearBuckets
from vigil_verify.adopt._built import Built, UnlikeError

_BUCKET = "logging.googleapis.com/"


def metric(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a log-based metric by its query and extractors. Raises UnlikeError for labels that are no text."""
    descriptor = fields(inputs.get("metricDescriptor"))
    described = [fields(each) for each in listed(descriptor.get("labels"))]
    typed = next((each for each in described if string(each.get("valueType")) not in {"", "STRING"}), None)
    if typed is not None:
        raise UnlikeError(f"its label {string(typed.get('key'))!r} is no text, and PromQL could not match it")
    texts = {string(each.get("key")): string(each.get("description")) for each in described}
    value = string(inputs.get("valueExtractor"))
    args = LogMetricArgs(
        project=project,
        metric_id=string(inputs.get("name")),
        filter=string(inputs.get("filter")),
        labels={key: string(each) for key, each in sorted(fields(inputs.get("labelExtractors")).items())},
        label_texts={key: text for key, text in sorted(texts.items()) if text},
        value=value,
        unit=string(descriptor.get("unit")) or "1",
        buckets=_buckets(fields(inputs.get("bucketOptions"))) if value else None,
        description=string(inputs.get("description")),
        display_name=string(descriptor.get("displayName")),
        bucket=string(inputs.get("bucketName")) or None,
        disabled=inputs.get("disabled") is True,
    )
    description = "the distribution of a number in log entries" if value else "a count of log entries"
    return Built(args=args, resource=log_metric_args(args), description=description)


def _buckets(options: Fields) -> Buckets | None:
    explicit, linear, exponential = (
        fields(options.get(kind)) for kind in ("explicitBuckets", "linearBuckets", "exponentialBuckets")
    )
    if explicit:
        return ExplicitBuckets(bounds=tuple(_number(each) for each in listed(explicit.get("bounds"))))
    if linear:
        return LinearBuckets(
            offset=_number(linear.get("offset", 0)), width=_number(linear.get("width")), count=_count(linear)
        )
    if exponential:
        return ExponentialBuckets(
            scale=_number(exponential.get("scale")),
            growth=_number(exponential.get("growthFactor")),
            count=_count(exponential),
        )
    return None


def _count(options: Fields) -> int:
    return int(_number(options.get("numFiniteBuckets")))


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise UnlikeError(f"its buckets have {value!r} for a number")


def user_metric_of(inputs: Fields) -> Metric:
    """Return what a found log-based metric is for queries: its kind, unit and labels."""
    descriptor = fields(inputs.get("metricDescriptor"))
    return user_metric(
        string(inputs.get("name")),
        value_type=ValueType.DISTRIBUTION if string(inputs.get("valueExtractor")) else ValueType.INT64,
        unit=string(descriptor.get("unit")) or "1",
        labels=[MetricLabel(key) for key in sorted(fields(inputs.get("labelExtractors")))],
    )


def type_of(inputs: Fields) -> str:
    """Return the metric type of a log-based metric."""
    return logging.USER_PREFIX + string(inputs.get("name"))


def bucket(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a log bucket."""
    days = inputs.get("retentionDays")
    args = LogBucketArgs(
        project=project,
        bucket_id=string(inputs.get("bucketId")),
        location=string(inputs.get("location")),
        retention_days=days if isinstance(days, int) else 30,
        analytics=inputs.get("enableAnalytics") is True,
        locked=inputs.get("locked") is True,
        indexed_fields=[string(fields(each).get("fieldPath")) for each in listed(inputs.get("indexConfigs"))],
        kms_key=string(fields(inputs.get("cmekSettings")).get("kmsKeyName")) or None,
        description=string(inputs.get("description")),
    )
    return Built(args=args, resource=bucket_args(args), description=f"a log bucket of {args.retention_days} days")


def sink(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a sink to a log bucket of the project; a typed sink to elsewhere also grants its writer that place."""
    destination = string(inputs.get("destination"))
    own = destination.startswith(f"{_BUCKET}projects/{project}/")
    if not own:
        raise UnlikeError("a typed sink also grants its writer the destination, which the project has done already")
    name = destination.removeprefix(_BUCKET)
    spec = SinkSpec(
        sink_id=string(inputs.get("name")),
        destination=BucketDestination(name=name, key=name.rpartition("/")[2]),
        filter=_expression(string(inputs.get("filter"))),
        exclusions=[_exclusion(fields(each)) for each in listed(inputs.get("exclusions"))],
        description=string(inputs.get("description")),
    )
    args = SinksArgs(project=project, sinks=[spec])
    return Built(args=args, resource=sink_args(project, spec), description="a sink to a log bucket")


def exclusion(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return an exclusion of the project's `_Default` bucket."""
    one = _exclusion(inputs)
    args = DefaultExclusionsArgs(project=project, exclusions=[one])
    return Built(args=args, resource=exclusion_args(project, one), description="an exclusion")


def _exclusion(inputs: Fields) -> Exclusion:
    return Exclusion(
        name=string(inputs.get("name")),
        filter=_expression(string(inputs.get("filter"))),
        description=string(inputs.get("description")),
    )


def _expression(text: str) -> lql.Expr:
    """The query as a value, where that renders to the same text. Raises UnlikeError."""
    try:
        found = lql.parse(text)
    except lql.QuerySyntaxError as error:
        raise UnlikeError(f"its query cannot be parsed: {error}") from error
    if lql.render(found) != text:
        raise UnlikeError(f"a typed query is spelled otherwise: {lql.render(found)}")
    return found


def view(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a log view. Who may read it is not in it, so nobody is granted it anew."""
    place = string(inputs.get("bucket")).split("/")
    if len(place) != 6:  # noqa: PLR2004 - projects/P/locations/L/buckets/B
        raise UnlikeError("its bucket has no full name")
    log_id, resource_type, without = _view_terms(string(inputs.get("filter")))
    args = LogViewArgs(
        project=project,
        location=place[3],
        bucket_id=place[5],
        bucket=string(inputs.get("bucket")),
        view_id=string(inputs.get("name")),
        readers=[],
        log_id=log_id,
        resource_type=resource_type,
        without_log_ids=without,
        description=string(inputs.get("description")),
    )
    return Built(args=args, resource=view_args(args), description="a view of a log bucket")


def _view_terms(filter_: str) -> tuple[str | None, str | None, list[str]]:
    """What a view's filter wants; what it leaves out is refused by the comparison."""
    log_id: str | None = None
    resource_type: str | None = None
    without: list[str] = []
    for term in filter_.split(" AND "):
        quoted = term.partition('"')[2].partition('"')[0]
        if term.startswith("LOG_ID("):
            log_id = quoted
        elif term.startswith("NOT LOG_ID("):
            without.append(quoted)
        elif term.startswith("resource.type"):
            resource_type = quoted
    return log_id, resource_type, without


def scope(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a log scope."""
    args = LogScopeArgs(
        project=project,
        scope_id=string(inputs.get("name")),
        resource_names=[string(each) for each in listed(inputs.get("resourceNames"))],
        description=string(inputs.get("description")),
    )
    return Built(args=args, resource=scope_args(args), description="a log scope")


def saved_query(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a saved query, whose id is made from its title."""
    title = string(inputs.get("displayName"))
    query = _expression(string(fields(inputs.get("loggingQuery")).get("filter")))
    args = SavedQueriesArgs(project=project, queries={title: query})
    return Built(args=args, resource=saved_query_args(project, title, query), description="a shared query")
