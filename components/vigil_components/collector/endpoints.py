"""Where metrics are scraped: what each endpoint serves, how often it may be scraped, and how it knows its caller."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from vigil_apimodel.json_fields import Fields
from vigil_apimodel.metrics import Metric, supabase, temporal_cloud, temporal_sdk
from vigil_components.arguments import Name, PositiveCount, validated
from vigil_telemetry.arguments import offer

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")


@validated
@dataclass(frozen=True, kw_only=True)
class Credential:
    """A secret that the collector presents."""

    variable: Name
    """Environment variable that it reads."""
    secret: Name
    """Id of the Secret Manager secret behind it, such as `supabase-metrics-key`: never its value."""


@offer("an endpoint such as SupabaseEndpoint(project=..., secret=...)")
@runtime_checkable
class Endpoint(Protocol):
    """One scrape job."""

    @property
    def job(self) -> str:
        """The job's name, unique in a collector."""
        ...

    @property
    def serves(self) -> frozenset[Metric]:
        """Everything that it serves."""
        ...

    @property
    def credential(self) -> Credential | None:
        """What it asks of its caller."""
        ...

    def scrape(self, metrics: Sequence[Metric]) -> Fields:
        """Return the scrape config without job name and relabelling; `metrics` are those in use, sorted by type."""
        ...


@validated
@dataclass(frozen=True, kw_only=True)
class SupabaseEndpoint:
    """The metrics of a Supabase project: basic authentication with a secret API key, refreshed once a minute.

    Source: https://supabase.com/docs/guides/telemetry/metrics (the endpoint is beta).
    """

    project: str
    """Reference of the project, `REFERENCE` in https://REFERENCE.supabase.co."""
    secret: Name
    """Id of the Secret Manager secret with an `sb_secret_...` key made for this alone.

    The key bypasses row level security.
    """
    replicas: tuple[str, ...] = ()
    """Identifiers of read replicas, which have their own hosts. Default: none."""
    hosts: tuple[str, ...] = ()
    """HOST:PORT of a stand-in on one machine. Default: Supabase's own."""
    scheme: str = "https"
    """`https`, or `http` for a stand-in. Default: https."""

    def __post_init__(self) -> None:
        """Refuse what is no project reference. Raises ValueError."""
        for name, value in (("project", self.project), *(("replicas", one) for one in self.replicas)):
            if not re.fullmatch(r"[a-z0-9-]{1,63}", value):
                raise ValueError(
                    f"SupabaseEndpoint.{name} is {value!r}: give the reference in the project's address, "
                    "https://REFERENCE.supabase.co"
                )
        _check_place("SupabaseEndpoint", self.scheme, self.hosts)

    @property
    def job(self) -> str:
        """The name of the scrape job, `supabase-PROJECT`."""
        return f"supabase-{self.project}"

    @property
    def serves(self) -> frozenset[Metric]:
        """The listed metrics of Supabase."""
        return frozenset(supabase.METRICS)

    @property
    def credential(self) -> Credential:
        """The secret API key."""
        return Credential(variable=_variable(self.job, "KEY"), secret=self.secret)

    def scrape(self, metrics: Sequence[Metric]) -> Fields:  # noqa: ARG002 - the endpoint takes no selection
        """Return a job that scrapes once a minute: more often brings the same values again."""
        hosts = self.hosts or tuple(f"{one}.supabase.co" for one in (self.project, *self.replicas))
        return {
            "scheme": self.scheme,
            "metrics_path": "/customer/v1/privileged/metrics",
            "scrape_interval": "60s",
            "scrape_timeout": "30s",
            "honor_timestamps": False,
            "basic_auth": {"username": "service_role", "password": f"${{env:{self.credential.variable}}}"},
            "static_configs": [{"targets": list(hosts)}],
        }


@validated
@dataclass(frozen=True, kw_only=True)
class TemporalCloudEndpoint:
    """Temporal Cloud's OpenMetrics endpoint, version 1, for some namespaces of an account.

    Source: https://docs.temporal.io/cloud/metrics/openmetrics/api-reference
    """

    namespaces: tuple[Name, ...]
    """Namespaces to watch, such as `("prod.a1b2c",)`."""
    secret: Name
    """Id of the Secret Manager secret with the API key of a service account of the role "Metrics Read-Only"."""
    interval_seconds: int = 30
    """Seconds between two scrapes, at least 20. Default: 30.

    All callers of an account together may ask 180 times an hour. Where two stacks watch one account, give each 60.
    """
    host: str = "metrics.temporal.io"
    """HOST or HOST:PORT of a stand-in on one machine. Default: Temporal's own."""
    scheme: str = "https"
    """`https`, or `http` for a stand-in. Default: https."""

    def __post_init__(self) -> None:
        """Refuse an empty selection and a rate that the account does not allow. Raises ValueError."""
        if not self.namespaces:
            raise ValueError("TemporalCloudEndpoint.namespaces is empty: name those to watch, such as ('prod.a1b2c',)")
        if self.interval_seconds < 20:  # noqa: PLR2004 - 180 requests an hour
            raise ValueError(
                f"TemporalCloudEndpoint.interval_seconds is {self.interval_seconds}: the account takes 180 requests an "
                "hour, one in 20 seconds; give 30, or 60 where two stacks share the account"
            )
        _check_place("TemporalCloudEndpoint", self.scheme, (self.host,))

    @property
    def job(self) -> str:
        """The name of the scrape job, `temporal-cloud`."""
        return "temporal-cloud"

    @property
    def serves(self) -> frozenset[Metric]:
        """Temporal Cloud's metrics of version 1."""
        return frozenset(temporal_cloud.METRICS)

    @property
    def credential(self) -> Credential:
        """The API key."""
        return Credential(variable=_variable(self.job, "KEY"), secret=self.secret)

    def scrape(self, metrics: Sequence[Metric]) -> Fields:
        """Return the scrape job. It requests only metrics and namespaces in use: an answer has at most 30,000 points.

        `honor_timestamps` is set because values are three minutes old when they are served.
        """
        params = {"metrics": [series_name(one) for one in metrics], "namespaces": sorted(self.namespaces)}
        return {
            "scheme": self.scheme,
            "metrics_path": "/v1/metrics",
            "params": params,
            "scrape_interval": f"{self.interval_seconds}s",
            "scrape_timeout": f"{min(self.interval_seconds, 30)}s",
            "honor_timestamps": True,
            "authorization": {"type": "Bearer", "credentials": f"${{env:{self.credential.variable}}}"},
            "static_configs": [{"targets": [self.host]}],
        }


@validated
@dataclass(frozen=True, kw_only=True)
class TemporalWorkersEndpoint:
    """Workers whose SDK serves its metrics (`PrometheusConfig(bind_address=...)`) where the collector reaches them.

    On Cloud Run a worker pool has no address: use a sidecar there (docs/collector.md). This is for your own hosts and
    for one machine.
    """

    targets: tuple[str, ...]
    """HOST:PORT of each worker."""
    job: Name = "temporal-workers"
    """Name of the scrape job, unique in a collector. Default: `temporal-workers`."""
    interval_seconds: PositiveCount = 30
    """Seconds between two scrapes. Default: 30."""

    def __post_init__(self) -> None:
        """Refuse what is no HOST:PORT. Raises ValueError."""
        if not self.targets:
            raise ValueError("TemporalWorkersEndpoint.targets is empty: give HOST:PORT of each worker")
        _check_place("TemporalWorkersEndpoint", "http", self.targets)

    @property
    def serves(self) -> frozenset[Metric]:
        """The SDK's metrics, by whichever name they arrive."""
        return frozenset(temporal_sdk.METRICS)

    @property
    def credential(self) -> None:
        """None: the SDK's endpoint asks nobody who they are."""
        return

    def scrape(self, metrics: Sequence[Metric]) -> Fields:  # noqa: ARG002 - the endpoint takes no selection
        """Return a job that scrapes over plain HTTP inside the network."""
        return {
            "scheme": "http",
            "metrics_path": "/metrics",
            "scrape_interval": f"{self.interval_seconds}s",
            "scrape_timeout": "10s",
            "honor_timestamps": False,
            "static_configs": [{"targets": list(self.targets)}],
        }


def series_name(metric: Metric) -> str:
    """Return the name of a Prometheus metric at the origin, out of its type `prometheus.googleapis.com/NAME/SHAPE`."""
    return metric.type.split("/")[1]


_SUFFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"histogram": ("_bucket", "_count", "_sum"), "gauge": ("",), "unknown": ("",)}
)
"""By shape, all but the counter's."""


def sample_names(metric: Metric) -> tuple[str, ...]:
    """Return the names of the samples that make up a metric in a scrape.

    A counter may be served with or without `_total`: the exporter adds it where it is missing
    (opentelemetry-operations-go, `naming_test.go`: "normal sum without total adds _total").
    """
    shape = metric.type.rpartition("/")[2]
    if shape == "counter":
        bare = metric.origin.removesuffix("_total")
        return (bare, f"{bare}_total")
    return tuple(f"{metric.origin}{suffix}" for suffix in _SUFFIXES[shape])


def _variable(job: str, part: str) -> str:
    return f"{job}_{part}".upper().replace("-", "_")


def _check_place(endpoint: str, scheme: str, hosts: Sequence[str]) -> None:
    if scheme not in {"http", "https"}:
        raise ValueError(f"{endpoint}.scheme is {scheme!r}: give 'https' (or 'http' on one machine)")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(f"{endpoint}: {host!r} is no host; give HOST or HOST:PORT, without scheme and path")
