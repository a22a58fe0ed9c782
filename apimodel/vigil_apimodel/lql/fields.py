"""The fields that a log entry has, and which fields a query uses.

A name that LogEntry does not define is an error that Cloud Logging detects before the query is used, unlike a missing
key of a payload or of labels (https://cloud.google.com/logging/docs/view/logging-query-language#missing_fields).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from vigil_apimodel.lql.ast import Call, Comparison, Expr, FieldPath
from vigil_apimodel.terms import And, Not, Or

_OPEN = None
_SCALAR: frozenset[str] = frozenset()

LOG_ENTRY: Mapping[str, frozenset[str] | None] = MappingProxyType(
    {
        "apphub": _OPEN,
        "apphubDestination": _OPEN,
        "apphubSource": _OPEN,
        "errorGroups": _OPEN,
        "httpRequest": frozenset(
            {
                "cacheFillBytes",
                "cacheHit",
                "cacheLookup",
                "cacheValidatedWithOriginServer",
                "latency",
                "protocol",
                "referer",
                "remoteIp",
                "requestMethod",
                "requestSize",
                "requestUrl",
                "responseSize",
                "serverIp",
                "status",
                "userAgent",
            }
        ),
        "insertId": _SCALAR,
        "jsonPayload": _OPEN,
        "labels": _OPEN,
        "logName": _SCALAR,
        "metadata": frozenset({"systemLabels", "userLabels"}),
        "operation": frozenset({"id", "producer", "first", "last"}),
        "otel": _OPEN,
        "protoPayload": _OPEN,
        "receiveTimestamp": _SCALAR,
        "resource": frozenset({"type", "labels"}),
        "severity": _SCALAR,
        "sourceLocation": frozenset({"file", "line", "function"}),
        "spanId": _SCALAR,
        "split": frozenset({"uid", "index", "totalSplits"}),
        "textPayload": _SCALAR,
        "timestamp": _SCALAR,
        "trace": _SCALAR,
        "traceSampled": _SCALAR,
    }
)
"""LogEntry's fields; a set names the next level, None says that any name may follow.

Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry (logging v2 discovery document).
"""

_BY_FOLDED = {name.lower(): name for name in LOG_ENTRY}


def fields_of(expr: Expr) -> Iterator[FieldPath]:
    """Return all fields that the query names, in order, also those within functions."""
    match expr:
        case And(terms) | Or(terms):
            for term in terms:
                yield from fields_of(term)
        case Not(term):
            yield from fields_of(term)
        case Comparison(field, _, value):
            yield from [field] if isinstance(field, FieldPath) else _in_call(field)
            if isinstance(value, Call):
                yield from _in_call(value)
        case Call():
            yield from _in_call(expr)
        case _:
            return


def undefined_fields(expr: Expr) -> tuple[FieldPath, ...]:
    """Return the fields of the query that no log entry can have: `thud`, `operation.thud`, `textPayload.thud`.

    Names of protocol-buffer fields are compared without letter case and underscores, as Cloud Logging does.
    """
    return tuple(dict.fromkeys(path for path in fields_of(expr) if not _defined(path)))


def _in_call(call: Call) -> Iterator[FieldPath]:
    for argument in call.args:
        if isinstance(argument, FieldPath):
            yield argument
        elif isinstance(argument, Call):
            yield from _in_call(argument)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _defined(path: FieldPath) -> bool:
    first, *rest = path.segments
    name = _BY_FOLDED.get(_folded(first))
    if name is None:
        return False
    inner = LOG_ENTRY[name]
    if inner is None or not rest:
        return True
    return _folded(rest[0]) in {_folded(known) for known in inner}
