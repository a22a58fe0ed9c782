"""Metrics of OpenTelemetry's semantic conventions, each in both spellings that it can have in Cloud Monitoring.

`otlp` is what arrives through the Telemetry API: the name and the labels keep their dots, nothing is added.
`exporter` is what the Collector's `googlemanagedprometheus` exporter writes: dots become `_`, the unit is added in
words, a counter ends in `_total`. One application has one of the two, by the way its data travels.

Sources: semantic conventions 1.44.0 (read in opentelemetry-semantic-conventions 0.66b2), those of generative AI 1.41.1,
the last version that had them. Names at the Telemetry API:
https://docs.cloud.google.com/stackdriver/docs/otlp-metrics/overview. The exporter's names:
https://github.com/GoogleCloudPlatform/opentelemetry-operations-go/blob/main/exporter/collector/googlemanagedprometheus/naming.go
"""

from dataclasses import dataclass
from typing import Literal

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType
from vigil_apimodel.metrics.prometheus import PREFIX, exported_counter, exported_label, metric

VERSION = "1.44.0"
"""The version of the conventions that these constants were read in."""

GENAI_VERSION = "1.41.1"
"""The last version with conventions of generative AI; they moved to
https://github.com/open-telemetry/semantic-conventions-genai."""

Instrument = Literal["counter", "updowncounter", "gauge", "histogram"]

_KINDS = {
    "counter": (Kind.CUMULATIVE, ValueType.DOUBLE, "counter"),
    "updowncounter": (Kind.GAUGE, ValueType.DOUBLE, "gauge"),
    "gauge": (Kind.GAUGE, ValueType.DOUBLE, "gauge"),
    "histogram": (Kind.CUMULATIVE, ValueType.DISTRIBUTION, "histogram"),
}
_UNITS = {"s": "seconds", "ms": "milliseconds", "By": "bytes"}


@dataclass(frozen=True, slots=True)
class Convention:
    """One metric of the conventions."""

    name: str
    """As the conventions write it, with dots."""
    otlp: Metric
    """As it is stored where it came through the Telemetry API."""
    exporter: Metric
    """As it is stored where the Collector's exporter for Managed Service for Prometheus wrote it."""


def exported_name(name: str, instrument: Instrument, unit: str) -> str:
    """Return the exporter's name: `_` for dots, the unit in words, `_total` for counters, `_ratio` for parts."""
    words = name.replace(".", "_")
    suffix = _UNITS.get(unit, "ratio" if unit == "1" and instrument == "gauge" else "")
    if suffix and not words.endswith(f"_{suffix}"):
        words += f"_{suffix}"
    return exported_counter(words) if instrument == "counter" else words


def convention(
    name: str,
    instrument: Instrument,
    unit: str,
    *labels: MetricLabel | str,
    description: str,
    source: Source,
) -> Convention:
    """Return a metric in both spellings, one of your own too; `labels` are attributes with their dots.

    An instrumentation may add attributes: `labels_known` is false for both.
    """
    kind, value_type, suffix = _KINDS[instrument]
    found = [label if isinstance(label, MetricLabel) else MetricLabel(label) for label in labels]
    otlp = Metric(
        f"{PREFIX}{name}/{suffix}",
        kind,
        value_type,
        unit,
        source,
        tuple(MetricLabel(exported_label(one.key), one.values, one.value_type, one.description) for one in found),
        ("prometheus_target",),
        description,
        labels_known=False,
        origin=name,
    )
    exporter = metric(
        exported_name(name, instrument, unit),
        "gauge" if instrument == "updowncounter" else instrument,
        source,
        *(MetricLabel(one.key.replace(".", "_"), one.values, one.value_type, one.description) for one in found),
        unit=unit,
        description=description,
        labels_known=False,
    )
    return Convention(name, otlp, exporter)


def _source(area: str, page: str, version: str = VERSION) -> Source:
    root = "https://github.com/open-telemetry/semantic-conventions/blob"
    return Source(f"{root}/v{version}/docs/{area}/{page}.md", version)


_HTTP = _source("http", "http-metrics")
_DATABASE = _source("db", "database-metrics")
_MESSAGING = _source("messaging", "messaging-metrics")
_GENAI = _source("gen-ai", "gen-ai-metrics", GENAI_VERSION)
_PROCESS = _source("system", "process-metrics")
_PYTHON = _source("runtime", "cpython-metrics")

_SERVER = ("http.request.method", "url.scheme", "http.response.status_code", "http.route", "error.type")
_CLIENT = ("http.request.method", "server.address", "server.port", "http.response.status_code", "error.type")
_STATEMENT = ("db.system.name", "db.namespace", "db.operation.name", "db.collection.name", "error.type")
_POOL = ("db.client.connection.pool.name",)
_MESSAGE = ("messaging.system", "messaging.operation.name", "messaging.destination.name", "error.type")
_MODEL = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model")
_GENERATION = (MetricLabel("cpython.gc.generation", ("0", "1", "2")),)

HTTP_SERVER_REQUEST_DURATION = convention(
    "http.server.request.duration", "histogram", "s", *_SERVER, description="Duration of requests served", source=_HTTP
)
HTTP_SERVER_ACTIVE_REQUESTS = convention(
    "http.server.active_requests",
    "updowncounter",
    "{request}",
    "http.request.method",
    "url.scheme",
    description="Requests being served",
    source=_HTTP,
)
HTTP_SERVER_RESPONSE_SIZE = convention(
    "http.server.response.body.size", "histogram", "By", *_SERVER, description="Size of answers' bodies", source=_HTTP
)
HTTP_CLIENT_REQUEST_DURATION = convention(
    "http.client.request.duration", "histogram", "s", *_CLIENT, description="Duration of requests made", source=_HTTP
)
DB_CLIENT_OPERATION_DURATION = convention(
    "db.client.operation.duration",
    "histogram",
    "s",
    *_STATEMENT,
    description="Duration of statements",
    source=_DATABASE,
)
DB_CLIENT_CONNECTION_COUNT = convention(
    "db.client.connection.count",
    "updowncounter",
    "{connection}",
    *_POOL,
    MetricLabel("db.client.connection.state", ("idle", "used")),
    description="Connections of the pool by state",
    source=_DATABASE,
)
DB_CLIENT_CONNECTION_PENDING_REQUESTS = convention(
    "db.client.connection.pending_requests",
    "updowncounter",
    "{request}",
    *_POOL,
    description="Requests that wait for a connection of the pool",
    source=_DATABASE,
)
DB_CLIENT_CONNECTION_TIMEOUTS = convention(
    "db.client.connection.timeouts",
    "counter",
    "{timeout}",
    *_POOL,
    description="Waits for a connection that timed out",
    source=_DATABASE,
)
MESSAGING_SENT = convention(
    "messaging.client.sent.messages",
    "counter",
    "{message}",
    *_MESSAGE,
    description="Messages that a producer tried to send",
    source=_MESSAGING,
)
MESSAGING_CONSUMED = convention(
    "messaging.client.consumed.messages",
    "counter",
    "{message}",
    *_MESSAGE,
    description="Messages that were delivered to the application",
    source=_MESSAGING,
)
MESSAGING_PROCESS_DURATION = convention(
    "messaging.process.duration",
    "histogram",
    "s",
    *_MESSAGE,
    description="Duration of processing a message",
    source=_MESSAGING,
)
MESSAGING_OPERATION_DURATION = convention(
    "messaging.client.operation.duration",
    "histogram",
    "s",
    *_MESSAGE,
    description="Duration of sending or receiving",
    source=_MESSAGING,
)
GENAI_OPERATION_DURATION = convention(
    "gen_ai.client.operation.duration",
    "histogram",
    "s",
    *_MODEL,
    "error.type",
    description="Duration of a model call; the default buckets end at 81.92 s, and longer calls look alike",
    source=_GENAI,
)
GENAI_TOKEN_USAGE = convention(
    "gen_ai.client.token.usage",
    "histogram",
    "{token}",
    *_MODEL,
    MetricLabel("gen_ai.token.type", ("input", "output")),
    description="Tokens of a model call by type",
    source=_GENAI,
)
GENAI_TIME_TO_FIRST_TOKEN = convention(
    "gen_ai.server.time_to_first_token",
    "histogram",
    "s",
    *_MODEL,
    description="Time until a model server's first token",
    source=_GENAI,
)
PROCESS_CPU_TIME = convention(
    "process.cpu.time",
    "counter",
    "s",
    MetricLabel("cpu.mode", ("user", "system")),
    description="Seconds of processor time by mode",
    source=_PROCESS,
)
PROCESS_CPU_UTILIZATION = convention(
    "process.cpu.utilization",
    "gauge",
    "1",
    MetricLabel("cpu.mode", ("user", "system")),
    description="Part of the processors' time that the process took since the last measurement",
    source=_PROCESS,
)
PROCESS_MEMORY_USAGE = convention(
    "process.memory.usage", "updowncounter", "By", description="Physical memory in use", source=_PROCESS
)
PROCESS_MEMORY_VIRTUAL = convention(
    "process.memory.virtual", "updowncounter", "By", description="Committed virtual memory", source=_PROCESS
)
PROCESS_THREADS = convention(
    "process.thread.count", "updowncounter", "{thread}", description="Threads", source=_PROCESS
)
PROCESS_FILE_DESCRIPTORS = convention(
    "process.unix.file_descriptor.count",
    "updowncounter",
    "{file_descriptor}",
    description="File descriptors in use",
    source=_PROCESS,
)
PROCESS_UPTIME = convention("process.uptime", "gauge", "s", description="Seconds since the start", source=_PROCESS)
PYTHON_GC_COLLECTIONS = convention(
    "cpython.gc.collections",
    "counter",
    "{collection}",
    *_GENERATION,
    description="Collections of a generation",
    source=_PYTHON,
)
PYTHON_GC_COLLECTED = convention(
    "cpython.gc.collected_objects",
    "counter",
    "{object}",
    *_GENERATION,
    description="Objects collected in a generation",
    source=_PYTHON,
)
PYTHON_GC_UNCOLLECTABLE = convention(
    "cpython.gc.uncollectable_objects",
    "counter",
    "{object}",
    *_GENERATION,
    description="Objects of a generation that could not be collected",
    source=_PYTHON,
)

CONVENTIONS: tuple[Convention, ...] = tuple(one for one in dict(globals()).values() if isinstance(one, Convention))
"""All of them."""

METRICS: tuple[Metric, ...] = tuple(spelt for one in CONVENTIONS for spelt in (one.otlp, one.exporter))
"""All of them in both spellings."""
