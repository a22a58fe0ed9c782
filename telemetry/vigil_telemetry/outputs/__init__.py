"""Where lines go.

A file descriptor (`StreamOutput`), a console for people (`ConsoleOutput`), the Logging API (`GoogleOutput`), OTLP
(`OtlpOutput`).
`QueueOutput` puts a bounded queue before any of them, so that the application never waits.
"""

from vigil_telemetry.outputs.base import Output
from vigil_telemetry.outputs.console import ConsoleOutput
from vigil_telemetry.outputs.google import GoogleOutput
from vigil_telemetry.outputs.otlp import OtlpOutput
from vigil_telemetry.outputs.queue import QueueOutput
from vigil_telemetry.outputs.stream import StreamOutput

__all__ = ["ConsoleOutput", "GoogleOutput", "OtlpOutput", "Output", "QueueOutput", "StreamOutput"]
