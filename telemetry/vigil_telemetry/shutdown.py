"""The end of a process: what is held is written, what is lost is counted and, where that is still possible, told."""

from __future__ import annotations

import atexit
import os
import signal
from types import FrameType

from vigil_telemetry import runtime
from vigil_telemetry.notices import report
from vigil_telemetry.outputs.muted import MutedOutput
from vigil_telemetry.outputs.queue import QueueOutput
from vigil_telemetry.outputs.stream import StreamOutput


def close(deadline: float = 5.0) -> None:
    """Writes what the output holds, for at most `deadline` seconds, and counts the rest.

    Lines after it are lost where there is a queue.
    """
    output = runtime.settings().output
    report()
    if isinstance(output, MutedOutput):
        output = output.inner
    if isinstance(output, QueueOutput | StreamOutput):
        output.close(deadline)
    else:
        output.flush(deadline)


def flush_at_sigterm(deadline: float = 5.0) -> None:
    """Closes the output at SIGTERM and at the normal end.

    The handler that was there is called after it; the default one ends the process.

    Call it from the main thread, before a server such as uvicorn installs its own handler: that calls this one when
    it has shut down.

    Args:
        deadline: seconds; Cloud Run kills 10 seconds after SIGTERM.

    Raises:
        ValueError: outside the main thread, as `signal.signal`.
    """
    before = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        close(deadline)
        if callable(before):
            before(number, frame)
        elif before != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, handle)
    atexit.register(close, deadline)
