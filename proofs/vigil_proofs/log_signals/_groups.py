"""Recorded entries of one meaning: which field says what happened, and the filter that selects the group."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_components.sources import AuditLog, Source
from vigil_proofs.log_signals import _access
from vigil_proofs.log_signals._levels import Level, contradicted, levels_of, selected, severe
from vigil_proofs.log_signals._source import log_of, source_of
from vigil_proofs.log_signals._texts import Form, forms

_SAYING: Final = (
    "record.message", "@mt", "message_template", "messageTemplate", "MessageTemplate", "event_name", "eventName",
    "event_type", "eventType", "event", "msg", "message", "Message", "short_message", "text", "log", "body",
    "fields.message", "error.message", "error", "err",
)  # fmt: skip
"""Members of a `jsonPayload` that say what happened, the surest first: pino, bunyan, zap and slog write `msg`, winston
and Python `message`, structlog `event`, loguru `record.message`, Rust's tracing `fields.message`, Serilog a
template."""
_KEYS: Final = 3
_SERVER_ERROR: Final = 500
_CONTINUES: Final = re.compile(
    r"[ \t]+\S|Caused by: |Suppressed: |The above exception was the direct cause|goroutine \d+ \["
)
"""How the second and later lines of a stack trace begin, where each of its lines is an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries of one meaning."""

    source: Source
    """Whose entries they are."""
    log: str
    """Id of their log."""
    message_path: str
    """Path of the field that says what happened; empty for requests and for payloads without such a field."""
    form: Form | None
    """Form of what the field says."""
    kind: str
    """`audit`, `request`, `access`, `json` or `text`."""
    worse: bool
    """Whether the entries are warnings or worse; of requests, whether the server failed; of audit logs, errors."""
    level: Level | None
    """Level that their writer gave them, where it contradicts the severity."""
    filter: lql.Expr
    """Selects the group among the entries of its source."""
    numbers: tuple[int, ...]
    """Places of the entries in what was read, counted from 0."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """What distinguishes an entry from others before its text is read."""

    source: Source = field(compare=False)
    whose: str
    """The source as text, since a source with labels cannot be a key."""
    log: str
    kind: str
    message_path: str
    keys: tuple[str, ...] = ()


def groups(entries: Sequence[JsonObject]) -> tuple[list[Group], list[tuple[int, str]]]:
    """Return the groups, and the entries that are in none, each with the reason."""
    layouts: defaultdict[_Layout, list[int]] = defaultdict(list)
    left: list[tuple[int, str]] = []
    for number, entry in enumerate(entries):
        layout = _layout_of(entry)
        if layout.kind == "text" and _CONTINUES.match(text_at(entry, "textPayload")):
            left.append((number, "it continues the entry before it, such as a stack trace"))
        else:
            layouts[layout].append(number)
    found: list[Group] = []
    for layout, numbers in layouts.items():
        by_level = layout.kind in ("json", "text") and contradicted([entries[one] for one in numbers])
        for form, alike in _alike(entries, layout, numbers):
            if form is not None and not form.words:
                left += [(one, f"{layout.message_path} has no word that others have too") for one in alike]
                continue
            for group in _by_badness(entries, layout, form, alike, by_level=by_level):
                if group.filter == lql.all_of([]):
                    left += [(one, "it has no field that says what happened") for one in group.numbers]
                else:
                    found.append(group)
    return found, left


def _by_badness(
    entries: Sequence[JsonObject], layout: _Layout, form: Form | None, alike: Sequence[int], *, by_level: bool
) -> Iterator[Group]:
    """Yield the bad entries of one form, then the others."""
    own = levels_of([entries[one] for one in alike]) if by_level else ()
    levels: dict[int, Level] = dict(zip(alike, own, strict=True)) if own else {}
    worse = [one for one in alike if (levels[one].worse if levels else _is_worse(entries[one], layout.kind))]
    better = [one for one in alike if one not in set(worse)]
    for chosen, bad in ((worse, True), (better, False)):
        if not chosen:
            continue
        of_level = selected([levels[one] for one in chosen]) if levels and (bad or worse) else None
        badness = [] if of_level is None else [of_level]
        if not levels:
            badness += _severity(entries[chosen[0]], layout, bad=bad, both=bool(worse and better))
        yield Group(
            source=layout.source,
            log=layout.log,
            message_path=layout.message_path,
            form=form,
            kind=layout.kind,
            worse=bad,
            level=levels.get(chosen[0]),
            filter=lql.all_of([*_terms(layout, form, entries[chosen[0]]), *badness]),
            numbers=tuple(chosen),
        )


def text_at(entry: JsonObject, path: str) -> str:
    """Return the text of a field; empty where it has none."""
    value: JsonValue = entry
    for part in lql.field(path).segments if path else ():
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _layout_of(entry: JsonObject) -> _Layout:
    source, log = source_of(entry), log_of(entry)
    whose = repr(source)
    if isinstance(source, AuditLog) and text_at(entry, "protoPayload.methodName"):
        return _Layout(source, whose, log, "audit", "protoPayload.methodName")
    payload = entry.get("jsonPayload")
    fields = cast("JsonObject", payload) if isinstance(payload, dict) else {}
    message_path = next((path for path in _paths() if text_at(entry, path).strip()), "")
    if "httpRequest" in entry and (log.endswith("requests") or not (message_path or entry.get("textPayload"))):
        return _Layout(source, whose, log, "request", "")
    access = _access.status_of(entry)
    if access is not None and not message_path:
        return _Layout(source, whose, log, "access", access[0])
    if fields:
        typed = 'jsonPayload."@type"'
        if text_at(entry, typed):
            message_path = typed
        return _Layout(
            source,
            whose,
            log,
            "json",
            message_path,
            ()
            if message_path
            else tuple(sorted(key for key, held in fields.items() if held not in (None, ""))[:_KEYS]),
        )
    if isinstance(entry.get("textPayload"), str):
        return _Layout(source, whose, log, "text", "textPayload")
    return _Layout(source, whose, log, "json", 'protoPayload."@type"' if text_at(entry, 'protoPayload."@type"') else "")


def _paths() -> Iterator[str]:
    for one in _SAYING:
        yield lql.path(lql.FieldPath(("jsonPayload", *one.split("."))))


def _alike(
    entries: Sequence[JsonObject], layout: _Layout, numbers: list[int]
) -> Iterator[tuple[Form | None, list[int]]]:
    if not layout.message_path or layout.kind == "access":
        yield None, numbers
        return
    texts = [text_at(entries[one], layout.message_path) for one in numbers]
    exact = layout.kind == "audit" or layout.message_path.endswith('"@type"')
    by_form: defaultdict[object, list[int]] = defaultdict(list)
    found: list[Form | None] = [None] * len(texts) if exact else list(forms(texts))
    for number, text, form in zip(numbers, texts, found, strict=True):
        key = (text, text_at(entries[number], "protoPayload.serviceName")) if exact else form
        by_form[key].append(number)
    for key, alike in by_form.items():
        yield key if isinstance(key, Form) else None, alike


def _is_worse(entry: JsonObject, kind: str) -> bool:
    if kind == "request":
        request = entry.get("httpRequest")
        status = request.get("status") if isinstance(request, dict) else None
        return isinstance(status, int) and status >= _SERVER_ERROR
    if kind == "access":
        return _access.failed(entry)
    return severe(entry) and (kind != "audit" or entry.get("severity") != "WARNING")


def _terms(layout: _Layout, form: Form | None, entry: JsonObject) -> Iterator[lql.Expr]:
    match layout.kind:
        case "audit":
            if service := text_at(entry, "protoPayload.serviceName"):
                yield lql.eq("protoPayload.serviceName", service)
            yield lql.eq(layout.message_path, text_at(entry, layout.message_path))
        case "request":
            if layout.log:
                yield lql.log_id(layout.log)
            yield lql.present("httpRequest.status")
        case "access":
            pass  # the status of the request says it all
        case _ if form is not None:
            constant = form.constant
            yield (
                lql.eq(layout.message_path, constant)
                if constant is not None
                else lql.matches(layout.message_path, form.pattern())
            )
        case _ if layout.message_path:
            yield lql.eq(layout.message_path, text_at(entry, layout.message_path))
        case _:
            for key in layout.keys:
                yield lql.present(lql.FieldPath(("jsonPayload", key)))


def _severity(entry: JsonObject, layout: _Layout, *, bad: bool, both: bool) -> Iterator[lql.Expr]:
    least = "ERROR" if layout.kind == "audit" else "WARNING"
    if layout.kind == "access":
        yield _access.selection(entry, layout.message_path, bad=bad)
    elif layout.kind == "request":
        if bad:
            yield lql.compare("httpRequest.status", lql.Operator.GREATER_OR_EQUAL, _SERVER_ERROR)
    elif bad:
        yield lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, least)
    elif both:
        yield lql.compare("severity", lql.Operator.LESS, least)
