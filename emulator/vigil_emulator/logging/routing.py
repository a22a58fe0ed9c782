"""Where an entry of a project goes: its sinks with their exclusions, its metrics, its log-match conditions.

Rules: docs.cloud.google.com/logging/docs/routing/overview: every sink decides by itself; an exclusion of a sink keeps
an entry from that sink only; project exclusions belong to `_Default`; `_Required` takes audit entries and nothing
keeps them out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, child, children, flag, text, text_map
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.extract import Extractor, extractor
from vigil_emulator.logging.filters import Predicate, compile_expression, parsed
from vigil_emulator.logging.logmetrics import LogMetric
from vigil_emulator.logging.memory import FilterMemory
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.resources import ResourceStore

_AUDIT = (
    'log_id("cloudaudit.googleapis.com/activity") OR log_id("externalaudit.googleapis.com/activity") OR '
    'log_id("cloudaudit.googleapis.com/system_event") OR log_id("externalaudit.googleapis.com/system_event") OR '
    'log_id("cloudaudit.googleapis.com/access_transparency") OR '
    'log_id("externalaudit.googleapis.com/access_transparency")'
)
REQUIRED_FILTER = _AUDIT
DEFAULT_FILTER = " AND ".join(f"NOT {part}" for part in _AUDIT.split(" OR "))
BUCKET_PREFIX = "logging.googleapis.com/"
KINDS = {"logging.sinks", "logging.metrics", "logging.exclusions", "logging.buckets", "monitoring.alertPolicies"}
"""A change of one of these makes a router out of date."""


@dataclass(frozen=True, slots=True, eq=False)
class Sink:
    """A sink: where it sends, and which entries it leaves out."""

    name: str
    destination: str
    exclusions: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LogMatch:
    """A log-match condition of an alert policy."""

    policy: str
    condition: str
    extractors: tuple[tuple[str, Extractor], ...]


Item: TypeAlias = Sink | LogMetric | LogMatch
Rule: TypeAlias = tuple[Item, lql.Expr, tuple[lql.Expr, ...]]
"""An item, its filter, and its exclusions."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What becomes of an entry, and of every entry that looks the same to the filters."""

    items: tuple[Item, ...]
    """What the entry concerns among its own parent's rules."""
    metrics: tuple[tuple[LogMetric, str], ...]
    """Metrics that count it, each with its project."""
    matches: tuple[LogMatch, ...]
    outside: tuple[str, ...]
    """Destinations outside Logging (a topic, a data set, a storage bucket)."""
    lost: tuple[Sink, ...]
    """Sinks to buckets that do not exist."""
    buckets: frozenset[str]
    retention: int
    """The shortest of the buckets, in nanoseconds."""
    lasting: bool
    """Whether nothing but the parent's own rules made it."""


class Router:
    """The rules of one parent (`projects/p`, a folder, an organisation), compiled."""

    def __init__(self, parent: str, resources: ResourceStore, series: SeriesStore) -> None:
        self.parent = parent
        self.problems: dict[str, str] = {}
        """Resources whose filter cannot be evaluated, with the reason: they match nothing."""
        rules: list[Rule] = []
        self._resources = resources
        rules.extend(self._sinks())
        if parent.startswith("projects/"):
            rules.extend(self._metrics(series))
            rules.extend(self._log_matches())
        self.memory: FilterMemory[Item, Course] = FilterMemory(rules)
        self.courses: dict[tuple[Item, ...], Course] = {}
        """What becomes of entries that concern the same items, as far as nothing but these made it."""

    def matching(self, entry: Entry) -> list[Item]:
        """Return the sinks (exclusions applied), metrics and conditions that the entry concerns."""
        return [*self.decided(entry), *self.tried(entry)]

    def decided(self, entry: Entry) -> list[Item]:
        """Return those of them that the memory's key decides about."""
        return [item for item in self.memory.decided(entry) if not _left_out(item, entry)]

    def tried(self, entry: Entry) -> list[Item]:
        """Return those of them that it does not decide about."""
        return [item for item in self.memory.tried(entry) if not _left_out(item, entry)]

    def _legal(self, name: str, filter_text: str) -> lql.Expr | None:
        try:
            expr = parsed(filter_text)
            compile_expression(expr)
        except FilterError as error:
            self.problems[name] = str(error)
            return None
        return expr

    def _sinks(self) -> Iterable[Rule]:
        sinks: dict[str, JsonObject] = {}
        if self.parent.startswith("projects/"):
            sinks = {
                f"{self.parent}/sinks/{name}": {
                    "destination": f"{BUCKET_PREFIX}{self.parent}/locations/global/buckets/{name}",
                    "filter": filter_text,
                }
                for name, filter_text in (("_Required", REQUIRED_FILTER), ("_Default", DEFAULT_FILTER))
            }
        for name in self._resources.names("logging.sinks", self.parent):
            sinks[name] = self._resources.get("logging.sinks", name) or {}
        for name, body in sinks.items():
            filter_text = text(body, "filter")
            expr = None if flag(body, "disabled") else self._legal(name, filter_text)
            if expr is None:
                continue
            excluded = children(body, "exclusions")
            if name.endswith("/sinks/_Default"):
                excluded = [*excluded, *self._resources.list("logging.exclusions", self.parent)]
            exclusions = [
                self._legal(f"{name} (exclusion {text(exclusion, 'name')})", text(exclusion, "filter"))
                for exclusion in excluded
                if not flag(exclusion, "disabled")
            ]
            kept = tuple(exclusion for exclusion in exclusions if exclusion is not None)
            yield Sink(name, text(body, "destination"), tuple(map(compile_expression, kept))), expr, kept

    def _metrics(self, series: SeriesStore) -> Iterable[Rule]:
        project = self.parent.partition("/")[2]
        prefix = f"{self.parent}/metrics/"
        for name in self._resources.names("logging.metrics", self.parent):
            body = self._resources.get("logging.metrics", name) or {}
            try:
                metric = LogMetric(project, unquote(name.removeprefix(prefix)), body, series)
            except (FilterError, ApiError) as error:
                self.problems[name] = str(error)
                continue
            expr = None if metric.disabled else self._legal(name, metric.filter)
            if expr is not None:
                yield metric, expr, ()

    def _log_matches(self) -> Iterable[Rule]:
        for name in self._resources.names("monitoring.alertPolicies", self.parent):
            policy = self._resources.get("monitoring.alertPolicies", name) or {}
            if not flag(policy, "enabled", default=True):
                continue
            for position, condition in enumerate(children(policy, "conditions")):
                match = child(condition, "conditionMatchedLog")
                label = text(condition, "name") or f"{name}/conditions/{position}"
                expr = self._legal(label, text(match, "filter")) if match else None
                if expr is None:
                    continue
                try:
                    extractors = tuple(
                        (key, extractor(value)) for key, value in text_map(match, "labelExtractors").items()
                    )
                except FilterError as error:
                    self.problems[label] = str(error)
                    continue
                yield LogMatch(name, label, extractors), expr, ()


def _left_out(item: Item, entry: Entry) -> bool:
    return isinstance(item, Sink) and bool(item.exclusions) and any(out(entry) for out in item.exclusions)
