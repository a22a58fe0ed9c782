"""Values of recorded entries that may become labels and measures of a metric."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject
from vigil_components.log_lines import Extract
from vigil_proofs.log_signals._texts import NUMBER, Form
from vigil_telemetry.redaction import REDACTED, sensitive_key

MOST_LABELS: Final = 2
"""Labels of a proposal: the series of a metric are the product of what they can be."""
MOST_MEASURES: Final = 3
_FEW: Final = 20
_SOME: Final = 5
"""Values that a label may have where few entries are recorded."""
_DEPTH: Final = 3
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,63}")
_ID: Final = re.compile(r"\d{5,}|(?=[0-9a-f-]*\d)[0-9a-f-]{8,}", re.IGNORECASE)
_SAYS_WHO: Final = re.compile(
    r"(^|_)(ids?|uuid|guid|uid|url|uri|path|ip|host|hostname|pod|node|token|trace|span|version|time|date|ts|timestamp|"
    r"caller|file|line|logger|user|username|customer|account|email|mail|address|msg|message|level|level_value|levelno|severity|severity_number|stack|"
    r"stacktrace|name|pid|thread|port|year|function|env|environment|service|app|insert)$"
)
"""Ends of a key whose values name one thing or person, or say the same in every line."""
_TAKES: Final = re.compile(r"(^|_)(response|request|elapsed|processing|execution|upstream|run|wait|total|query)_time$")
"""Ends of a key whose values say how long something took."""
_SAYS_WHAT: Final = re.compile(
    r"(^|_)(code|reason|status|outcome|result|kind|type|method|error|cause|state|provider|operation|action|currency)$"
)
_UNITS: Final = (
    (r"(_|^)(ms|millis|milliseconds|msec)$", "ms"),
    (r"(_|^)(us|micros|microseconds)$", "us"),
    (r"(_|^)(ns|nanos|nanoseconds)$", "ns"),
    (r"(_|^)(s|sec|secs|seconds)$", "s"),
    (r"(_|^)(bytes|size)$", "By"),
    (r"(_|^)(percent|pct)$", "%"),
)
_SUFFIXES: Final = {
    "ms": "ms", "us": "us", "µs": "us", "ns": "ns", "s": "s", "sec": "s", "seconds": "s",
    "bytes": "By", "B": "By", "%": "%",
}  # fmt: skip
_MEANS: Final = {"ms": "duration", "us": "duration", "ns": "duration", "s": "duration", "By": "size"}
"""What a number of a unit is called where no key names it."""
_WITH_UNIT: Final = re.compile(r"(-?\d+(?:\.\d+)?)\s?(ms|us|µs|ns|s|B)")
_LOGURU: Final = "jsonPayload.record.message"
_EXTRA: Final = ("jsonPayload", "record", "extra")
"""Where loguru puts what the application adds; it fills the rest of a record itself."""
_STATUS: Final = re.compile(r"(^|_)(status|code)(_code)?$")


def labels_of(entries: Sequence[JsonObject], message_path: str, form: Form | None) -> dict[str, Extract]:
    """Return labels that every entry has, the most telling first; `message_path` leads to the text that has a form."""
    found = {**_from_form(entries, message_path, form, label=True), **_from_fields(entries, message_path, label=True)}
    ranked = sorted(found, key=lambda name: (_SAYS_WHAT.search(name) is None, list(found).index(name)))
    return {name: found[name] for name in ranked[:MOST_LABELS]}


def measures_of(entries: Sequence[JsonObject], message_path: str, form: Form | None) -> dict[str, Extract]:
    """Return numbers that every entry has, those with a unit first."""
    found = {**_from_form(entries, message_path, form, label=False), **_from_fields(entries, message_path, label=False)}
    ranked = sorted(found, key=lambda name: (found[name].unit == "1", list(found).index(name)))
    return {name: found[name] for name in ranked[:MOST_MEASURES]}


def seen(entries: Sequence[JsonObject], extract: Extract) -> tuple[str, ...]:
    """Return the values that entries have, each once."""
    return tuple(dict.fromkeys(value for entry in entries if (value := extract.read(entry)) is not None))


def plain_name(text: str) -> str:
    """Return a key as a name with underscores: `errorCode` is `error_code`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def flat(value: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the path and value of each member that is no object and no list."""
    for key, held in value.items():
        if isinstance(held, dict) and len(above) < _DEPTH:
            yield from flat(cast("JsonObject", held), (*above, key))
        elif not isinstance(held, dict | list):
            yield (*above, key), held


def _from_fields(entries: Sequence[JsonObject], message_path: str, *, label: bool) -> dict[str, Extract]:
    found: dict[str, Extract] = {}
    for path, value in _members(entries[0]):
        written = lql.path(lql.FieldPath(path))
        name = _name(path)
        if not name or name in found or written == message_path or (message_path == _LOGURU and path[:3] != _EXTRA):
            continue
        extract = _extract(written, name, value, label=label)
        if extract is not None and _fits(entries, extract, label=label):
            found[name] = extract
    return found


def _members(entry: JsonObject) -> Iterator[tuple[tuple[str, ...], object]]:
    for payload in ("jsonPayload", "httpRequest"):
        if isinstance(held := entry.get(payload), dict):
            yield from flat(held, (payload,))
    proto = entry.get("protoPayload")
    if isinstance(proto, dict) and isinstance(status := proto.get("status"), dict):
        yield from flat(status, ("protoPayload", "status"))


def _name(path: tuple[str, ...]) -> str:
    name = plain_name(path[-1])
    if path[0] == "httpRequest":
        return {"request_method": "method", "status": "status", "latency": "latency"}.get(name, "")
    return name if re.match(r"[a-z]", name) else ""


def _extract(path: str, name: str, value: object, *, label: bool) -> Extract | None:
    return _label(path, name, value) if label else _measure(path, name, value)


def _label(path: str, name: str, value: object) -> Extract | None:
    if isinstance(value, bool):
        return Extract(path=path, values=("false", "true"))
    if _SAYS_WHO.search(name) or not (isinstance(value, str) or (isinstance(value, int) and _STATUS.search(name))):
        return None
    return Extract(path=path)


def _measure(path: str, name: str, value: object) -> Extract | None:
    if isinstance(value, bool) or _STATUS.search(name) or _names_one(name):
        return None
    if isinstance(value, int | float):
        return Extract(path=path, unit=_unit(name) or "1")
    if isinstance(value, str) and (found := _WITH_UNIT.fullmatch(value)):
        return Extract(path=path, pattern=rf"^({NUMBER})\s?{found[2]}$", unit=_SUFFIXES[found[2]])
    return None


def _names_one(name: str) -> bool:
    return bool(_SAYS_WHO.search(name)) and not _unit(name) and not _TAKES.search(name)


def _from_form(
    entries: Sequence[JsonObject], message_path: str, form: Form | None, *, label: bool
) -> dict[str, Extract]:
    found: dict[str, Extract] = {}
    for number, piece in enumerate(form.pieces if form is not None else ()):
        if not piece.varies or form is None:
            continue
        name = plain_name(piece.key) or "value"
        made = (
            _label_at(message_path, form, number, name)
            if label
            else _measure_at(entries, message_path, form, number, name)
        )
        if made is not None and made.unit in _MEANS and not piece.keyed:
            name = _MEANS[made.unit]
        if made is not None and name not in found and re.match(r"[a-z]", name) and _fits(entries, made, label=label):
            found[name] = made
    return found


def _label_at(message_path: str, form: Form, number: int, name: str) -> Extract | None:
    if _SAYS_WHO.search(name) or (form.pieces[number].pattern == NUMBER and not _STATUS.search(name)):
        return None
    return Extract(path=message_path, pattern=form.pattern(number))


def _measure_at(entries: Sequence[JsonObject], message_path: str, form: Form, number: int, name: str) -> Extract | None:
    piece, pattern = form.pieces[number], form.pattern(number)
    if piece.pattern == NUMBER:
        after = form.pieces[number + 1].text if number + 1 < len(form.pieces) else ""
        unit = _suffix(after) or _unit(name)
        if _STATUS.search(name) or (not unit and (_names_one(name) or not piece.keyed)):
            return None  # a number that neither a unit nor a key explains is an id as often as not
        return Extract(path=message_path, pattern=pattern, unit=unit or "1")
    with_unit = [_WITH_UNIT.fullmatch(value) for value in seen(entries, Extract(path=message_path, pattern=pattern))]
    suffixes = {one[2] if one else "" for one in with_unit}
    if len(suffixes) != 1 or "" in suffixes:
        return None
    suffix = suffixes.pop()
    inner = pattern.replace(f"({piece.pattern})", rf"({NUMBER})\s?{suffix}")
    return Extract(path=message_path, pattern=inner, unit=_SUFFIXES[suffix])


def _fits(entries: Sequence[JsonObject], extract: Extract, *, label: bool) -> bool:
    values = [extract.read(entry) for entry in entries]
    if any(value is None for value in values):
        return False
    texts = cast("list[str]", values)
    if not label:
        return all(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) for text in texts)
    if len(distinct := set(texts)) > min(_FEW, max(_SOME, len(texts) // 2)):
        return False
    return all(_is_label(text) for text in distinct)


def _is_label(text: str) -> bool:
    if re.fullmatch(r"\d{1,3}", text):
        return True
    return bool(_LABEL.fullmatch(text)) and not _ID.search(text) and REDACTED not in text and not sensitive_key(text)


def _unit(name: str) -> str:
    return next((unit for pattern, unit in _UNITS if re.search(pattern, name)), "")


def _suffix(after: str) -> str:
    word = re.match(r"\s?([A-Za-zµ%]+)(?![A-Za-z])", after)
    return _SUFFIXES.get(word[1], "") if word else ""
