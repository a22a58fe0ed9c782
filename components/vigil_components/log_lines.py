"""Log entries that other software writes, described so that they can be counted, alerted on and proven like events.

An event of `vigil_telemetry` is its own description. Anybody else's entry is described by a filter that finds it,
extractors that read it, and recorded entries: some that must match, some that come near and must not.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeAlias, cast

from vigil_apimodel import lql, unique_keys
from vigil_apimodel.syntax import quote
from vigil_components.arguments import Identifier, PositiveCount, UnitCode, unknown_name, validated
from vigil_components.sources import Source
from vigil_telemetry import FieldSchema, Role
from vigil_telemetry.arguments import Wanted, shown

Entry: TypeAlias = Mapping[str, object]
"""A LogEntry as `gcloud logging read --format=json` prints it."""

_MANY = 20
"""How many values a label may have that names none."""


@validated
@dataclass(frozen=True, kw_only=True)
class Extract:
    """Reads one value from a log entry: a field, or a part of a field's text."""

    path: str
    """Path of the field, such as `jsonPayload.code` or `protoPayload.methodName`."""
    pattern: str = ""
    """Regular expression (RE2) with one group, which is the value. Default: the whole field is the value."""
    unit: UnitCode = "1"
    """Unit (UCUM) of a number, such as `s` or `By`. Labels have none. Default: a plain number."""
    values: tuple[str, ...] = ()
    """All values that a label can have. Default: they are not known."""
    at_most: PositiveCount = _MANY
    """How many values a label can have where `values` does not say. Default: 20."""
    doc: str = ""
    """What the value means. Default: no description."""

    def __post_init__(self) -> None:
        """Refuse a malformed path, and an expression without exactly one group. Raises ValueError."""
        try:
            lql.field(self.path)
        except ValueError as error:
            raise ValueError(
                f"path is {shown('path', self.path)}; give a field's path, such as 'jsonPayload.code'"
            ) from error
        if self.pattern:
            try:
                groups = re.compile(self.pattern).groups
            except re.error as error:
                raise ValueError(f"Extract: pattern {self.pattern!r} cannot be read: {error}") from error
            if groups != 1:
                raise ValueError(f"Extract: pattern {self.pattern!r} has {groups} groups; put one around the value")

    @property
    def extractor(self) -> str:
        """The extractor as a log-based metric takes it."""
        if self.pattern:
            return f"REGEXP_EXTRACT({self.path}, {quote(self.pattern)})"
        return f"EXTRACT({self.path})"

    def read(self, entry: Entry) -> str | None:
        """Return the value that an entry has, as text; None where it has none."""
        value: object = entry
        for part in lql.field(self.path).segments:
            value = cast("Entry", value).get(part) if isinstance(value, dict) else None
        if value is None or isinstance(value, Mapping | list):
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not self.pattern:
            return text
        found = re.search(self.pattern, text)
        return found[1] if found else None

    def schema(self, name: str, role: Role) -> FieldSchema:
        """Return the value as a field of the entries."""
        label = role is Role.LABEL
        return FieldSchema(
            name=name,
            role=role,
            type=str if label else float,
            values=self.values or None,
            cardinality=(len(self.values) or self.at_most) if label else None,
            unit=None if label else self.unit,
            path=self.path,
            doc=self.doc,
            required=True,
        )


@validated
@dataclass(frozen=True, kw_only=True)
class LogLines:
    """Log entries of one meaning that other software writes.

    It stands wherever an event type does: `ratio(REFUSED, of=RECEIVED)`, `count(KILLED)`, `log_match(IAM_CHANGED)`.
    The source of the alert says whose entries they are; the filter here says which of them. Proofs write the recorded
    entries as if the source had written them, with new times.
    """

    name: Identifier
    """Name, such as `payment.refused`: a part of metric ids. It never changes."""
    doc: str
    """What the entries mean, in one sentence."""
    filter: Annotated[lql.Expr | str, Wanted("a text such as 'severity>=ERROR', in Logging's query language")]
    """Logging query that selects the entries among those of the source, as text or from `vigil_apimodel.lql`."""
    matching: Sequence[Entry]
    """Recorded entries, each of which the filter must match and from each of which every label can be read."""
    near_misses: Sequence[Entry]
    """Recorded entries that look alike and that the filter must not match, at least one."""
    labels: Mapping[str, Extract] = field(default_factory=dict[str, Extract])
    """Labels of the metric by name. Default: none."""
    measures: Mapping[str, Extract] = field(default_factory=dict[str, Extract])
    """Numbers of which distributions can be made, by name. Default: none."""

    def __post_init__(self) -> None:
        """Refuse a filter that cannot be read, and entries that cannot prove anything. Raises ValueError."""
        if not self.doc.strip():
            raise ValueError(f"LogLines {self.name!r}: doc is empty; say in one sentence what the entries mean")
        try:
            lql.parse(self.query)
        except lql.QuerySyntaxError as error:
            raise ValueError(f"LogLines {self.name!r}: filter {self.query!r} cannot be read: {error}") from error
        if not self.query.strip():
            raise ValueError(f"LogLines {self.name!r}: filter is empty, which every entry matches; say what to select")
        for argument, entries in (("matching", self.matching), ("near_misses", self.near_misses)):
            if not entries:
                raise ValueError(
                    f"LogLines {self.name!r}: {argument} is empty; record one or more with "
                    "`gcloud logging read FILTER --format=json --limit=5`"
                )
        twice = sorted(self.labels.keys() & self.measures.keys())
        if twice:
            raise ValueError(f"LogLines {self.name!r}: {', '.join(twice)} is both a label and a measure; rename one")
        self._check_values()

    def _check_values(self) -> None:
        for number, entry in enumerate(self.matching, start=1):
            for name, one in {**self.labels, **self.measures}.items():
                value = one.read(entry)
                if value is None:
                    raise ValueError(
                        f"LogLines {self.name!r}: {name} reads {one.extractor}, which matching entry {number} does not "
                        "have; mend the path or the pattern, or drop the entry"
                    )
                if one.values and value not in one.values:
                    raise ValueError(
                        f"LogLines {self.name!r}: {name} is {value!r} in matching entry {number}, and its values are "
                        f"{', '.join(one.values)}; add it"
                    )
                if name in self.measures and not _numeric(value):
                    raise ValueError(
                        f"LogLines {self.name!r}: {name} is {value!r} in matching entry {number}, which is no number; "
                        "give a pattern with a group around the number"
                    )

    @property
    def query(self) -> str:
        """The filter as text."""
        return self.filter if isinstance(self.filter, str) else lql.render(self.filter)

    @property
    def metric_labels(self) -> tuple[FieldSchema, ...]:
        """The labels that a metric over the entries has."""
        return tuple(one.schema(name, Role.LABEL) for name, one in self.labels.items())

    @property
    def fields(self) -> tuple[FieldSchema, ...]:
        """All labels and measures."""
        return (*self.metric_labels, *(one.schema(name, Role.MEASURE) for name, one in self.measures.items()))

    def expression(self, source: Source) -> lql.Expr:
        """Return the query that selects the entries of a source."""
        return lql.all_of(source.entry_filter, lql.parse(self.query))

    def extractor(self, source: Source, name: str) -> str:  # noqa: ARG002 - the entries stand as they were written
        """Return the extractor of a label or measure. Raises KeyError for a name that is neither."""
        found = {**self.labels, **self.measures}.get(name)
        if found is None:
            raise KeyError(unknown_name(f"{self.name} has no field", name, [*self.labels, *self.measures]))
        return found.extractor

    def document(self) -> dict[str, object]:
        """Return what a proof needs to write such entries, as it stands in the render."""
        return {
            "filter": self.query,
            "matching": [dict(entry) for entry in self.matching],
            "nearMisses": [dict(entry) for entry in self.near_misses],
            "fields": {
                name: {
                    "path": one.path,
                    "pattern": one.pattern,
                    "values": list(one.values),
                    "label": name in self.labels,
                    "unit": one.unit,
                }
                for name, one in {**self.labels, **self.measures}.items()
            },
        }


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _by_line(text: str) -> list[object]:
    lines = enumerate(text.split("\n"), 1)
    return [unique_keys.loads(line, line=number) for number, line in lines if line.strip()]


@validated
def recorded(path: Path | str) -> tuple[Entry, ...]:
    """Read recorded entries from a file: the JSON list that `gcloud logging read --format=json` prints.

    One entry a line is read too. Raises ValueError for a file that holds neither.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ValueError(
            f"recorded: path is {shown('path', str(path))}, which cannot be read ({error}); give the path of a "
            "file that holds what `gcloud logging read FILTER --format=json` prints"
        ) from error
    try:
        found = unique_keys.loads(text) if text.lstrip().startswith("[") else _by_line(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path}: line {error.lineno}: {error.msg}; give what `gcloud logging read FILTER --format=json` prints"
        ) from error
    except ValueError as error:
        raise ValueError(f"{path}, {error}") from error
    entries = cast("list[object]", found)
    if not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"{path} holds no list of log entries; give what `gcloud logging read --format=json` prints")
    return tuple(cast("Entry", entry) for entry in entries)
