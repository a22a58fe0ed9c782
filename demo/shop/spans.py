"""Sends a process's spans over OTLP to the receiver that the environment names.

Google's way is a Collector beside the process, which adds credentials
(https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/overview). The local run names the emulator.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

RECEIVERS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables that name a receiver: https://opentelemetry.io/docs/specs/otel/protocol/exporter/."""
PATIENCE = 5.0
"""Seconds that a process which ends waits for its last spans to be taken. Cloud Run kills it ten seconds after SIGTERM
(https://docs.cloud.google.com/run/docs/container-contract)."""


class MissingSdkError(ImportError):
    """A receiver of spans is named, and OpenTelemetry's SDK is not installed."""


@asynccontextmanager
async def exported_spans(service: str, version: str) -> AsyncGenerator[None]:
    """Make spans inside the block and send them; do nothing, and import nothing, where no receiver is named.

    The SDK reads the sampler (`OTEL_TRACES_SAMPLER`) and more resource attributes (`OTEL_RESOURCE_ATTRIBUTES`)
    itself. Call `vigil_telemetry.configure` before. Raises MissingSdkError.
    """
    if not any(os.environ.get(name) for name in RECEIVERS):
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

        from vigil_telemetry.bridges import spans  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MissingSdkError(
            f"{' or '.join(RECEIVERS)} names a receiver of spans, but OpenTelemetry's SDK is not installed. Remedy: "
            "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http, or unset the variable."
        ) from error

    about = {"service.name": service, "service.version": version, "service.instance.id": f"{service}-{os.getpid()}"}
    if project := os.environ.get("GOOGLE_CLOUD_PROJECT"):
        about["gcp.project_id"] = project
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    spans.enable(provider)
    try:
        yield
    finally:
        spans.disable()
        last = threading.Thread(target=provider.shutdown, daemon=True)
        last.start()
        await asyncio.to_thread(last.join, PATIENCE)
