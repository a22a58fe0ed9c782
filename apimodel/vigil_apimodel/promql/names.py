"""Names of metrics and labels in PromQL.

Source: https://cloud.google.com/monitoring/promql/promql-mapping.
"""

import re
from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNFIT = re.compile(r"[^A-Za-z0-9_]")
_PROMETHEUS = re.compile(
    r"prometheus\.googleapis\.com/(?P<name>.+)/"
    r"(?:counter|delta|gauge|histogram|histogram:delta|summary|unknown|(?:summary|unknown):counter)\Z"
)


def metric_name(metric_type: str) -> str:
    """Return the name that a Cloud Monitoring metric has in PromQL.

    The first `/` becomes `:`, every other character that a name cannot have becomes `_`:
    `logging.googleapis.com/user/orders-v1` is `logging_googleapis_com:user_orders_v1`. A metric that came from
    Prometheus, `prometheus.googleapis.com/NAME/KIND`, has its own name back. Two metrics whose types differ only in
    such characters share a name, which rule `promql-name-collision` is for. Raises ValueError for an empty type.
    """
    if not metric_type:
        raise ValueError("metric_type is empty: give a metric type such as run.googleapis.com/request_count")
    own = _PROMETHEUS.match(metric_type)
    if own is not None:
        return own["name"]
    domain, slash, rest = metric_type.partition("/")
    name = _UNFIT.sub("_", domain) + (":" + _UNFIT.sub("_", rest) if slash else "")
    return name if not name[0].isdigit() else f"_{name}"


def label(key: str) -> str:
    """Return the key as a query writes it: bare where PromQL's old syntax allows it, otherwise in double quotes.

    Labels that arrived over OTLP keep their dots: `error.type` is `"error.type"`, in matchers and in `by (...)` alike.
    https://docs.cloud.google.com/stackdriver/docs/otlp-metrics/overview
    """
    return key if _LABEL.fullmatch(key) else quote(key)


def grouping(labels: Sequence[str], *, after: str = "") -> str:
    """Return the grouping of an aggregation, ` by (a, "b.c")` and `after`; empty without labels."""
    return f" by ({', '.join(map(label, labels))}){after}" if labels else ""


def selector(name: str, matchers: Sequence[str] = ()) -> str:
    """Return a selector of the metric `name` whose labels satisfy all `matchers`, each written as PromQL (`a="b"`).

    A name that the old syntax does not allow moves into the braces, in quotes:
    `selector("http.server.request.duration_count", ('"error.type"!=""',))` is
    `{"http.server.request.duration_count","error.type"!=""}`.
    https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences
    """
    if not _NAME.fullmatch(name):
        return f"{{{','.join((quote(name), *matchers))}}}"
    return name + (f"{{{','.join(matchers)}}}" if matchers else "")


def quote(text: str) -> str:
    r"""Return the text as a string of PromQL, in double quotes with Go's escapes.

    Google's endpoint and Prometheus read the same strings; a regular expression doubles its backslashes by this.
    """
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{escaped}"'
