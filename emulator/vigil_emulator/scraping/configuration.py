"""The collector's configuration, as far as the emulator follows it; everything else is refused by name.

One metrics pipeline: `prometheus` receives, `resource` says where the collector is, `googlemanagedprometheus`
writes. `memory_limiter`, `extensions` and `telemetry` are the collector's own affair and change no series;
nor does `batch`, as long as it waits less than a job's interval.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, TypeVar, cast

import msgspec
import yaml

from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.relabel import RelabelRule
from vigil_emulator.scraping.substitution import substituted
from vigil_emulator.times import SECOND

RECEIVER, EXPORTER, RESOURCE, BATCH = "prometheus", "googlemanagedprometheus", "resource", "batch"
HARMLESS: Final = frozenset({"memory_limiter"})
"""Processors that change no series."""

_UNITS: Final = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_DURATION: Final = re.compile(r"(?:\d+(?:y|w|d|h|ms|m|s))+")
_PART: Final = re.compile(r"(\d+)(y|w|d|h|ms|m|s)")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+?)`(?: - at `\$(.*)`)?")
_AT: Final = re.compile(r" - at `\$(.*)`$")
_T = TypeVar("_T")


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the configuration that is read whole."""


class StaticConfig(_Section, frozen=True):
    """Targets, as HOST:PORT, and labels that all of them get."""

    targets: tuple[str, ...] = ()
    labels: dict[str, str] = {}


class BasicAuth(_Section, frozen=True):
    """A name and a password, or the file that holds it, which is read anew for each scrape."""

    username: str = ""
    password: str = ""
    password_file: str = ""


class Authorization(_Section, frozen=True):
    """The `Authorization` header's scheme and credentials, or the file that holds them."""

    type: str = "Bearer"
    credentials: str = ""
    credentials_file: str = ""


class TlsConfig(_Section, frozen=True):
    """Which certificates are trusted."""

    ca_file: str = ""
    insecure_skip_verify: bool = False


class ScrapeJob(_Section, frozen=True):
    """One of `scrape_configs`; names and defaults are Prometheus'."""

    job_name: str
    scrape_interval: str = ""
    scrape_timeout: str = ""
    metrics_path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: dict[str, tuple[str, ...]] = {}
    honor_labels: bool = False
    honor_timestamps: bool = True
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()
    static_configs: tuple[StaticConfig, ...] = ()
    relabel_configs: tuple[RelabelRule, ...] = ()
    metric_relabel_configs: tuple[RelabelRule, ...] = ()
    sample_limit: int = 0

    @property
    def interval(self) -> int:
        """Nanoseconds of the emulator's clock between two scrapes."""
        return duration(self.scrape_interval or "1m")

    @property
    def timeout(self) -> int:
        """Nanoseconds that an endpoint has to answer."""
        return duration(self.scrape_timeout) if self.scrape_timeout else min(duration("10s"), self.interval)


class _Global(_Section, frozen=True):
    scrape_interval: str = "1m"
    scrape_timeout: str = ""


class _Prometheus(_Section, frozen=True, rename={"globally": "global"}):
    scrape_configs: tuple[ScrapeJob, ...] = ()
    globally: _Global = _Global()


class _Receiver(_Section, frozen=True):
    config: _Prometheus
    discovery_reload_on_startup: object = None
    """Every target is scraped at once here, whatever it says."""


class Attribute(_Section, frozen=True):
    """What the resource processor does with one attribute."""

    key: str
    action: Literal["insert", "update", "upsert", "delete"]
    value: str = ""


class _Resource(_Section, frozen=True):
    attributes: tuple[Attribute, ...] = ()


class _Batch(_Section, frozen=True):
    timeout: str = "200ms"
    send_batch_size: object = None
    send_batch_max_size: object = None


class _Extra(_Section, frozen=True):
    enable_target_info: bool = True
    enable_scope_info: bool = True


class _Metric(_Section, frozen=True):
    endpoint: object = None
    use_insecure: object = None
    compression: object = None
    grpc_pool_size: object = None
    add_metric_suffixes: bool = True
    cumulative_normalization: bool = True
    extra_metrics_config: _Extra = _Extra()


class _Exporter(_Section, frozen=True):
    project: str = ""
    metric: _Metric = _Metric()
    user_agent: object = None
    timeout: object = None
    sending_queue: object = None


class _Pipeline(_Section, frozen=True):
    receivers: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()


class _Service(_Section, frozen=True):
    pipelines: dict[str, _Pipeline] = {}
    telemetry: object = None
    extensions: object = None


class _Collector(_Section, frozen=True):
    service: _Service
    receivers: dict[str, object] = {}
    processors: dict[str, object] = {}
    exporters: dict[str, object] = {}
    extensions: object = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What the emulator scrapes, and how the series are written."""

    jobs: tuple[ScrapeJob, ...]
    project: str
    """That receives the series."""
    attributes: tuple[Attribute, ...] = ()
    """Done to each target's resource, in this order."""
    suffixes: bool = True
    """Whether counters get `_total`."""
    normalised: bool = True
    """Whether cumulative series without a start begin at zero with their first scrape."""


def load(text: str, variables: Mapping[str, str]) -> Configuration:
    """Read a configuration in YAML; `variables` is the environment that it names.

    Raises ConfigurationError for whatever the emulator would have to ignore, with the field and what to do instead.
    """
    try:
        document = cast("object", yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - it makes texts, lists and maps
    except yaml.YAMLError as error:
        raise ConfigurationError(f"no YAML: {' '.join(str(error).split())}; mend the file") from error
    collector = _read(_Collector, substituted(document, variables), "")
    name, pipeline = _pipeline(collector.service)
    where = f"service.pipelines.{name}"
    receiver = _only(pipeline.receivers, RECEIVER, f"{where}.receivers")
    exporter = _only(pipeline.exporters, EXPORTER, f"{where}.exporters")
    exported = _exporter(collector, exporter)
    config = _read(_Receiver, _named(collector.receivers, receiver, "receivers"), f"receivers.{receiver}").config
    jobs = _jobs(config, f"receivers.{receiver}.config")
    for processor in pipeline.processors:
        if processor.partition("/")[0] == BATCH:
            _check_batch(_named(collector.processors, processor, "processors"), f"processors.{processor}", jobs)
    return Configuration(
        jobs=jobs,
        project=exported.project,
        attributes=_attributes(collector, pipeline.processors, f"{where}.processors"),
        suffixes=exported.metric.add_metric_suffixes,
        normalised=exported.metric.cumulative_normalization,
    )


def duration(text: str) -> int:
    """Return the nanoseconds of a duration such as `30s` or `1h30m`. Raises ValueError where it is none."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is no duration; write it as 30s, 1m or 1h30m")
    return round(sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)) * SECOND)


def _pipeline(service: _Service) -> tuple[str, _Pipeline]:
    found = [(name, one) for name, one in service.pipelines.items() if name.partition("/")[0] == "metrics"]
    if len(found) != 1:
        raise ConfigurationError(
            f"service.pipelines has {len(found)} metrics pipelines; the emulator runs exactly one: split or join them"
        )
    return found[0]


def _only(names: tuple[str, ...], kind: str, where: str) -> str:
    if len(names) != 1 or names[0].partition("/")[0] != kind:
        raise ConfigurationError(f"{where} is {', '.join(names) or 'empty'}; the emulator takes one {kind} there")
    return names[0]


def _named(sections: Mapping[str, object], name: str, where: str) -> object:
    if name not in sections:
        raise ConfigurationError(f"{where}.{name} is missing: a pipeline names it; add it, or take it out there")
    return sections[name] or {}


def _exporter(collector: _Collector, name: str) -> _Exporter:
    where = f"exporters.{name}"
    found = _read(_Exporter, _named(collector.exporters, name, "exporters"), where)
    if not found.project:
        raise ConfigurationError(f"{where}.project is missing: name the project that receives the series")
    extra = found.metric.extra_metrics_config
    for field in ("enable_target_info", "enable_scope_info"):
        if getattr(extra, field):
            raise ConfigurationError(
                f"{where}.metric.extra_metrics_config.{field} is on, its default, and the emulator does not write such "
                "series; set it to false"
            )
    return found


def _attributes(collector: _Collector, names: tuple[str, ...], where: str) -> tuple[Attribute, ...]:
    found: list[Attribute] = []
    for name in names:
        kind = name.partition("/")[0]
        if kind == RESOURCE:
            section = _named(collector.processors, name, "processors")
            found += _read(_Resource, section, f"processors.{name}").attributes
        elif kind not in HARMLESS and kind != BATCH:
            raise ConfigurationError(
                f"{where} has {name}, which the emulator does not follow; keep metrics and rename labels by"
                " metric_relabel_configs instead"
            )
    return tuple(found)


def _check_batch(section: object, where: str, jobs: tuple[ScrapeJob, ...]) -> None:
    """Two scrapes in one request would be two points of a series, which `timeSeries.create` refuses."""
    timeout = _read(_Batch, section, where).timeout
    try:
        waits = duration(timeout)
    except ValueError as error:
        raise ConfigurationError(f"{where}.timeout: {error}") from None
    for job in jobs:
        if waits >= job.interval:
            raise ConfigurationError(
                f"{where}.timeout is {timeout}, but job {job.job_name} is scraped every {job.scrape_interval}: two"
                " points of one series in a request are refused; make it shorter"
            )


def _jobs(config: _Prometheus, where: str) -> tuple[ScrapeJob, ...]:
    if not config.scrape_configs:
        raise ConfigurationError(f"{where}.scrape_configs is empty: give at least one job")
    found: list[ScrapeJob] = []
    for index, one in enumerate(config.scrape_configs):
        at = f"{where}.scrape_configs[{index}]"
        if one.job_name in {job.job_name for job in found}:
            raise ConfigurationError(f"{at}.job_name is {one.job_name!r} once more; jobs need different names")
        job = msgspec.structs.replace(
            one,
            scrape_interval=one.scrape_interval or config.globally.scrape_interval,
            scrape_timeout=one.scrape_timeout or config.globally.scrape_timeout,
        )
        _check(job, at)
        found.append(job)
    return tuple(found)


def _check(job: ScrapeJob, where: str) -> None:
    for field in ("scrape_interval", "scrape_timeout"):
        try:
            length = duration(getattr(job, field) or "10s")
        except ValueError as error:
            raise ConfigurationError(f"{where}.{field}: {error}") from None
        if not length:
            raise ConfigurationError(f"{where}.{field} is 0: give at least 1s")
    if job.timeout > job.interval:
        raise ConfigurationError(f"{where}.scrape_timeout is longer than scrape_interval; make it shorter")
    if job.basic_auth is not None and job.authorization is not None:
        raise ConfigurationError(f"{where} has basic_auth and authorization; leave one out")
    for field in ("relabel_configs", "metric_relabel_configs"):
        rules = cast("tuple[RelabelRule, ...]", getattr(job, field))
        for index, rule in enumerate(rules):
            rule.check(f"{where}.{field}[{index}]")


def _read(kind: type[_T], value: object, where: str) -> _T:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(_explained(str(error), where)) from None


def _explained(message: str, where: str) -> str:
    unknown = _UNKNOWN.fullmatch(message)
    if unknown is not None:
        path = f"{where}{unknown[2] or ''}.{unknown[1]}".lstrip(".")
        return f"{path} is not followed by the emulator, and ignoring it would change what is scraped; leave it out"
    at = _AT.search(message)
    path = f"{where}{at[1] if at else ''}".lstrip(".") or "the file"
    reason = _AT.sub("", message)
    return f"{path}: {reason[:1].lower()}{reason[1:]}; mend it"
