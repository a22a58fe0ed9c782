"""How the processes of the mixed run are set up: by the environment, as in a container."""

from __future__ import annotations

import logging
import os

from temporalio.runtime import Runtime, TelemetryConfig

from vigil_telemetry import configure
from vigil_telemetry.bridges.stdlib import capture
from vigil_telemetry.instrument.temporal import core_logs

TEMPORAL, LLM, API, QUEUE = (
    os.environ.get(name, "") for name in ("SHOP_TEMPORAL", "SHOP_LLM", "SHOP_API", "SHOP_QUEUE")
)
OTLP = os.environ.get("SHOP_OTLP", "")
"""Where spans and lines go, where the run is traced."""


def trace_to_otlp(service: str) -> None:
    """Spans by OpenTelemetry's SDK, lines by ours, both over OTLP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from vigil_telemetry.bridges import spans
    from vigil_telemetry.outputs import OtlpOutput

    resource = {"gcp.project_id": "shop", "service.name": service, "service.instance.id": f"{service}-1"}
    provider = TracerProvider(resource=Resource(resource))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{OTLP}/v1/traces")))
    configure(
        service=service, version="1", environment="test", project="shop", level="DEBUG", pseudonym_key="shop",
        output=OtlpOutput(OTLP, resource=resource),
    )  # fmt: skip
    spans.enable(provider)


def runtime() -> Runtime:
    """Temporal's core, whose warnings on a busy machine are lines of JSON too."""
    return Runtime(telemetry=TelemetryConfig(logging=core_logs()))


def set_up(service: str) -> None:
    configure(service=service, version="1", environment="test", project="shop", level="DEBUG", pseudonym_key="shop")
    capture()
    if OTLP:
        trace_to_otlp(service)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
