"""The text formats of Prometheus (0.0.4, 1.0.0) and of OpenMetrics (1.0.0), as a scraper reads them: sample by sample.

Sources: https://prometheus.io/docs/instrumenting/exposition_formats/ and Prometheus' own lexers. A parser of a library
is no use here: `prometheus_client` puts samples into families and adds `_total` to counters on the way, while
relabelling must see the names that the endpoint serves, and Temporal's counters have none. The tests compare with it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from vigil_emulator.numerals import count

NAME_LABEL: Final = "__name__"
TEXT_TYPES: Final = {name: name for name in ("counter", "gauge", "histogram", "summary")} | {"untyped": "unknown"}
OPEN_METRICS_TYPES: Final = {
    name: name for name in ("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown")
}
OPEN_METRICS: Final = "application/openmetrics-text"

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*+"
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*"'
_SERIES = rf'(?P<series>(?:{_NAME})?+(?:[ \t]*+\{{(?:[^"{{}}]|{_QUOTED})*+\}})?+)'
_SAMPLE: Final = re.compile(
    rf"[ \t]*{_SERIES}(?<![ \t])(?:(?<=\}})[ \t]*|[ \t]+)(?P<value>[^{{ \t#]+)(?:[ \t]+(?P<time>[^ \t#]+))?"
    r"[ \t]*(?P<exemplar>#[ \t]*\{.*)?"
)
_LABEL: Final = re.compile(
    rf"[ \t]*(?:(?P<name>[a-zA-Z_][a-zA-Z0-9_]*+)|(?P<quoted>{_QUOTED}))[ \t]*(?:=[ \t]*(?P<value>{_QUOTED}))?"
    r"[ \t]*(?P<end>,|$)"
)
_META: Final = re.compile(rf"#[ \t]+(?P<what>HELP|TYPE|UNIT)[ \t]+(?P<name>{_NAME}|{_QUOTED})(?:[ \t](?P<text>.*))?")
_ESCAPE: Final = re.compile(r'\\([\\n"])')


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: its series as it was written, its value, and its time (ns since 1970) where it has one."""

    series: str
    value: float
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """What an exposition says about a family; `kind` is OpenMetrics' word."""

    kind: str = "unknown"
    unit: str = ""


@dataclass(slots=True)
class Exposition:
    """What an endpoint answered."""

    samples: list[Sample] = field(default_factory=list[Sample])
    families: dict[str, Described] = field(default_factory=dict[str, Described])
    problem: str = ""
    """Why reading ended before the end: a scraper then takes nothing of it, but counts what came before."""


def parse(text: str, content_type: str = "") -> Exposition:
    """Read an answer up to its end, or to the first line that its format does not allow."""
    open_metrics = content_type.partition(";")[0].strip().lower() == OPEN_METRICS
    kinds, time = (OPEN_METRICS_TYPES, _seconds) if open_metrics else (TEXT_TYPES, _milliseconds)
    found = Exposition()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if open_metrics and line == "# EOF":
            if any(lines[number:]):
                found.problem = f"line {number + 1}: there is more after # EOF"
            return found
        try:
            if line.lstrip(" \t").startswith("#"):
                _describe(found, line, kinds)
            elif line.strip(" \t\r"):
                found.samples.append(_sample(line.rstrip("\r"), time))
        except ValueError as error:
            found.problem = f"line {number}: {error}"
            return found
    if open_metrics:
        found.problem = "the data does not end with # EOF"
    return found


def labels_of(series: str) -> dict[str, str]:
    """Return the labels of a series as it was written, its name among them. Raises ValueError where it is none."""
    name, brace, inside = series.partition("{")
    labels = {NAME_LABEL: name.strip()} if name.strip() else {}
    for key, value in _pairs(inside.rstrip().removesuffix("}")) if brace else ():
        if key in labels:
            raise ValueError(f"label {key} is there twice")
        labels[key] = value
    if NAME_LABEL not in labels:
        raise ValueError("a sample has no name")
    return labels


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.rstrip(" \t")
    while position < len(text):
        found = _LABEL.match(text, position)
        if found is None:
            raise ValueError(f"no label can be read at {text[position : position + 40]!r}")
        position = found.end()
        key = found["name"] or _unquoted(found["quoted"])
        if found["value"] is not None:
            yield key, _unquoted(found["value"])
        elif found["quoted"] is not None:
            yield NAME_LABEL, key
        else:
            raise ValueError(f"label {key} has no value")


def _sample(line: str, time: Callable[[str], int]) -> Sample:
    found = _SAMPLE.fullmatch(line)
    if found is None or not found["series"]:
        raise ValueError(f"no sample can be read in {line[:60]!r}")
    value, at = found["value"], found["time"]
    if "_" in value:  # Python's float takes it, the format does not
        raise ValueError(f"{value!r} is no number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{value!r} is no number") from None
    return Sample(found["series"], number, None if at is None else time(at))


def _milliseconds(text: str) -> int:
    read = count(text)
    if read is None:
        raise ValueError(f"{text[:40]!r} is no time in milliseconds")
    return read * 1_000_000


def _seconds(text: str) -> int:
    try:
        return int(float(text) * 1000) * 1_000_000
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time in seconds") from None


def _describe(found: Exposition, line: str, kinds: dict[str, str]) -> None:
    meta = _META.fullmatch(line.rstrip("\r"))
    if meta is None:
        return
    name, text = meta["name"], meta["text"] or ""
    if name.startswith('"'):
        name = _unquoted(name)
    before = found.families.get(name, Described())
    if meta["what"] == "TYPE":
        if text not in kinds:
            raise ValueError(f"{text!r} is no type of a metric")
        found.families[name] = Described(kinds[text], before.unit)
    elif meta["what"] == "UNIT":
        if not name.endswith(text):
            raise ValueError(f"the unit {text!r} does not end the name {name}")
        found.families[name] = Described(before.kind, text)
    else:
        found.families[name] = before


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])
