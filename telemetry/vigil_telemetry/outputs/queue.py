"""A bounded queue before another output: the application never waits for it, and what it loses is counted."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from vigil_telemetry.counters import counters
from vigil_telemetry.outputs.base import Output
from vigil_telemetry.outputs.stream import StreamOutput

_BATCH = 200
_GRACE = 1.0
"""Seconds for the thread to give up, line by line, what its output does not take after the deadline."""


class QueueOutput:
    """Hands lines to a thread that writes them.

    A full queue drops the newest line and counts it. `flush` (at SIGTERM: `shutdown.flush_at_sigterm`) waits for the
    thread until the deadline, and
    counts what is left.

    Args:
        output: where the thread writes.
        lines: the most lines held.
        size: the most bytes held.
    """

    def __init__(self, output: Output, *, lines: int = 10_000, size: int = 64 << 20) -> None:
        self._output = output
        self._most, self._most_bytes = lines, size
        self._queue: SimpleQueue[bytes | threading.Event] = (
            SimpleQueue()
        )  # its `put` may be interrupted by itself: signal handlers may log
        self._lock = threading.RLock()  # as above
        self._bytes = 0
        self._writing = 0
        self._closed = False
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

    def write_many(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self, deadline: float) -> None:
        if self._thread is None:
            return
        done = threading.Event()
        self._queue.put(done)
        if done.wait(deadline):
            self._output.flush(deadline)

    def close(self, deadline: float) -> None:
        """Takes no more lines, writes those held for at most `deadline` seconds, and counts the rest as lost."""
        self._closed = True
        if isinstance(self._output, StreamOutput):
            self._output.close(deadline)
        if self._thread is not None:
            done = threading.Event()
            self._queue.put(done)
            if done.wait(deadline + _GRACE):
                return
        left = self._writing  # the output hangs: what the thread holds is lost, and all that waits behind it
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
            left += isinstance(item, bytes)
        if left:
            counters.lost(left)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="vigil-telemetry", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            lines, mark = [item], None
            while len(lines) < _BATCH:
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
                if isinstance(item, threading.Event):
                    mark = item
                    break
                lines.append(item)
            self._writing = len(lines)
            with self._lock:
                self._bytes -= sum(map(len, lines))
            if self._output.batches:
                self._output.write_many(lines)
                self._writing = 0
            else:
                for line in lines:
                    self._output.write(line)
                    self._writing -= 1
            if mark is not None:
                mark.set()

    def _forked(self) -> None:
        """A child process has no thread, and what its parent held is the parent's to write."""
        self._queue = SimpleQueue()
        self._lock = threading.RLock()
        self._bytes = self._writing = 0
        self._thread = None
