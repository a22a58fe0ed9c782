"""Rules of metrics made from logs."""

import re
from collections.abc import Iterator

from vigil_apimodel import buckets as distribution_buckets
from vigil_apimodel import limits, lql
from vigil_apimodel.regexes import capture_groups
from vigil_apimodel.rules.filters import log_query
from vigil_apimodel.rules.inputs import (
    blank,
    items,
    literal,
    mapping,
    messages,
    number,
    opaque,
    present,
    text,
    too_long,
)
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.syntax import QuerySyntaxError
from vigil_apimodel.tokens import ALERT_POLICY, LOG_METRIC

_PROTO = "google/logging/v2/logging_metrics.proto"
_NAME = re.compile(r"[A-Za-z0-9_\-.,+!*'()%/]+\Z")
_LABEL_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_EXTRACT = re.compile(r"EXTRACT\s*\(\s*(?P<field>.+?)\s*\)\Z", re.DOTALL | re.IGNORECASE)
_REGEXP = re.compile(
    r"""REGEXP_EXTRACT\s*\(\s*(?P<field>(?:"(?:[^"\\]|\\.)*"|[^",])+?)\s*,\s*"(?P<regex>(?:[^"\\]|\\.)*)"\s*\)\Z""",
    re.DOTALL | re.IGNORECASE,
)
_BUCKET = re.compile(r"projects/[^/]+/locations/[^/]+/buckets/[^/]+\Z")
_BUCKETS = ("linearBuckets", "exponentialBuckets", "explicitBuckets")


def _descriptor(inputs: Inputs) -> Inputs:
    return mapping(inputs, "metricDescriptor")


@rule("log-metric-name", LOG_METRIC, source=_PROTO)
def name(inputs: Inputs) -> Iterator[Finding]:
    """A metric's id has at most 100 characters of A-Z a-z 0-9 _-.,+!*',()%/ and no slash first."""
    yield from too_long(inputs, "name", chars=limits.LOG_METRIC_NAME_CHARS)
    found = literal(inputs, "name")
    if found is not None and (not _NAME.match(found) or found.startswith("/")):
        yield "name", f"{found!r}: use letters, digits and _-.,+!*',()%/ and do not start with a slash"


@rule("log-metric-description", LOG_METRIC, source=_PROTO)
def description(inputs: Inputs) -> Iterator[Finding]:
    """A metric's description has at most 8,000 characters."""
    yield from too_long(inputs, "description", chars=limits.LOG_METRIC_DESCRIPTION_CHARS)


@rule("log-metric-filter", LOG_METRIC, source=_PROTO)
def filter_query(inputs: Inputs) -> Iterator[Finding]:
    """A metric's filter is a query of at most 20,000 characters over fields that log entries have."""
    yield from log_query(inputs)
    if blank(inputs, "filter"):
        yield "filter", 'an empty filter counts every entry: say which, for example jsonPayload.event="..."'


@rule("log-metric-descriptor", LOG_METRIC, source="GoogleCloudPlatform/magic-modules#2134; " + _PROTO)
def descriptor(inputs: Inputs) -> Iterator[Finding]:
    """A descriptor says kind DELTA and value type INT64 or DISTRIBUTION."""
    found = _descriptor(inputs)
    if not present(inputs, "metricDescriptor") or opaque(inputs, "metricDescriptor"):
        return
    for key, allowed in (("metricKind", ("DELTA",)), ("valueType", ("INT64", "DISTRIBUTION"))):
        value = literal(found, key)
        if not present(found, key):
            yield (
                f"metricDescriptor.{key}",
                f"it is needed as soon as there is a descriptor: write {' or '.join(allowed)}",
            )
        elif value is not None and value not in allowed:
            yield f"metricDescriptor.{key}", f"{value!r} is not supported: write {' or '.join(allowed)}"


@rule("log-metric-label-count", LOG_METRIC, source="https://cloud.google.com/logging/quotas")
def label_count(inputs: Inputs) -> Iterator[Finding]:
    """A metric has at most 10 labels."""
    found = len(items(_descriptor(inputs), "labels"))
    if found > limits.LOG_METRIC_LABELS:
        yield "metricDescriptor.labels", f"{found} labels, at most {limits.LOG_METRIC_LABELS} are allowed: remove some"


@rule(
    "log-metric-label-extractors",
    LOG_METRIC,
    source="hashicorp/terraform-provider-google#20872",
    server="Number of label descriptors must match number of label extractors; "
    "No label descriptor found for label extractor with key ...",
)
def label_extractors(inputs: Inputs) -> Iterator[Finding]:
    """Each label has an extractor, and each extractor a label."""
    if opaque(inputs, "labelExtractors") or opaque(inputs, "metricDescriptor"):
        return
    described = {key for _, label in messages(_descriptor(inputs), "labels") if (key := text(label, "key"))}
    extracted = set(mapping(inputs, "labelExtractors"))
    for key in sorted(described - extracted):
        yield "labelExtractors", f"the label {key!r} has no extractor: add {key}: EXTRACT(jsonPayload.{key})"
    for key in sorted(extracted - described):
        yield "metricDescriptor.labels", f"the extractor {key!r} has no label: add {{key: {key}, valueType: STRING}}"


@rule("log-metric-label-key", LOG_METRIC, source="google/api/label.proto; pulumi/pulumi-gcp#497")
def label_key(inputs: Inputs) -> Iterator[Finding]:
    """A label's key has letters, digits and underscores, and stands once."""
    seen: set[str] = set()
    for place, label in messages(_descriptor(inputs), "labels"):
        key = literal(label, "key")
        if key is None:
            continue
        if not _LABEL_KEY.match(key):
            yield f"metricDescriptor.{place}.key", f"{key!r}: use letters, digits and _, no digit first"
        if key in seen:
            yield f"metricDescriptor.{place}.key", f"{key!r} stands twice: remove one"
        seen.add(key)


@rule(
    "log-metric-label-type",
    LOG_METRIC,
    severity=Severity.WARNING,
    source="GoogleCloudPlatform/prometheus-engine#444",
)
def label_type(inputs: Inputs) -> Iterator[Finding]:
    """A label is a STRING, since PromQL cannot match others by a regular expression."""
    for place, label in messages(_descriptor(inputs), "labels"):
        found = literal(label, "valueType")
        if found == "INT64":
            message = "PromQL cannot match INT64 labels by a regular expression: use STRING"
            yield f"metricDescriptor.{place}.valueType", message


@rule(
    "log-metric-label-order",
    LOG_METRIC,
    severity=Severity.WARNING,
    source="hashicorp/terraform-provider-google#4141",
)
def label_order(inputs: Inputs) -> Iterator[Finding]:
    """Labels are sorted by key, since their order is a change to the provider."""
    keys = [key for _, label in messages(_descriptor(inputs), "labels") if (key := literal(label, "key"))]
    if keys != sorted(keys):
        yield "metricDescriptor.labels", f"sort them by key ({', '.join(sorted(keys))}), or each update shows a change"


@rule("log-metric-extractor", LOG_METRIC, ALERT_POLICY, source=_PROTO)
def extractor(inputs: Inputs) -> Iterator[Finding]:
    """An extractor is EXTRACT(field) or REGEXP_EXTRACT(field, "regex") with one capture group."""
    for place, written in _extractors(inputs):
        wrong = extractor_mistake(written)
        if wrong:
            yield place, wrong


def _extractors(inputs: Inputs) -> Iterator[tuple[str, str]]:
    for key in mapping(inputs, "labelExtractors"):
        value = literal(mapping(inputs, "labelExtractors"), key)
        if value is not None:
            yield f"labelExtractors.{key}", value
    value = literal(inputs, "valueExtractor")
    if value:
        yield "valueExtractor", value
    for place, condition in messages(inputs, "conditions"):
        found = mapping(mapping(condition, "conditionMatchedLog"), "labelExtractors")
        for key in found:
            value = literal(found, key)
            if value is not None:
                yield f"{place}.conditionMatchedLog.labelExtractors.{key}", value


def extractor_mistake(written: str) -> str | None:  # noqa: PLR0911 - one return for each mistake
    """Return what is wrong with an extractor, or None."""
    regexp = _REGEXP.match(written.strip())
    plain = None if regexp else _EXTRACT.match(written.strip())
    found = regexp or plain
    if found is None or (plain and written.strip().upper().startswith("REGEXP")):
        return f'{written!r}: write EXTRACT(jsonPayload.field) or REGEXP_EXTRACT(jsonPayload.field, "(...)")'
    try:
        path = lql.field(found["field"])
    except ValueError as error:
        return str(error)
    try:
        expr = lql.Comparison(path, lql.Operator.HAS, lql.Present())
        undefined = lql.undefined_fields(expr)
    except QuerySyntaxError as error:
        return str(error)
    if undefined:
        return f"no log entry has a field {found['field']}: did you mean jsonPayload.{found['field']}?"
    if path.segments[0] == "errorGroups":
        return "errorGroups cannot be extracted: use another field"
    if regexp:
        groups = capture_groups(regexp["regex"].replace("\\\\", "\\"))
        if groups != 1:
            return f"the regular expression needs exactly one capture group (...), not {groups}"
    return None


@rule("log-metric-distribution", LOG_METRIC, source=_PROTO)
def distribution(inputs: Inputs) -> Iterator[Finding]:
    """A DISTRIBUTION has a value extractor and bucket options."""
    if literal(_descriptor(inputs), "valueType") == "DISTRIBUTION":
        if not present(inputs, "valueExtractor"):
            yield "valueExtractor", "a DISTRIBUTION needs one: add EXTRACT(jsonPayload.field)"
        if not present(inputs, "bucketOptions"):
            yield (
                "bucketOptions",
                "a DISTRIBUTION needs buckets: add explicitBuckets, exponentialBuckets or linearBuckets",
            )


@rule("log-metric-counter", LOG_METRIC, source=_PROTO)
def counter(inputs: Inputs) -> Iterator[Finding]:
    """An INT64 metric counts entries and extracts no value."""
    if literal(_descriptor(inputs), "valueType") == "INT64" and present(inputs, "valueExtractor"):
        yield "valueExtractor", "an INT64 metric counts entries, it extracts no value: make it a DISTRIBUTION"


@rule("log-metric-counter-buckets", LOG_METRIC, severity=Severity.WARNING, source=_PROTO)
def counter_buckets(inputs: Inputs) -> Iterator[Finding]:
    """An INT64 metric has no use for buckets."""
    if literal(_descriptor(inputs), "valueType") == "INT64" and present(inputs, "bucketOptions"):
        yield "bucketOptions", "an INT64 metric counts entries, it has no use for buckets: make it a DISTRIBUTION"


@rule("log-metric-buckets", LOG_METRIC, source=_PROTO + "; google/api/distribution.proto")
def buckets(inputs: Inputs) -> Iterator[Finding]:
    """Buckets are of one kind, complete and increasing, at most 200."""
    options = mapping(inputs, "bucketOptions")
    kinds = [kind for kind in _BUCKETS if present(options, kind)]
    if present(inputs, "bucketOptions") and options and len(kinds) != 1:
        yield "bucketOptions", f"{len(kinds)} kinds of buckets: give exactly one of {', '.join(_BUCKETS)}"
    yield from _exponential(options)
    yield from _linear(options)
    yield from _explicit(options)
    yield from _bounds(options)
    for kind in ("exponentialBuckets", "linearBuckets"):
        count = number(mapping(options, kind), "numFiniteBuckets")
        if count is not None and count > limits.DISTRIBUTION_BUCKETS:
            message = f"{count:g} buckets, at most {limits.DISTRIBUTION_BUCKETS} are allowed"
            yield f"bucketOptions.{kind}.numFiniteBuckets", message


def _exponential(options: Inputs) -> Iterator[Finding]:
    if not present(options, "exponentialBuckets") or opaque(options, "exponentialBuckets"):
        return
    found = mapping(options, "exponentialBuckets")
    for key, lowest, strict in (("numFiniteBuckets", 0.0, True), ("growthFactor", 1.0, True), ("scale", 0.0, True)):
        value = number(found, key)
        place = f"bucketOptions.exponentialBuckets.{key}"
        if not present(found, key):
            yield place, f"exponential buckets need numFiniteBuckets, growthFactor and scale: add {key}"
        elif value is not None and strict and value <= lowest:
            yield place, f"{value:g} is too small: it is greater than {lowest:g}"


def _linear(options: Inputs) -> Iterator[Finding]:
    if not present(options, "linearBuckets") or opaque(options, "linearBuckets"):
        return
    found = mapping(options, "linearBuckets")
    for key in ("numFiniteBuckets", "width"):
        value = number(found, key)
        place = f"bucketOptions.linearBuckets.{key}"
        if not present(found, key):
            yield place, f"linear buckets need numFiniteBuckets, width and offset: add {key}"
        elif value is not None and value <= 0:
            yield place, f"{value:g} is too small: it is greater than 0"


def _bounds(options: Inputs) -> Iterator[Finding]:
    found = mapping(options, "exponentialBuckets")
    scale, growth, finite = (number(found, key) for key in ("scale", "growthFactor", "numFiniteBuckets"))
    if scale and growth and finite and scale > 0 and growth > 1 and 0 < finite <= limits.DISTRIBUTION_BUCKETS:
        wrong = distribution_buckets.mistake(tuple(distribution_buckets.exponential(scale, growth, int(finite))))
        if wrong:
            yield "bucketOptions.exponentialBuckets", f"{wrong}: change scale, growthFactor or numFiniteBuckets"
    found = mapping(options, "linearBuckets")
    offset, width, finite = (number(found, key) for key in ("offset", "width", "numFiniteBuckets"))
    if width and finite and width > 0 and 0 < finite <= limits.DISTRIBUTION_BUCKETS:
        wrong = distribution_buckets.mistake(tuple(distribution_buckets.linear(offset or 0.0, width, int(finite))))
        if wrong:
            yield "bucketOptions.linearBuckets", f"{wrong}: change offset, width or numFiniteBuckets"


def _explicit(options: Inputs) -> Iterator[Finding]:
    if not present(options, "explicitBuckets"):
        return
    bounds = items(mapping(options, "explicitBuckets"), "bounds")
    numbers = (number({"bound": bound}, "bound") for bound in bounds)
    known = [bound for bound in numbers if bound is not None]
    place = "bucketOptions.explicitBuckets.bounds"
    if isinstance(mapping(options, "explicitBuckets").get("bounds"), list | None) and not bounds:
        yield place, "explicit buckets need at least one bound"
    wrong = distribution_buckets.mistake(known) if known else None
    if wrong:
        yield place, f"{wrong}: sort them, and remove doubles and what is no number"
    if len(bounds) > limits.DISTRIBUTION_BUCKETS:
        yield place, f"{len(bounds)} bounds, at most {limits.DISTRIBUTION_BUCKETS} are allowed"


@rule("log-metric-bucket-name", LOG_METRIC, source="GoogleCloudPlatform/magic-modules#15201")
def bucket_name(inputs: Inputs) -> Iterator[Finding]:
    """A metric of a log bucket names it in full, or it ingests nothing."""
    found = literal(inputs, "bucketName")
    if found and not _BUCKET.match(found):
        message = f"{found!r} matches no bucket: use the bucket's .name, projects/P/locations/L/buckets/B"
        yield "bucketName", message
