"""Conversions of values, and the functions that compute one: `cast` and `regexp_extract`."""

from collections.abc import Callable
from datetime import UTC
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonValue
from vigil_emulator import regex
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.paths import MISSING, Found, Getter, Kind, getter, kind_of, text_of
from vigil_emulator.numerals import real
from vigil_emulator.times import SECOND, format_time, moment, parse_time

_INT64_LIMIT = 2.0**63
_KINDS = {
    "STRING": Kind.LABEL,
    "INT64": Kind.NUMBER,
    "FLOAT64": Kind.NUMBER,
    "BOOL": Kind.FLAG,
    "TIMESTAMP": Kind.TIME,
    "DURATION": Kind.DURATION,
}


def number_of(value: JsonValue) -> float | None:
    """Return a number or a text that is one."""
    if isinstance(value, bool):
        return None
    return real(value) if isinstance(value, (int, float, str)) else None


def whole_of(value: JsonValue) -> float | None:
    """Return an integer, exact."""
    return value if isinstance(value, int) else None


def seconds_of(value: JsonValue) -> float | None:
    """Return a duration, as `1.5s` or a number of seconds with another unit (ms, us, ns, m, h)."""
    if not isinstance(value, str):
        return number_of(value)
    text = value.strip()
    for unit, factor in (("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        if text.endswith(unit):
            number = number_of(text[: -len(unit)])
            return None if number is None else number * factor
    return number_of(text)


def flag_of(value: JsonValue) -> float | None:
    """Return a boolean, or a text that is one."""
    if isinstance(value, bool):
        return float(value)
    return {"true": 1.0, "false": 0.0}.get(value.lower()) if isinstance(value, str) else None


def computed(call: lql.Call, canonical: Callable[[lql.FieldPath], tuple[str, ...]]) -> tuple[Getter, Kind, Found]:
    """Return what a function makes of a field: how to read it, its type, and its value where the field is missing."""
    inner = call.args[0] if call.args else None
    if isinstance(inner, lql.Call):
        get, kind, _ = computed(inner, canonical)
    elif isinstance(inner, lql.FieldPath):
        path = canonical(inner)
        get, kind = getter(path), kind_of(path)
    else:
        raise _cannot(call)
    match call.name, call.args[1:]:
        case "cast", (lql.Text(target), *options):
            return _converted(get, kind, target.upper(), _zone(call, options)), _KINDS[target.upper()], MISSING
        case "regexp_extract", (lql.Text(pattern),):
            return _extracted(get, kind, pattern), Kind.LABEL, MISSING
        case _:
            raise _cannot(call)


def _cannot(call: lql.Call) -> FilterError:
    return FilterError(f"{lql.render(call)} cannot be compared: cast and regexp_extract of a field can")


def _zone(call: lql.Call, options: "list[lql.Argument]") -> ZoneInfo | None:
    for option in options:
        if isinstance(option, lql.Call) and option.name in lql.TIMEZONES and isinstance(option.args[0], lql.Text):
            try:
                return ZoneInfo(option.args[0].text)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise _cannot(call) from error
    return None


def _converted(get: Getter, kind: Kind, target: str, zone: ZoneInfo | None) -> Getter:  # noqa: C901 - one step a type
    def text(value: JsonValue) -> str:
        if kind is Kind.TIME and isinstance(value, int):
            if zone is None:
                return format_time(value)
            return moment(value).astimezone(zone).isoformat(timespec="milliseconds")
        return text_of(value)

    def convert(entry: Entry) -> Found:  # noqa: PLR0911 - one line for each type
        found = get(entry)
        if found is MISSING or isinstance(found, (dict, list)):
            return MISSING
        if target == "STRING":
            return text(found)
        if target == "TIMESTAMP":
            return _time(found, zone)
        if target == "BOOL":
            flag = flag_of(found)
            return MISSING if flag is None else bool(flag)
        if target == "DURATION":
            seconds = seconds_of(found)
            return MISSING if seconds is None else seconds
        number = number_of(found)
        if number is None:
            return MISSING
        if target != "INT64":
            return number
        return int(number) if abs(number) < _INT64_LIMIT else MISSING  # neither infinite nor NaN

    return convert


def _time(value: JsonValue, zone: ZoneInfo | None) -> Found:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return MISSING
    try:
        ns = parse_time(value)
    except ValueError:
        if zone is None:
            return MISSING
        try:
            naive = parse_time(f"{value}Z")
        except ValueError:
            return MISSING
        offset = moment(naive).replace(tzinfo=zone).utcoffset() or moment(naive).astimezone(UTC).utcoffset()
        return naive - int(offset.total_seconds() * SECOND) if offset is not None else naive
    return ns


def _extracted(get: Getter, kind: Kind, pattern: str) -> Getter:
    try:
        find = regex.compiled(pattern).search
    except regex.RegexError as error:
        raise FilterError(str(error)) from error

    def extract(entry: Entry) -> Found:
        found = get(entry)
        if found is MISSING or isinstance(found, (dict, list)):
            return MISSING
        match = find(format_time(found) if kind is Kind.TIME and isinstance(found, int) else text_of(found))
        return match.group(1) if match else MISSING

    return extract
