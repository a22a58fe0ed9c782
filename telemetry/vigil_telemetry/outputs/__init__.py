"""Where lines go: a file descriptor (`stream`), a console for people (`console`), the Logging API (`google`), each also through a bounded queue (`queue`)."""

from vigil_telemetry.outputs.base import Output
from vigil_telemetry.outputs.stream import StreamOutput

__all__ = ["Output", "StreamOutput"]
