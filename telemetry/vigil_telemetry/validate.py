"""Whether a line is one that the catalog allows: for tests of applications, and for looking at what is in a log.

`python -m vigil_telemetry.validate [package ...] < lines` names each problem with its line; the packages are those that
declare events.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping

import msgspec

from vigil_telemetry.catalog import catalog
from vigil_telemetry.event import registered
from vigil_telemetry.fields import Role, Treatment
from vigil_telemetry.foreign import EVENT as FOREIGN
from vigil_telemetry.redaction import REDACTED
from vigil_telemetry.reserved import RESERVED, SPAN_ID, TRACE
from vigil_telemetry.schema import EventSchema, FieldSchema, schema_of
from vigil_telemetry.severity import Severity

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_TRACE = re.compile(r"(?:projects/[^/]+/traces/)?[0-9a-f]{32}", re.ASCII)
_SPAN = re.compile(r"[0-9a-f]{16}", re.ASCII)
_PSEUDONYM = re.compile(r"hmac:[0-9a-f]{32}", re.ASCII)
_LARGE = re.compile(r"-?(?:[0-9]{16,}|0x[0-9a-f]+)", re.ASCII)  # a whole number that a double cannot hold
_LIMIT = 256 * 1024


def problems(line: bytes | str) -> list[str]:
    """Return what is wrong with a line. Events of packages that are not imported are unknown."""
    data = line.encode() if isinstance(line, str) else line
    if len(data) > _LIMIT:
        return [f"the line has {len(data)} bytes, more than Cloud Logging's {_LIMIT}"]
    try:
        entry = msgspec.json.decode(data, type=dict[str, object])
    except msgspec.MsgspecError as error:
        return [f"no JSON object: {error}"]
    found = _common(entry)
    name = entry.get("event")
    if not isinstance(name, str):
        return [*found, "event: missing"]
    if name == FOREIGN:
        return found  # a line of another library, which the bridges brought in: what it has beside the rest is its own
    importlib.import_module("vigil_telemetry.events")
    cls = registered().get(name)
    if cls is None:
        return [*found, f"event: {name!r} is in no imported package's catalog"]
    return [*found, *_fields(schema_of(cls), entry)]


def _common(entry: Mapping[str, object]) -> list[str]:
    found: list[str] = []
    severity = entry.get("severity")
    if severity not in Severity.__members__:
        found.append(f"severity: {severity!r} is not a severity of Cloud Logging")
    if not isinstance(entry.get("message"), str) or not entry["message"]:
        found.append("message: missing")
    for name, form in (("time", _TIME), (TRACE, _TRACE), (SPAN_ID, _SPAN)):
        value = entry.get(name)
        if value is None and name != "time":
            continue
        if not isinstance(value, str) or form.fullmatch(value) is None:
            found.append(f"{name}: {value!r} is not of its form")
    found += [f"{name}: missing" for name in ("service", "serviceContext") if name not in entry]
    user = entry.get("user")
    if user is not None and (not isinstance(user, str) or _PSEUDONYM.fullmatch(user) is None):
        found.append("user: not a pseudonym")
    return found


def _fields(schema: EventSchema, entry: Mapping[str, object]) -> list[str]:
    dropped = msgspec.convert(entry.get("dropped_fields", []), list[str])
    known = {field.name: field for field in schema.fields}
    found = [f"{name}: not declared by {schema.name}" for name in entry if name not in known and name not in RESERVED]
    found += [
        f"{field.name}: missing, though {schema.name} always has it"
        for field in schema.fields
        if field.required and field.name not in entry and field.name not in dropped
    ]
    for field in schema.fields:
        problem = _value(field, entry[field.name]) if field.name in entry else None
        if problem is not None:
            found.append(f"{field.name}: {problem}")
    if entry.get("severity") not in {severity.name for severity in schema.severities}:
        found.append(f"severity: {entry.get('severity')!r} is none that {schema.name} has")
    return found


def _value(field: FieldSchema, value: object) -> str | None:
    if field.treatment is Treatment.DROP:
        return "personal data that is never written"
    if field.treatment is Treatment.PSEUDONYM:
        return None if isinstance(value, str) and _PSEUDONYM.fullmatch(value) else "not a pseudonym"
    if field.treatment is Treatment.REDACT:
        return None if value == REDACTED else "not redacted"
    if field.values is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return None if text in field.values else f"{value!r} is not one of {', '.join(field.values)}"
    if field.role is Role.MEASURE or field.type in (int, float):
        return None if _is_number(field, value) else f"{value!r} is no {field.type.__name__}"
    return None if isinstance(value, str) else f"{value!r} is no text"


def _is_number(field: FieldSchema, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    if isinstance(value, str):
        return field.type is int and _LARGE.fullmatch(value) is not None
    return field.type is not int or isinstance(value, int)


def main() -> int:
    """Read lines from standard input; 1 where there is a problem."""
    for package in sys.argv[1:]:
        importlib.import_module(package)
    catalog()
    status = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        for problem in problems(line):
            sys.stdout.write(f"line {number}: {problem}\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
