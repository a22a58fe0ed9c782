"""The methods of Google's APIs over the data plane: entries, logs, series, incidents, PromQL, spans, messages."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote, unquote

from vigil_apimodel.json_values import JsonObject, JsonValue, json_map
from vigil_emulator.alerting.alerts_list import get_alert, list_alerts
from vigil_emulator.calls import Call, Handler
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.numerals import count
from vigil_emulator.tracing import TraceApi

_LOGS_PAGE = 1000
_PROMETHEUS = "monitoring.projects.location.prometheus.api.v1."


def handlers(data: DataPlane) -> Mapping[str, Handler]:
    """Return the methods of the discovery documents that are implemented here, by id."""
    prometheus = data.prometheus
    return {
        **data.pubsub.handlers(),
        **TraceApi(data.spans, data.now).handlers(),
        "logging.entries.write": lambda call: data.write(call.body),
        "logging.entries.list": lambda call: data.log_listing.answer(call.body, data.now()),
        "logging.logs.list": partial(_list_logs, data),
        "logging.projects.logs.list": partial(_list_logs, data),
        "logging.logs.delete": partial(_delete_log, data),
        "logging.projects.logs.delete": partial(_delete_log, data),
        "monitoring.projects.timeSeries.list": partial(_list_time_series, data),
        "monitoring.projects.timeSeries.create": partial(_create_time_series, data),
        "monitoring.projects.timeSeries.createService": partial(_create_time_series, data),
        "monitoring.projects.alerts.list": lambda call: list_alerts(
            data.engine.incidents.values(), _project(call.path["parent"]), json_map(call.query)
        ),
        "monitoring.projects.alerts.get": lambda call: get_alert(data.engine.incidents.values(), call.path["name"]),
        f"{_PROMETHEUS}query": lambda call: prometheus.query(_project(call.path["name"]), call.body, data.now()),
        f"{_PROMETHEUS}query_range": lambda call: prometheus.query_range(
            _project(call.path["name"]), call.body, data.now()
        ),
        f"{_PROMETHEUS}series": lambda call: prometheus.series(_project(call.path["name"]), call.body, data.now()),
        f"{_PROMETHEUS}labels": lambda call: prometheus.labels(_project(call.path["name"]), call.body, data.now()),
        f"{_PROMETHEUS}label.values": lambda call: prometheus.label_values(
            _project(call.path["name"]), call.path["label"], call.body, data.now()
        ),
        f"{_PROMETHEUS}metadata.list": lambda call: prometheus.metadata(
            _project(call.path["name"]), call.body, data.now()
        ),
    }


def _list_logs(data: DataPlane, call: Call) -> JsonObject:
    names = data.entries.logs(call.path["parent"])
    start = count(call.query.get("pageToken") or "0")
    if start is None:
        raise ApiError("INVALID_ARGUMENT", "page_token is not one that this method returned.")
    size = int(call.query.get("pageSize") or 0) or _LOGS_PAGE
    page: JsonObject = {"logNames": list[JsonValue](names[start : start + size])} if names[start:] else {}
    return page | {"nextPageToken": str(start + size)} if start + size < len(names) else page


def _delete_log(data: DataPlane, call: Call) -> JsonObject:
    name = call.path["logName"]
    parent, _, log_id = name.partition("/logs/")
    if not data.entries.delete_log(f"{parent}/logs/{quote(unquote(log_id), safe='')}"):
        raise ApiError("NOT_FOUND", f"Log {unquote(log_id)} does not exist")
    return {}


def _create_time_series(data: DataPlane, call: Call) -> JsonObject:
    return data.create_series(_project(call.path["name"]), call.body)


def _list_time_series(data: DataPlane, call: Call) -> JsonObject:
    request: JsonObject = {}
    for name, value in call.query.items():
        outer, dot, inner = name.partition(".")
        if not dot:
            request[name] = value
            continue
        nested = request.setdefault(outer, {})
        if isinstance(nested, dict):
            nested[inner] = list(value.split(",")) if inner == "groupByFields" else value
    return data.series_listing.answer(_project(call.path["name"]), request, data.now())


def _project(name: str) -> str:
    parts = name.split("/")
    return parts[1] if len(parts) > 1 else name
