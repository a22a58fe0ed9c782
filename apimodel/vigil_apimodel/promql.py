"""Names of metrics and labels in PromQL.

Source: https://cloud.google.com/monitoring/promql/promql-mapping.
"""

import re

_UNFIT = re.compile(r"[^A-Za-z0-9_]")
_PROMETHEUS = re.compile(
    r"prometheus\.googleapis\.com/(?P<name>.+)/(?:counter|gauge|histogram|summary|unknown|(?:summary|unknown):counter)\Z"
)


def metric_name(metric_type: str) -> str:
    """The name that a Cloud Monitoring metric has in PromQL.

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


def label_name(key: str) -> str:
    """The name that a metric's or resource's label has in PromQL: what a name cannot have becomes `_`."""
    name = _UNFIT.sub("_", key)
    return name if not name[:1].isdigit() else f"_{name}"


def quote(text: str) -> str:
    r"""The text as a string of PromQL, in double quotes with Go's escapes.

    Google's endpoint and Prometheus read the same strings; a regular expression doubles its backslashes by this.
    """
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{escaped}"'
