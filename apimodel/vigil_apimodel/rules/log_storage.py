"""Rules of log buckets, views, sinks, exclusions, linked datasets, scopes and saved queries."""

import re
from collections.abc import Iterator

from vigil_apimodel import limits, lql
from vigil_apimodel.rules.filters import log_query
from vigil_apimodel.rules.inputs import (
    blank,
    items,
    literal,
    mapping,
    messages,
    number,
    present,
    text,
    too_long,
    within,
)
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.syntax import QuerySyntaxError
from vigil_apimodel.tokens import (
    BUCKETS,
    EXCLUSIONS,
    LINKED_DATASET,
    LOG_SCOPE,
    LOG_VIEW,
    PROJECT_SINK,
    SAVED_QUERY,
    SINKS,
)

_PROTO = "google/logging/v2/logging_config.proto"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]*\Z")
_SINK_ID = re.compile(rf"_Default\Z|_Required\Z|{_ID.pattern}")
"""A sink's name; these two are Google's own, which a list has, and a program may take over."""
_BUCKET_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-.]*\Z")
_LINK_ID = re.compile(r"[A-Za-z0-9_]+\Z")
_DESTINATIONS = (
    re.compile(r"logging\.googleapis\.com/projects/[^/]+(?:/locations/[^/]+/buckets/[^/]+)?\Z"),
    re.compile(r"bigquery\.googleapis\.com/projects/[^/]+/datasets/[^/]+\Z"),
    re.compile(r"pubsub\.googleapis\.com/projects/[^/]+/topics/[^/]+\Z"),
    re.compile(r"storage\.googleapis\.com/[^/]+\Z"),
)
_PROJECT_OF = re.compile(r"[a-z]+\.googleapis\.com/projects/([^/]+)")
_VIEW_FIELDS = frozenset({"resource.type"})
_VIEW_FUNCTIONS = frozenset({"source", "log_id"})


def _identifier(inputs: Inputs, key: str, chars: int, form: re.Pattern[str]) -> Iterator[Finding]:
    yield from too_long(inputs, key, chars=chars)
    found = literal(inputs, key)
    if found is not None and not form.match(found):
        yield key, f"{found!r}: use letters, digits, _ - and ., a letter or digit first"


@rule("sink-name", *SINKS, *EXCLUSIONS, source=_PROTO)
def sink_name(inputs: Inputs) -> Iterator[Finding]:
    """A sink's or exclusion's name has at most 100 letters, digits, _ - and ., a letter or digit first."""
    yield from _identifier(inputs, "name", limits.SINK_NAME_CHARS, _SINK_ID)
    for place, exclusion in messages(inputs, "exclusions"):
        yield from within(place, _identifier(exclusion, "name", limits.SINK_NAME_CHARS, _ID))


@rule("sink-description", *SINKS, *EXCLUSIONS, source=_PROTO)
def sink_description(inputs: Inputs) -> Iterator[Finding]:
    """A sink's or exclusion's description has at most 8,000 characters."""
    yield from too_long(inputs, "description", chars=limits.SINK_DESCRIPTION_CHARS)


@rule("sink-filter", *SINKS, *EXCLUSIONS, source=_PROTO)
def sink_filter(inputs: Inputs) -> Iterator[Finding]:
    """Filters of sinks and exclusions are queries of at most 20,000 characters over fields that log entries have."""
    yield from log_query(inputs)
    for place, exclusion in messages(inputs, "exclusions"):
        yield from within(place, log_query(exclusion))
        if blank(exclusion, "filter"):
            yield f"{place}.filter", "an empty filter excludes every entry: say which"


@rule("exclusion-filter-empty", *EXCLUSIONS, source=_PROTO)
def exclusion_filter_empty(inputs: Inputs) -> Iterator[Finding]:
    """An exclusion says what it excludes."""
    if blank(inputs, "filter"):
        yield "filter", "an empty filter excludes every entry: say which"


@rule("sink-exclusion-count", *SINKS, source="https://cloud.google.com/logging/quotas")
def sink_exclusions(inputs: Inputs) -> Iterator[Finding]:
    """A sink has at most 50 exclusions."""
    found = len(items(inputs, "exclusions"))
    if found > limits.SINK_EXCLUSIONS:
        yield "exclusions", f"{found} exclusions, at most {limits.SINK_EXCLUSIONS} are allowed: join some with OR"


@rule("sink-destination", *SINKS, source=_PROTO)
def sink_destination(inputs: Inputs) -> Iterator[Finding]:
    """A sink's destination is a log bucket, a project, a dataset, a topic or a storage bucket, written in full."""
    found = literal(inputs, "destination")
    if found is not None and not any(form.match(found) for form in _DESTINATIONS):
        message = (
            f"{found!r} is no destination: write logging.googleapis.com/projects/P/locations/L/buckets/B, "
            "bigquery.googleapis.com/projects/P/datasets/D, pubsub.googleapis.com/projects/P/topics/T or "
            "storage.googleapis.com/BUCKET"
        )
        yield "destination", message


@rule(
    "sink-writer-identity",
    PROJECT_SINK,
    source="hashicorp/terraform-provider-google#12308",
    server="Advanced sink options require using per sink service accounts. Use uniqueWriterIdentity=true ...",
)
def sink_writer(inputs: Inputs) -> Iterator[Finding]:
    """A sink into a log bucket, or with BigQuery options, has its own writer identity."""
    destination = text(inputs, "destination") or ""
    advanced = destination.startswith("logging.googleapis.com/") or present(inputs, "bigqueryOptions")
    if inputs.get("uniqueWriterIdentity") is False and advanced:
        yield "uniqueWriterIdentity", "this destination needs its own writer: set it to true"


@rule(
    "sink-other-project",
    PROJECT_SINK,
    source=f"hashicorp/terraform-provider-google#12308; {_PROTO}, CreateSinkRequest.unique_writer_identity",
    server="The destination project must be the same as the sink's project. Use uniqueWriterIdentity=true to allow "
    "cross project exports.",
)
def sink_other_project(inputs: Inputs) -> Iterator[Finding]:
    """A sink into another project has its own writer identity."""
    project, destination = literal(inputs, "project"), literal(inputs, "destination")
    if inputs.get("uniqueWriterIdentity") is not False or project is None or destination is None:
        return
    other = _PROJECT_OF.match(destination)
    own = project.removeprefix("projects/")
    if other is None or other[1] == own or other[1].isdecimal() != own.isdecimal():  # a number may be the id's own
        return
    message = f"the destination is in the project {other[1]}, the sink in {own}: set it to true"
    yield "uniqueWriterIdentity", message


@rule("bucket-id", *BUCKETS, source=_PROTO)
def bucket_id(inputs: Inputs) -> Iterator[Finding]:
    """A log bucket's id has at most 100 letters, digits, _ - and ."""
    yield from _identifier(inputs, "bucketId", limits.BUCKET_ID_CHARS, _BUCKET_ID)


@rule("bucket-retention", *BUCKETS, source="https://docs.cloud.google.com/logging/docs/buckets#custom-retention")
def retention(inputs: Inputs) -> Iterator[Finding]:
    """A log bucket keeps entries 1 to 3,650 days, in whole days."""
    found = number(inputs, "retentionDays")
    least, most = limits.BUCKET_RETENTION_DAYS
    if found is not None and found != 0 and (not least <= found <= most or found % 1):
        remedy = "export to Cloud Storage to keep more" if found > most else "30 is the default"
        yield "retentionDays", f"{found:g}: write a whole number of days from {least} to {most}; {remedy}"


@rule("bucket-retention-zero", *BUCKETS, severity=Severity.WARNING, source=_PROTO)
def retention_zero(inputs: Inputs) -> Iterator[Finding]:
    """A retention of zero days is the default of 30."""
    if number(inputs, "retentionDays") == 0:
        yield "retentionDays", "0 means the default of 30 days: write 30, or leave it out"


@rule("bucket-required", *BUCKETS, source=_PROTO)
def required_bucket(inputs: Inputs) -> Iterator[Finding]:
    """The bucket _Required is Google's: its retention is 400 days and cannot be changed."""
    if literal(inputs, "bucketId") == "_Required":
        yield "bucketId", "_Required cannot be changed: leave it to Google and make a bucket of your own"


@rule("bucket-indexes", *BUCKETS, source="https://cloud.google.com/logging/quotas; " + _PROTO)
def indexes(inputs: Inputs) -> Iterator[Finding]:
    """A log bucket has at most 20 indexed fields, each a field of log entries, as string or integer."""
    found = messages(inputs, "indexConfigs")
    if len(found) > limits.BUCKET_INDEXES:
        yield "indexConfigs", f"{len(found)} indexes, at most {limits.BUCKET_INDEXES} are allowed: remove some"
    for place, index in found:
        kind = literal(index, "type")
        if kind not in (None, "INDEX_TYPE_STRING", "INDEX_TYPE_INTEGER"):
            yield f"{place}.type", f"{kind!r}: write INDEX_TYPE_STRING or INDEX_TYPE_INTEGER"
        path = literal(index, "fieldPath")
        if path is None:
            continue
        try:
            expr = lql.present(path)
        except ValueError as error:
            yield f"{place}.fieldPath", str(error)
            continue
        if lql.undefined_fields(expr):
            yield f"{place}.fieldPath", f"no log entry has a field {path}: did you mean jsonPayload.{path}?"


@rule("view-filter", LOG_VIEW, source="https://cloud.google.com/logging/docs/logs-views")
def view_filter(inputs: Inputs) -> Iterator[Finding]:
    """A view's filter joins source(), log_id() and resource.type with AND and NOT only."""
    yield from log_query(inputs)
    value = text(inputs, "filter")
    try:
        expr = lql.parse(value or "")
    except QuerySyntaxError:
        return
    yield from (("filter", message) for message in dict.fromkeys(view_mistakes(expr)))


def view_mistakes(expr: lql.Expr) -> Iterator[str]:
    """Return what stands in a view's filter that views do not support."""
    match expr:
        case lql.Everything():
            return
        case lql.Or():
            yield "views know AND and NOT only, no OR: make a view for each alternative"
        case lql.And(terms):
            for term in terms:
                yield from view_mistakes(term)
        case lql.Not(term):
            yield from view_mistakes(term)
        case lql.Call(name, _) if name in _VIEW_FUNCTIONS:
            return
        case lql.Comparison(lql.FieldPath() as field, operator, _) if lql.path(field) in _VIEW_FIELDS:
            if operator not in (lql.Operator.EQUAL, lql.Operator.NOT_EQUAL):
                yield f"views compare with = only, not {operator}"
        case _:
            yield "views filter by source(...), log_id(...) and resource.type only: remove the rest"


@rule("view-name", LOG_VIEW, source=_PROTO)
def view_name(inputs: Inputs) -> Iterator[Finding]:
    """A view's name has at most 100 letters, digits, _ - and ., a letter or digit first."""
    name = literal(inputs, "name")
    if name is not None:
        last = {"name": name.rsplit("/", 1)[-1]}
        yield from _identifier(last, "name", limits.SINK_NAME_CHARS, _BUCKET_ID)


@rule("link-id", LINKED_DATASET, source=_PROTO)
def link_id(inputs: Inputs) -> Iterator[Finding]:
    """A linked dataset's id has at most 100 letters, digits and underscores."""
    yield from too_long(inputs, "linkId", chars=limits.LINK_ID_CHARS)
    found = literal(inputs, "linkId")
    if found is not None and not _LINK_ID.match(found):
        yield "linkId", f"{found!r}: use letters, digits and _ only"


@rule("scope-size", LOG_SCOPE, source="https://cloud.google.com/logging/quotas")
def scope_size(inputs: Inputs) -> Iterator[Finding]:
    """A log scope has at most 5 projects, and at most 100 projects and views."""
    names = items(inputs, "resourceNames")
    if len(names) > limits.LOG_SCOPE_RESOURCES:
        yield (
            "resourceNames",
            f"{len(names)} resources, at most {limits.LOG_SCOPE_RESOURCES} are allowed: split the scope",
        )
    projects = sum(1 for one in names if isinstance(one, str) and one.count("/") == 1)
    if projects > limits.LOG_SCOPE_PROJECTS:
        yield (
            "resourceNames",
            f"{projects} projects, at most {limits.LOG_SCOPE_PROJECTS} are allowed: give views of the others' buckets",
        )


@rule("saved-query-filter", SAVED_QUERY, source="https://cloud.google.com/logging/docs/view/logging-query-language")
def saved_query(inputs: Inputs) -> Iterator[Finding]:
    """A saved query is a query over fields that log entries have."""
    yield from within("loggingQuery", log_query(mapping(inputs, "loggingQuery")))
