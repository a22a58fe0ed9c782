"""The end of a process: held lines are written; lost ones are counted and, if still possible, reported.

A process that has anything to report does so at its normal end, always. One that a signal kills, or that calls
`os._exit`, has no such end: `flush_at_sigterm` gives it one at SIGTERM.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from vigil_telemetry import runtime
from vigil_telemetry._at_end import at_end
from vigil_telemetry.arguments import Seconds, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.notices import report
from vigil_telemetry.outputs.base import Output
from vigil_telemetry.outputs.muted import MutedOutput
from vigil_telemetry.outputs.queue import QueueOutput
from vigil_telemetry.outputs.stream import StreamOutput

_closed: tuple[Output, float] | None = None
"""The output that was closed last, and when its time ends: a second `close` gets no more."""


@validated
def close(deadline: Seconds = 5.0) -> None:
    """Write what the output holds, for at most `deadline` seconds, and count the rest. Never raises.

    Lines after it are lost where there is a queue. Where it was called before for the same output (at SIGTERM, then at
    the normal end), only what is left of the first deadline remains.
    """
    global _closed  # noqa: PLW0603 - one process, one end
    output = runtime.settings().output
    if isinstance(output, MutedOutput):
        output = output.inner
    now = time.monotonic()
    until = now + deadline
    if _closed is not None and _closed[0] is output:
        until = min(until, _closed[1])
    _closed = (output, until)
    with contextlib.suppress(Exception):
        _close(output, max(until - now, 0.0))


def _close(output: Output, deadline: float) -> None:
    if isinstance(output, QueueOutput):
        report()  # into the queue, which never waits
        output.close(deadline)
    elif isinstance(output, StreamOutput):
        output.close(deadline)
        if output.bounded:
            report()
        else:
            _within(deadline, report)
    else:

        def finish() -> None:
            report()
            output.flush(deadline)

        _within(deadline, finish)


def _within(deadline: float, function: Callable[[], None]) -> None:
    """Call a function that may wait for ever: after so many seconds, without waiting for its end."""
    done = threading.Event()

    def run() -> None:
        try:
            with contextlib.suppress(Exception):  # an output of somebody else's may do anything
                function()
        finally:
            done.set()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:
        run()  # the interpreter has ended too far for a thread
    done.wait(deadline)


@validated
def flush_at_sigterm(deadline: Seconds = 5.0) -> None:
    """Close the output at SIGTERM and at the normal end.

    The handler that was there is called after it; the default one ends the process.

    Call it from the main thread, before a server such as uvicorn installs its own handler: that calls this one when
    it has shut down.

    Args:
        deadline: seconds; Cloud Run kills 10 seconds after SIGTERM.

    Raises ValueError outside the main thread, as `signal.signal`.
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
    at_end(lambda: close(deadline))


_owing = 0
"""The process that reports at its end."""


def _owe() -> None:
    """Report at the end of this process, which has something to report."""
    global _owing  # noqa: PLW0603 - one process, one end
    if _owing != os.getpid():
        _owing = os.getpid()
        at_end(close)


counters.owe = _owe
