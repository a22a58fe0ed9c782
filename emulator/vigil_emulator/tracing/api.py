"""The Trace API v1: `projects.traces.get` and `list`, and `patchTraces` for clients that write it.

Source: the discovery document cloudtrace.v1; filters as https://cloud.google.com/trace/docs/trace-filters has them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue, children, json_list, json_map, text, text_map
from vigil_emulator.calls import Call, Handler
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.times import SECOND, format_time, parse_time
from vigil_emulator.tracing.span import Kind, Span
from vigil_emulator.tracing.store import SpanStore

PAGE: Final = 100
"""Traces of a page where the request does not say; at most 1,000, and 100 with all spans (trace/docs/quotas)."""
MOST: Final[Mapping[str, int]] = {"MINIMAL": 1000, "ROOTSPAN": 1000, "COMPLETE": 100}
MOST_WRITTEN: Final = 25_000
"""Spans of one `patchTraces`."""
_KINDS: Final[Mapping[Kind, str]] = {"SERVER": "RPC_SERVER", "CLIENT": "RPC_CLIENT"}
_TRACE: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TERM: Final = re.compile(r'(?P<exact>\+?)(?P<key>[^\s:"]+):(?P<value>"(?:[^"\\]|\\.)*"|\S+)')
_LATENCY: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ns|us|ms|s|m|h)")
_UNITS: Final = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_ORDERS: Final[Mapping[str, Callable[["_Found"], str | int]]] = {
    "trace_id": lambda found: found.trace,
    "name": lambda found: found.root.name,
    "duration": lambda found: found.end - found.start,
    "start": lambda found: found.start,
}


@dataclass(frozen=True, slots=True)
class _Found:
    trace: str
    spans: Sequence[Span]

    @property
    def root(self) -> Span:
        return root_of(self.spans)

    @property
    def start(self) -> int:
        return min(span.start for span in self.spans)

    @property
    def end(self) -> int:
        return max(span.end for span in self.spans)


class TraceApi:
    """Answers the methods over a store."""

    def __init__(self, store: SpanStore, now: Callable[[], int]) -> None:
        """`now` in ns is the end of a list that names none."""
        self._store = store
        self._now = now

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers by the methods' ids in the discovery document."""
        return {
            "cloudtrace.projects.traces.get": self.get,
            "cloudtrace.projects.traces.list": self.list,
            "cloudtrace.projects.patchTraces": self.patch,
        }

    def get(self, call: Call) -> JsonObject:
        """Return one trace with all its spans."""
        project, trace = call.path["projectId"], call.path["traceId"]
        if not _TRACE.fullmatch(trace):
            raise invalid_argument(f"trace_id {trace!r} is not valid: give 32 hexadecimal digits, not all zero.")
        spans = self._store.trace(project, trace)
        if not spans:
            raise ApiError("NOT_FOUND", f"Resource was not found. Trace {trace} does not exist in project {project}.")
        return _trace(project, trace, spans)

    def list(self, call: Call) -> JsonObject:
        """Return the traces of a time that satisfy a filter."""
        project, query = call.path["projectId"], call.query
        view = query.get("view") or "MINIMAL"
        view = "MINIMAL" if view == "VIEW_TYPE_UNSPECIFIED" else view
        start, end = _time(query, "startTime", 0), _time(query, "endTime", self._now())
        tests = _tests(query.get("filter", ""))
        found = [_Found(trace, self._store.trace(project, trace)) for trace in self._store.traces(project, start, end)]
        found = [one for one in found if all(test(one) for test in tests)]
        key, descending = _order(query.get("orderBy", ""))
        if key is not None:
            found.sort(key=key, reverse=descending)
        skip = int(query.get("pageToken") or 0) if (query.get("pageToken") or "0").isdecimal() else 0
        size = min(int(query.get("pageSize") or 0) or PAGE, MOST[view])
        page = [_viewed(project, one, view) for one in found[skip : skip + size]]
        answer: JsonObject = {"traces": json_list(page)} if page else {}
        return answer | {"nextPageToken": str(skip + size)} if skip + size < len(found) else answer

    def patch(self, call: Call) -> JsonObject:
        """Write spans as clients of the Trace API do."""
        project = call.path["projectId"]
        spans: list[Span] = []
        for trace in children(call.body, "traces"):
            identifier = text(trace, "traceId")
            if not _TRACE.fullmatch(identifier):
                raise invalid_argument(f"trace_id {identifier!r} is not valid: give 32 hexadecimal digits.")
            spans += [_written(project, identifier, span) for span in children(trace, "spans")]
        if len(spans) > MOST_WRITTEN:
            raise invalid_argument(f"The request has {len(spans)} spans: at most {MOST_WRITTEN} are allowed.")
        self._store.add(spans)
        return {}


def root_of(spans: Sequence[Span]) -> Span:
    """Return the span without a parent here; of several, the first."""
    known = {span.id for span in spans}
    return next((span for span in spans if span.parent not in known), spans[0])


def _trace(project: str, trace: str, spans: Sequence[Span]) -> JsonObject:
    found: JsonObject = {"projectId": project, "traceId": trace}
    if spans:
        found["spans"] = json_list([_listed(span) for span in spans])
    return found


def _viewed(project: str, found: _Found, view: str) -> JsonObject:
    shown = {"MINIMAL": (), "ROOTSPAN": (found.root,), "COMPLETE": found.spans}[view]
    return _trace(project, found.trace, shown)


def _listed(span: Span) -> JsonObject:
    labels = {key: _text(value) for key, value in {**span.resource, **span.attributes}.items()}
    if span.status == "ERROR":
        labels["/error/message"] = span.message
    body: JsonObject = {
        "spanId": str(int(span.id, 16)),
        "name": span.name,
        "startTime": format_time(span.start),
        "endTime": format_time(span.end),
        "labels": json_map(labels),
    }
    if span.kind in _KINDS:
        body["kind"] = _KINDS[span.kind]
    if span.parent:
        body["parentSpanId"] = str(int(span.parent, 16))
    return body


def _written(project: str, trace: str, body: JsonObject) -> Span:
    identifier, parent = text(body, "spanId"), text(body, "parentSpanId")
    if not identifier.isdecimal() or not int(identifier):
        raise invalid_argument(f"span_id {identifier!r} is not valid: give a 64-bit integer other than 0.")
    labels = text_map(body, "labels")
    kinds: dict[str, Kind] = {name: kind for kind, name in _KINDS.items()}
    try:
        start, end = parse_time(text(body, "startTime")), parse_time(text(body, "endTime"))
    except ValueError as error:
        raise invalid_argument(f"The time of span {identifier} is not valid: {error}") from error
    return Span(
        project=project,
        trace=trace,
        id=f"{int(identifier):016x}",
        parent=f"{int(parent):016x}" if parent.isdecimal() and int(parent) else "",
        name=text(body, "name"),
        kind=kinds.get(text(body, "kind"), ""),
        start=start,
        end=end,
        attributes=json_map(labels),
        resource=json_map({"service.name": labels["service.name"]}) if "service.name" in labels else {},
    )


def _time(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return parse_time(query[name]) if query.get(name) else default
    except ValueError as error:
        raise invalid_argument(f"{name} is not valid: {error}") from error


def _order(text_: str) -> tuple[Callable[[_Found], str | int] | None, bool]:
    if not text_:
        return None, False
    name, _, direction = text_.partition(" ")
    if name not in _ORDERS or direction not in {"", "desc"}:
        raise invalid_argument(f"order_by {text_!r} is not valid: one of {', '.join(_ORDERS)}, with desc or without.")
    return _ORDERS[name], direction == "desc"


def _tests(text_: str) -> list[Callable[[_Found], bool]]:
    left = _TERM.sub("", text_).strip()
    if left:
        raise invalid_argument(f"filter is not valid at {left!r}: terms are KEY:VALUE, such as root:/checkout.")
    return [_test(term) for term in _TERM.finditer(text_)]


def _test(term: re.Match[str]) -> Callable[[_Found], bool]:
    key, wanted, exact = term["key"], term["value"].strip('"'), bool(term["exact"])

    def holds(found: str) -> bool:
        return found == wanted if exact else found.startswith(wanted)

    match key:
        case "root":
            return lambda found: holds(found.root.name)
        case "span":
            return lambda found: any(holds(span.name) for span in found.spans)
        case "label":
            return lambda found: any(holds(name) for span in found.spans for name in span.attributes)
        case "latency":
            parsed = _LATENCY.fullmatch(wanted)
            if parsed is None:
                raise invalid_argument(f"latency:{wanted} is not valid: give a duration such as 500ms.")
            least = float(parsed["number"]) * _UNITS[parsed["unit"]]
            return lambda found: found.end - found.start >= least
        case _:
            return lambda found: any(
                key in span.attributes and holds(_text(span.attributes[key])) for span in found.spans
            )


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
