"""`entries.list`: what a filter selects from projects, buckets and views, page by page."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, json_list, text, texts
from vigil_emulator.database import Cell, Database, Row
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.entry import Entry, decode, severity_number
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.event_index import ENTRIES_OF_EVENTS, SEVERAL
from vigil_emulator.logging.filters import Predicate, compiled, parsed
from vigil_emulator.logging.index import required
from vigil_emulator.logging.placements import EntryStore
from vigil_emulator.logging.scan import BATCH, Needle, needle
from vigil_emulator.numerals import number
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import bounded, parse_time

DEFAULT_PAGE = 50
MAXIMUM_PAGE = 1000
QUERY_LIMIT = 20_000
FEW = 5000
"""Candidates of a search that are sorted after they were found, not read in order."""
_ENTRIES = "data_entries"
_DATE_LENGTH = 10
_EVENT = ("jsonPayload", "event")
_DEFAULT_VIEW = (
    'NOT log_id("cloudaudit.googleapis.com/data_access") AND NOT log_id("externalaudit.googleapis.com/data_access")'
)


@dataclass(slots=True)
class Plan:
    """What the database can narrow down by itself; the filter decides on what is left."""

    conditions: list[str] = field(default_factory=list[str])
    parameters: list[Cell] = field(default_factory=list[Cell])
    by_event: bool = False
    """Whether it names events."""

    def add(self, condition: str, *parameters: Cell) -> None:
        """Add a condition in SQL and its parameters."""
        self.conditions.append(condition)
        self.parameters.extend(parameters)


def plan(expr: lql.Expr) -> Plan:
    """Return the times, events and logs that the filter requires; it must be compiled, so that its times are times."""
    found = Plan()
    terms = expr.terms if isinstance(expr, lql.And) else (expr,)
    for term in terms:
        match term:
            case lql.Comparison(lql.FieldPath(segments), operator, lql.Text(value)) if (
                segments[0].lower() == "timestamp"
            ):
                if operator in {">", ">=", "<", "<=", "="}:
                    when = parse_time(f"{value}T00:00:00Z" if len(value) == _DATE_LENGTH else value)
                    found.add(f"time {operator} ?", bounded(when))
            case _:
                pass
    need = required(expr)
    if events := need.get(_EVENT):
        looked_up = sorted({*events, SEVERAL})
        found.add(f"event IN ({','.join('?' * len(looked_up))})", *looked_up)
        found.by_event = True
    elif logs := need.get(("logName",)):
        found.add(f"lower(log) IN ({','.join('?' * len(logs))})", *sorted(logs))
    return found


class LogListing:
    """The method `entries.list`."""

    def __init__(self, database: Database, entries: EntryStore, resources: ResourceStore) -> None:
        self._database = database
        self._entries = entries
        self._resources = resources

    def answer(self, request: JsonObject, now: int) -> JsonObject:
        """Return the method's answer; raise ApiError for what Google refuses."""
        names = texts(request, "resourceNames") or [f"projects/{project}" for project in texts(request, "projectIds")]
        if not names:
            raise ApiError("INVALID_ARGUMENT", "Field resourceNames is required: name a project, bucket or view.")
        expr, narrowed, predicate = _understood(text(request, "filter"))
        descending = _descending(text(request, "orderBy"))
        size = int(number(request, "pageSize")) or DEFAULT_PAGE
        if size < 0:
            raise ApiError("INVALID_ARGUMENT", "page_size must be non-negative.")
        size = min(size, MAXIMUM_PAGE)
        if token := text(request, "pageToken"):
            _after(narrowed, token, descending=descending)
        found: list[JsonObject] = []
        last: tuple[int, str, int] | None = None
        wanted = needle(expr)
        scopes = self._scopes(names)
        for body, place in self._select(scopes, narrowed, predicate, wanted, descending=descending, now=now):
            if len(found) == size:
                assert last is not None  # noqa: S101 - a full page has a last entry
                return {"entries": json_list(found), "nextPageToken": _token(last)}
            found.append(body)
            last = place
        return {"entries": json_list(found)} if found else {}

    def selection(self, request: JsonObject) -> Callable[[Entry, frozenset[str]], bool]:
        """Return whether an entry in some buckets is what `resourceNames` and `filter` ask for.

        Raise ApiError for what Google refuses.
        """
        names = texts(request, "resourceNames")
        if not names:
            raise ApiError("INVALID_ARGUMENT", "Field resourceNames is required: name a project or a view.")
        predicate = _understood(text(request, "filter"))[2]
        whole = tuple(f"{name}/locations/" for name in names if "/buckets/" not in name)
        placed = self._scopes([name for name in names if "/buckets/" in name])

        def selected(entry: Entry, buckets: frozenset[str]) -> bool:
            if not predicate(entry):
                return False
            return any(
                bucket.startswith(whole) or any(view(entry) for view in placed.get(bucket, ())) for bucket in buckets
            )

        return selected

    def _scopes(self, names: Sequence[str]) -> dict[str, list[Predicate]]:
        scopes: dict[str, list[Predicate]] = {}
        for name in names:
            if "/views/" in name:
                bucket, _, view = name.partition("/views/")
                scopes.setdefault(bucket, []).append(self._view(name, view))
            elif "/buckets/" in name:
                scopes.setdefault(name, []).append(lambda _: True)
            else:
                for bucket in self._entries.buckets_of(name):
                    scopes.setdefault(bucket, []).append(lambda _: True)
        return scopes

    def _view(self, name: str, view: str) -> Predicate:
        body = self._resources.get("logging.views", name)
        if body is not None:
            return compiled(text(body, "filter"))
        if view == "_AllLogs":
            return lambda _: True
        if view == "_Default":
            return compiled(_DEFAULT_VIEW)
        raise ApiError("NOT_FOUND", f"View {name} does not exist")

    def _select(
        self,
        scopes: dict[str, list[Predicate]],
        narrowed: Plan,
        predicate: Predicate,
        wanted: Needle | None,
        *,
        descending: bool,
        now: int,
    ) -> Iterator[tuple[JsonObject, tuple[int, str, int]]]:
        visible = self._entries.visible(list(scopes), now)
        if not visible:
            return
        touched = {identifier: buckets for identifier, _, buckets in visible}
        for seq, placement, time, insert_id, encoded in self._rows(visible, narrowed, wanted, descending=descending):
            body = decode(cast("bytes", encoded))
            entry = entry_of(body, int(str(time)))
            if not predicate(entry):
                continue
            views = [view for bucket in touched[int(str(placement))] for view in scopes[bucket]]
            if any(view(entry) for view in views):
                yield body, (int(str(time)), str(insert_id), int(str(seq)))

    def _rows(
        self,
        visible: Sequence[tuple[int, int, frozenset[str]]],
        narrowed: Plan,
        wanted: Needle | None,
        *,
        descending: bool,
    ) -> Iterable[Row]:
        """Rows that may satisfy the query, in the order of the list."""
        placed = " OR ".join("(placement = ? AND time >= ?)" for _ in visible)
        parameters = [
            *narrowed.parameters,
            *(value for identifier, cutoff, _ in visible for value in (identifier, cutoff)),
        ]
        where = " AND ".join([*narrowed.conditions, f"({placed})"])
        direction = "DESC" if descending else "ASC"
        order = f"ORDER BY time {direction}, insert_id {direction}, seq {direction}"
        if wanted is not None and not narrowed.conditions:
            # nothing narrows the search: read in the order of the file, which is faster, while there are few hits
            found = list(islice(self._scanned(wanted, where, parameters), FEW + 1))
            if len(found) <= FEW:
                marks = ",".join("?" * len(found))
                query = f"{_selected(_ENTRIES)} WHERE seq IN ({marks}) {order}"
                return self._database.rows(query, found) if found else ()
        source = ENTRIES_OF_EVENTS if narrowed.by_event and self._entries.events.ready() else _ENTRIES
        rows = self._database.rows(f"{_selected(source)} WHERE {where} {order}", parameters)
        return rows if wanted is None else wanted.candidates(rows)

    def _scanned(self, wanted: Needle, where: str, parameters: Sequence[Cell]) -> Iterator[Cell]:
        """The `seq` of candidates in the order of the file.

        SQLite joins the bodies of a range itself: a row of each entry in Python would take longer than the search.
        """
        within = f"FROM data_entries NOT INDEXED WHERE seq >= ? AND seq < ? AND {where} ORDER BY seq"
        joined = f"SELECT CAST(group_concat(body, char(10)) AS BLOB) FROM (SELECT body {within})"  # noqa: S608 - ours
        ((first, last),) = self._database.rows("SELECT min(seq), max(seq) FROM data_entries")
        if not isinstance(first, int) or not isinstance(last, int):
            return
        for start in range(first, last + 1, BATCH):
            chosen = (start, start + BATCH, *parameters)
            ((bodies,),) = self._database.rows(joined, chosen)
            if isinstance(bodies, bytes) and (lines := wanted.lines(bodies)):
                numbers = [seq for (seq,) in self._database.rows(f"SELECT seq {within}", chosen)]
                yield from (numbers[line] for line in lines)


def _selected(source: str) -> str:
    return f"SELECT seq, placement, time, insert_id, body FROM {source}"  # noqa: S608 - ours


def entry_of(body: JsonObject, time: int) -> Entry:
    """Return a stored entry, for evaluation."""
    return Entry(
        body,
        time,
        parse_time(text(body, "receiveTimestamp")),
        severity_number(body.get("severity")),
        text(body, "logName"),
        text(body, "insertId"),
    )


def _understood(filter_text: str) -> tuple[lql.Expr, Plan, Predicate]:
    if len(filter_text) > QUERY_LIMIT:
        raise ApiError("INVALID_ARGUMENT", f"The filter must be less than or equal to {QUERY_LIMIT} characters.")
    try:
        expr, predicate = parsed(filter_text), compiled(filter_text)
        return expr, plan(expr), predicate
    except FilterError as error:
        raise ApiError("INVALID_ARGUMENT", str(error)) from error


def _descending(order: str) -> bool:
    words = order.split()
    if not words or words in (["timestamp"], ["timestamp", "asc"]):
        return False
    if words == ["timestamp", "desc"]:
        return True
    raise ApiError("INVALID_ARGUMENT", f'orderBy "{order}" is not supported: use "timestamp asc" or "timestamp desc".')


def _token(place: tuple[int, str, int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(narrowed: Plan, token: str, *, descending: bool) -> None:
    try:
        time, insert_id, seq = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise ApiError("INVALID_ARGUMENT", "page_token is not one that this method returned.") from error
    sign = "<" if descending else ">"
    narrowed.add(f"(time, insert_id, seq) {sign} (?, ?, ?)", int(time), str(insert_id), int(seq))
