"""A log entry that a query of Logging matches, and one that nearly does."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

from vigil_apimodel import lql
from vigil_emulator.logging.entry import Entry, severity_number
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.filters import compiled
from vigil_proofs.unit.derive._reason import CannotInvertError
from vigil_proofs.unit.derive._text import containing

Body = dict[str, object]
_OTHER = "other"
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")


def matching(query: str, project: str) -> Body:
    """Return an entry that the query matches. Raises CannotInvertError."""
    expr = _parsed(query)
    entry: Body = {}
    _satisfy(expr, entry, project, holds=True)
    if not _matches(query, entry, project):
        raise CannotInvertError("no entry was found that the filter matches")
    return entry


def near(query: str, entry: Body, project: str) -> Body:
    """Return an entry that differs in one term and is not matched. Raises CannotInvertError."""
    expr = _parsed(query)
    terms = expr.terms if isinstance(expr, lql.And) else (expr,)
    for term in reversed(terms):
        other: Body = {}
        try:
            _satisfy(term, other, project, holds=False)
            for each in terms:
                if each is not term:
                    _satisfy(each, other, project, holds=True)
        except CannotInvertError:
            continue
        if other != entry and not _matches(query, other, project):
            return other
    raise CannotInvertError("every entry matches the filter, or none was found that does not")


def _parsed(query: str) -> lql.Expr:
    try:
        return lql.parse(query)
    except lql.QuerySyntaxError as error:
        raise CannotInvertError(f"the filter cannot be read: {error}") from error


def _matches(query: str, entry: Body, project: str) -> bool:
    body = {"logName": f"projects/{project}/logs/test", "resource": {"type": "global"}, **entry}
    severity = severity_number(body.get("severity") or "DEFAULT")
    try:
        made = Entry(body, 1, 1, severity, str(body["logName"]), "a")  # type: ignore[arg-type] # a JSON object
        return compiled(query)(made)
    except FilterError as error:
        raise CannotInvertError(f"the emulator does not evaluate the filter: {error}") from error


def _satisfy(expr: lql.Expr, entry: Body, project: str, *, holds: bool) -> None:
    match expr:
        case lql.And(terms) | lql.Or(terms):
            every = isinstance(expr, lql.And) is holds
            for term in terms if every else terms[:1]:
                _satisfy(term, entry, project, holds=holds)
        case lql.Not(term):
            _satisfy(term, entry, project, holds=not holds)
        case lql.Comparison(lql.FieldPath() as path, operator, value):
            _compare(entry, path.segments, operator, value, holds=holds)
        case lql.Restriction(text):
            _put(entry, ("jsonPayload", "message"), text if holds else _OTHER)
        case lql.Call("log_id", (lql.Text(text), *_)):
            _put(entry, ("logName",), f"projects/{project}/logs/{quote(text if holds else _OTHER, safe='')}")
        case lql.Call("search", args) if isinstance(args[-1], lql.Text):
            _put(entry, ("jsonPayload", "message"), args[-1].text if holds else _OTHER)
        case lql.Everything():
            return
        case _:
            name = getattr(expr, "name", type(expr).__name__)
            raise CannotInvertError(f"{name} in a filter of entries cannot be turned into an entry")


def _compare(entry: Body, path: tuple[str, ...], operator: lql.Operator, value: lql.Value, *, holds: bool) -> None:
    if isinstance(value, lql.Present):
        if holds:
            _put(entry, path, "a")
        return
    if not isinstance(value, lql.Text):
        raise CannotInvertError(f"{lql.path(lql.FieldPath(path))} is compared with what is no text")
    found = _value(path, operator, value.text, holds=holds)
    if found is not None:
        _put(entry, path, found)


def _value(path: tuple[str, ...], operator: lql.Operator, text: str, *, holds: bool) -> object:
    """A value that meets the comparison (or does not); None where the field stays away."""
    negative = operator in {lql.Operator.NOT_EQUAL, lql.Operator.NOT_MATCHES}
    if negative is holds:
        return _unlike(path, text)
    if operator in {lql.Operator.EQUAL, lql.Operator.NOT_EQUAL, lql.Operator.HAS}:
        return _typed(path, text)
    if operator in {lql.Operator.MATCHES, lql.Operator.NOT_MATCHES}:
        return containing(text)
    more = operator in {lql.Operator.GREATER, lql.Operator.GREATER_OR_EQUAL}
    if path[0] == "severity":
        at = _SEVERITIES.index(text.upper()) if text.upper() in _SEVERITIES else 0
        equal = holds and operator in {lql.Operator.GREATER_OR_EQUAL, lql.Operator.LESS_OR_EQUAL}
        step = 0 if equal else (1 if more is holds else -1)
        if not 0 <= at + step < len(_SEVERITIES):
            raise CannotInvertError(f"no severity is beyond {text}")
        return _SEVERITIES[at + step]
    try:
        number = float(text)
    except ValueError as error:
        raise CannotInvertError(f"{'.'.join(path)} is ordered against {text!r}, which is no number") from error
    return number + (1 if more is holds else -1)


def _unlike(path: tuple[str, ...], text: str) -> object:
    if path[0] == "severity":
        return "INFO" if text.upper() != "INFO" else "ERROR"
    if path[0] in {"logName", "timestamp"}:
        return "projects/other/logs/other"
    return not _boolean(text) if _boolean(text) is not None else _OTHER


def _typed(path: tuple[str, ...], text: str) -> object:
    if path == ("httpRequest", "status"):
        return int(text)
    if path[0] == "severity":
        return text.upper()
    boolean = _boolean(text) if path[0] in {"operation", "jsonPayload", "httpRequest", "traceSampled"} else None
    return text if boolean is None else boolean


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _put(entry: Body, path: tuple[str, ...], value: object) -> None:
    """Set a field that is not set yet."""
    *outer, last = path
    inner = entry
    for name in outer:
        found: object = inner.setdefault(name, {})
        if not isinstance(found, dict):
            raise CannotInvertError(f"{'.'.join(path)} is both a text and an object")
        inner = cast("Body", found)
    inner.setdefault(last, value)


def paths(query: str) -> Iterator[str]:
    """Yield the fields that a query names."""
    yield from (lql.path(each) for each in lql.fields_of(_parsed(query)))
