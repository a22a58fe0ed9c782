"""A bounded queue before another output: the application never waits for it, and what it loses is counted."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from vigil_telemetry._at_end import at_end
from vigil_telemetry.arguments import shown, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs.base import Output, takes_lines
from vigil_telemetry.outputs.stream import StreamOutput

_BATCH = 200
_AT_END = 5.0
"""Seconds that the normal end of the process waits for what is held."""
_GRACE = 1.0
"""Seconds before the deadline of `close` from which no other line is begun, at most a quarter of the time: the thread
ends the line that it is writing, so that it is known whether that was written.
"""


class QueueOutput:
    """Hands lines to a thread that writes them.

    A full queue drops the newest line and counts it. `flush` waits for the thread until the deadline. The normal end of
    the process writes what is held, for at most 5 seconds; for SIGTERM call `shutdown.flush_at_sigterm`.

    Args:
        output: where the thread writes.
        lines: the most lines held.
        size: the most bytes held.
    """

    @validated
    def __init__(self, output: Output, *, lines: int = 10_000, size: int = 64 << 20) -> None:
        if not takes_lines(output):
            raise TypeError(f"QueueOutput: output is {shown('output', output)}; give an output such as StreamOutput()")
        if lines < 1 or size < 1:
            raise ValueError(f"QueueOutput: lines is {lines} and size is {size}; give 1 or more of each")
        self._output = output
        self._most, self._most_bytes = lines, size
        self._queue: SimpleQueue[bytes | threading.Event] = (
            SimpleQueue()
        )  # its `put` may be interrupted by itself: signal handlers may log
        self._lock = threading.RLock()  # as above
        self._held: deque[bytes] = deque()
        """What the thread has taken off the queue and not begun to write."""
        self._bytes = 0
        self._writing = 0
        self._given_up = 0
        self._closed = self._stopped = False
        self._thread: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forked)

    direct = None
    batches = False

    def write(self, line: bytes) -> None:
        if self._closed or self._queue.qsize() >= self._most or self._bytes + len(line) > self._most_bytes:
            counters.lost(1)
            return
        with self._lock:
            self._bytes += len(line)
            self._queue.put(line)
            if self._thread is None:
                self._start()
        if self._stopped:
            counters.lost(self._take_rest())  # `close` ran meanwhile, in a signal handler or another thread

    def write_many(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self, deadline: float) -> None:
        """Write what is held, for at most `deadline` seconds; what is left then stays held."""
        until = time.monotonic() + deadline
        if self._thread is not None and not self._passed(deadline):
            return
        with contextlib.suppress(Exception):
            self._output.flush(max(until - time.monotonic(), 0.0))

    def close(self, deadline: float) -> None:
        """Take no more lines, write those held for at most `deadline` seconds, and count the rest as lost."""
        until = time.monotonic() + deadline
        patience = deadline - min(_GRACE, deadline / 4)
        self._closed = True
        if isinstance(self._output, StreamOutput):
            self._output.close(patience)
        if self._thread is None:
            self._write_here(until)
        elif not self._passed(patience):
            self._stopped = True
            self._passed(max(until - time.monotonic(), 0.0))
        self._stopped = True
        lost = self._take_rest()
        with self._lock:
            self._given_up, lost = self._writing, lost + self._writing
        if lost:
            counters.lost(lost)

    def _passed(self, seconds: float) -> bool:
        """Return whether the thread writes everything that is queued now within this time, in seconds."""
        done = threading.Event()
        self._queue.put(done)
        return done.wait(seconds)

    def _take_rest(self) -> int:
        """Take every line that nobody has begun to write, and return their number."""
        taken = 0
        for source in (self._held.popleft, self._queue.get_nowait):
            with contextlib.suppress(IndexError, Empty):
                while True:
                    item = source()
                    if isinstance(item, threading.Event):
                        item.set()
                    else:
                        taken += 1
        return taken

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="vigil-telemetry", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return  # no thread can start, or the interpreter ends: `close` writes the held lines
        self._thread = thread
        at_end(self._end)

    def _end(self) -> None:
        """Write what is held at the normal end of the process, where nobody has closed the output."""
        if not self._closed:
            from vigil_telemetry.notices import report  # noqa: PLC0415 - it writes to outputs, so it is loaded after them

            report()
            self.close(_AT_END)

    def _write_here(self, until: float) -> None:
        """Write what is held in the thread that closes, since there is no other."""
        while time.monotonic() < until:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return
            if not isinstance(item, threading.Event):
                self._held.append(item)
                self._write_held()

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            mark: threading.Event | None = None
            while not isinstance(item, threading.Event):
                self._held.append(item)
                if len(self._held) >= _BATCH:
                    break
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
            else:
                mark = item
            self._write_held()
            if self._stopped:
                counters.lost(self._take_rest())
            elif self._queue.empty():
                counters.regained()
            if mark is not None:
                mark.set()

    def _write_held(self) -> None:
        while lines := self._begun():
            try:
                if self._output.batches:
                    self._output.write_many(lines)
                else:
                    self._output.write(lines[0])
                lost = 0
            except BaseException:  # noqa: BLE001 - whatever the output does, the thread continues
                lost = len(lines)
            with self._lock:
                self._writing, given_up, self._given_up = 0, self._given_up, 0
            if lost != given_up:  # `close` has counted what was under way at its deadline
                counters.lost(lost - given_up)

    def _begun(self) -> list[bytes]:
        """Return the next lines, which are being written from now on; none where `close` has stopped that."""
        with self._lock:
            lines: list[bytes] = []
            with contextlib.suppress(IndexError):  # `close` may take them meanwhile
                while not self._stopped and len(lines) < (_BATCH if self._output.batches else 1):
                    lines.append(self._held.popleft())
            self._writing = len(lines)
            self._bytes -= sum(map(len, lines))
        return lines

    def _forked(self) -> None:
        """A child process has no thread, and what its parent held is the parent's to write."""
        self._queue = SimpleQueue()
        self._lock = threading.RLock()
        self._held = deque()
        self._bytes = self._writing = self._given_up = 0
        self._thread = None
