"""The estimate of a rendered stack."""

from typing import Final

from vigil_apimodel.json_values import JsonObject, text, texts
from vigil_runner.cost import _alerts, _logs, _machines, _metrics
from vigil_runner.cost._advice import advice
from vigil_runner.cost._estimate import Estimate
from vigil_runner.cost._stack import EVENT_METRICS, LogMetric, Rendered, conditions, log_metrics, readers, rendered
from vigil_runner.cost._traffic import Lines, Traffic

_ELSEWHERE: Final = {
    "gcp:bigquery/": "BigQuery",
    "gcp:pubsub/": "Pub/Sub",
    "gcp:secretmanager/": "Secret Manager",
    "gcp:storage/": "Cloud Storage",
    "vercel:": "Vercel",
}
"""Services whose prices are not in the table, by the beginning of their types."""
_NAMED: Final = 4


def estimate(
    document: JsonObject, traffic: Traffic, *, stack: str, budget: float | None = None, like: JsonObject | None = None
) -> Estimate:
    """Return what a document of `vigil render --json` costs in a month.

    `like` is a render of another revision, which may know how many values labels have where this one does not.
    """
    declared = rendered(document)
    metrics = log_metrics(declared, like=rendered(like) if like is not None else None)
    found = conditions(declared)
    kept = _logs.buckets(declared, traffic)
    parts = (
        *_logs.parts(kept, traffic),
        *_metrics.parts(declared, metrics, traffic),
        *_alerts.parts(found, metrics),
        *_machines.parts(declared),
    )
    return Estimate(
        stack=stack,
        parts=tuple(one for one in parts if one.items),
        gaps=tuple(_gaps(declared, metrics, traffic)),
        advice=advice(kept, metrics, found, readers(declared), traffic),
        budget=budget,
    )


def _gaps(stack: Rendered, metrics: list[LogMetric], traffic: Traffic) -> list[str]:
    found: list[str] = []
    events = sorted({
        f"{one.name.partition('/')[0]}/{one.name.partition('/')[2].partition('/')[0]}"
        for one in metrics
        if traffic.of(one.name) is None
    })  # fmt: skip
    if not traffic.lines and not traffic.other_gib:
        found.append(
            "No log line is counted, because no rate is known. Give --from FILE (recorded entries, or a report of "
            "`vigil verify --json`), or lines in [tool.vigil.cost]."
        )
    elif events:
        found.append(f"No rate of {_some(events)}: their lines are not counted.")
    sizeless = [one.name for one in traffic.lines if not one.bytes]
    if sizeless:
        found.append(f"No size of {_some(sizeless)}: give bytes in [tool.vigil.cost]. They are not counted.")
    unknown = [
        f"{one.name} ({', '.join(one.unknown)})" for one in metrics if one.unknown and traffic.counted(one.name) is None
    ]
    if unknown:
        found.append(f"How many values labels have is a guess for {_some(unknown)}. Give series in [tool.vigil.cost].")
    types = [text(one, "type") for one in stack.resources]
    other = sorted({name for start, name in _ELSEWHERE.items() if any(one.startswith(start) for one in types)})
    if other:
        found.append(f"{', '.join(other)} {'is' if len(other) == 1 else 'are'} not in the table of prices.")
    return found


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def events_of(document: JsonObject) -> dict[str, list[str]]:
    """Return the events that the log-based metrics of a render count, each with the services that write it."""
    found: dict[str, list[str]] = {}
    for inputs in rendered(document).inputs(EVENT_METRICS):
        for metric in texts(inputs, "metricIds"):
            service, _, rest = metric.partition("/")
            event = rest.partition("/")[0]
            services = found.setdefault(event, [])
            if service not in services:
                services.append(service)
    return found


__all__ = ["Lines", "estimate", "events_of"]
