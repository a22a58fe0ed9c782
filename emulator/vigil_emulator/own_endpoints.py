"""The emulator's own endpoints over the data plane: what there is, an agent's lines, points of Google's own metrics."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, unquote

from vigil_apimodel.json_values import JsonObject, JsonValue, children, json_list, json_map, text
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.write import Batch, checked_log_name
from vigil_emulator.numerals import count
from vigil_emulator.resources.projects import project_of
from vigil_emulator.rest.asgi import OwnHandler, json_body
from vigil_emulator.rest.request import Request


def endpoints(data: DataPlane) -> Mapping[tuple[str, str], OwnHandler]:
    """Return the emulator's own endpoints by HTTP verb and path."""
    return {
        ("GET", "/vigil/v1/stats"): lambda _: data.stats(),
        ("GET", "/vigil/v1/incidents"): lambda _: _ready(json_list(data.incidents())),
        ("GET", "/vigil/v1/deliveries"): lambda _: _ready(json_list(data.deliveries())),
        ("GET", "/vigil/v1/queues"): lambda _: data.queues(),
        ("GET", "/vigil/v1/problems"): lambda _: data.problems(),
        ("GET", "/vigil/v1/probing"): lambda _: data.probing.status(),
        ("POST", "/vigil/v1/agent"): partial(_agent, data),
        ("POST", "/vigil/v1/points"): partial(_points, data),
    }


async def _agent(data: DataPlane, request: Request) -> JsonValue:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    project = query.get("project", "")
    if not project:
        raise ApiError("INVALID_ARGUMENT", "The query parameter project is required.")
    stderr = query.get("stream") == "stderr"
    stream = "stderr" if stderr else "stdout"
    log_name = query.get("logName") or f"projects/{project}/logs/run.googleapis.com%2F{stream}"
    labels = {name.removeprefix("label."): value for name, value in query.items() if name.startswith("label.")}
    resource: JsonObject = {
        "type": query.get("resourceType") or "global",
        "labels": json_map({"project_id": project, **labels}),
    }
    taken = data.take_lines(
        request.body.decode("utf-8", "replace"),
        project=project,
        resource=resource,
        log_name=checked_log_name(_full_log_name(log_name, project)),
        stderr=stderr or unquote(log_name).endswith("/stderr"),
        batch=_batch(query),
    )
    return {"entries": taken}


async def _points(data: DataPlane, request: Request) -> JsonValue:
    """Points of metrics that Google's services write themselves, which `timeSeries.create` refuses."""
    body = json_body(request)
    name = text(body, "name")
    if not name.startswith("projects/"):
        raise ApiError("INVALID_ARGUMENT", f"Field name is {name!r}: give projects/PROJECT.")
    series = children(body, "timeSeries")
    problems = data.creation.create(project_of(name), series, data.now(), any_type=True)
    if problems:
        raise problems[0]
    return {"points": len(series)}


def _batch(query: Mapping[str, str]) -> Batch | None:
    sender, _, number = query.get("batch", "").rpartition(".")
    if not sender:
        return None
    read = count(number)
    if read is None:
        raise ApiError("INVALID_ARGUMENT", "The query parameter batch is SENDER.NUMBER, numbers counting upwards.")
    return Batch(sender, read)


async def _ready(value: JsonValue) -> JsonValue:
    return value


def _full_log_name(name: str, project: str) -> str:
    return name if "/logs/" in name else f"projects/{project}/logs/{name.replace('/', '%2F')}"
