"""One synchronous write per line to a file descriptor, whole also where processes share a pipe.

A pipe takes up to PIPE_BUF bytes (4,096) in one piece; a longer line is written in parts where the pipe has no room
for it, and lines of other processes get in
between. Therefore, on a pipe, every line is written under a record lock on the pipe itself (which the kernel gives
back if the process dies), and a long one only
once the pipe has room for all of it: then the kernel takes it in one piece, and no signal can stop it halfway.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import stat
import struct
import termios
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from vigil_telemetry.arguments import Constraint, Seconds, Wanted, validated
from vigil_telemetry.counters import counters

Descriptor: TypeAlias = Annotated[
    int,
    Wanted("the number of an open descriptor, such as 1 for standard output"),
    Constraint(lambda value: value >= 0, "give the number of an open descriptor, such as 1 for standard output"),
]
"""A file descriptor."""

_PAGE = 4096
_WANTED = 1 << 20
"""Capacity asked for: Linux's default limit for a process without privileges (`/proc/sys/fs/pipe-max-size`)."""
_F_SETPIPE_SZ, _F_GETPIPE_SZ = 1031, 1032  # linux/fcntl.h; the `fcntl` module has them on Linux only
_WAIT_FIRST, _WAIT_MOST = 0.0002, 0.01


class StreamOutput:
    """Writes lines to a file descriptor, by default standard output.

    Args:
        fd: an open descriptor; it stays the caller's.
        patience: seconds that a line waits for a stalled reader of a pipe before it is dropped and counted; None
            waits for ever.
        alone: promises that no other process writes to the pipe; then no lock between processes is taken, which is most
            of what a line to a pipe costs.

    Raises TypeError for a stream in place of its descriptor, and ValueError for a negative number.
    """

    batches = False

    @validated
    def __init__(self, fd: Descriptor = 1, *, patience: Seconds | None = None, alone: bool = False) -> None:
        self._fd = fd
        self._alone = alone
        self._patience = patience
        self._lock = threading.RLock()
        self._busy = False
        self._pending: deque[bytes] = deque()
        self._capacity = 0
        self._free = 0
        """Bytes that the pipe takes for certain, where no other process writes to it."""
        self._until: float | None = None
        self._torn = False
        """Whether the last line ends in its middle: the next one begins with a newline."""
        self._pipe = _is_pipe(fd)
        if self._pipe:
            self._capacity = _enlarged(fd)
            os.register_at_fork(after_in_child=self._forked)

    @property
    def direct(self) -> int | None:
        return None if self._pipe else self._fd

    @property
    def bounded(self) -> bool:
        """Whether a line ends by the deadline of `close` though nobody reads: not on a terminal or socket."""
        return self._pipe or _is_file(self._fd)

    def write(self, line: bytes) -> None:
        if not self._pipe:
            self._guarded(line)
            return
        with self._lock:
            if self._busy:
                self._pending.append(line)  # a signal handler, in the middle of a write of this thread
                return
            following: bytes | None = line
            while following is not None:
                self._busy = True
                try:
                    self._shared(following)
                finally:
                    self._busy = False
                following = self._pending.popleft() if self._pending else None

    def write_many(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self, deadline: float) -> None:
        """Do nothing: nothing is held."""

    def close(self, deadline: float) -> None:
        """Close: from the deadline on, no line waits for a stalled reader any more; it is dropped and counted."""
        self._until = time.monotonic() + deadline

    def _shared(self, line: bytes) -> None:
        try:
            if self._alone:
                size = len(line)
                if size > self._free:  # nobody else fills the pipe: what was free is free until we fill it
                    if not self._has_room(line):
                        counters.lost(1)
                        return
                    self._free = (self._capacity // _PAGE - 2) * _PAGE // 2 - _queued(self._fd)
                self._free -= size
                if self._written(line):
                    return
            elif self._locked():
                try:
                    if self._has_room(line) and self._written(line):
                        return
                finally:
                    with contextlib.suppress(OSError):
                        fcntl.lockf(self._fd, fcntl.LOCK_UN)
        except OSError:
            pass
        except BaseException:
            counters.lost(1)  # the application's own signal handler raised while the line was waiting
            raise
        counters.lost(1)

    def _guarded(self, line: bytes) -> None:
        try:
            if self._torn:
                line, self._torn = b"\n" + line, False
            written = self._all(line)
        except OSError:
            written = False
        if not written:
            counters.lost(1)

    def _locked(self) -> bool:
        """Take the lock that all processes take which write to a pipe by this module.

        False where patience ends before.

        It is asked for again and again, since a wait inside the kernel would go on after SIGTERM.
        """
        wait, started = _WAIT_FIRST, 0.0
        while True:
            try:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                started = started or time.monotonic()
                if self._over(started):
                    return False
                time.sleep(wait)
                wait = min(wait * 2, _WAIT_MOST)
            except OSError:
                return True  # the system has no locks on pipes
            else:
                return True

    def _over(self, started: float) -> bool:
        """Return whether a line that began to wait then has waited long enough."""
        now = time.monotonic()
        return (self._patience is not None and now - started > self._patience) or (
            self._until is not None and now > self._until
        )

    def _has_room(self, line: bytes) -> bool:
        """Wait until the pipe takes the whole line at once; False where patience ends.

        For a line longer than the pipe there is never room: it is written piece by piece.
        """
        free = self._spare_pages(line)
        if free < 0:
            return True
        wait, started = _WAIT_FIRST, 0.0
        while _queued(self._fd) * 2 > free * _PAGE:
            started = started or time.monotonic()
            if self._over(started):
                return False
            time.sleep(wait)
            wait = min(wait * 2, _WAIT_MOST)
        return True

    def _spare_pages(self, line: bytes) -> int:
        """Pages of the pipe that are left beside the line; negative where the line is longer than the pipe."""
        # a page holds the end of one write and the start of the next, so that two neighbours hold more than one
        # page's worth
        pages = -(-len(line) // _PAGE) + 1
        return self._capacity // _PAGE - pages - 2

    def _written(self, line: bytes) -> bool:
        """Write a line that the pipe has room for; a longer one piece by piece, until patience ends."""
        if self._torn:
            line = b"\n" + line
            self._torn = False
        if self._spare_pages(line) >= 0:
            return self._all(line)
        view, since = memoryview(line), time.monotonic()
        while view:
            # a pipe that is ready takes so many bytes without waiting
            if select.select([], [self._fd], [], _WAIT_MOST)[1]:
                view, since = view[os.write(self._fd, view[: select.PIPE_BUF]) :], time.monotonic()
            elif self._over(since):
                self._torn = len(view) < len(line)
                return False
        return True

    def _all(self, line: bytes) -> bool:
        """Write the line to its end; False where patience ends before.

        Raises OSError where the descriptor takes no more (a full disk, a reader that is gone).
        """
        view, since = memoryview(line), 0.0
        while view:
            try:
                view, since = view[os.write(self._fd, view) :], 0.0
            except BlockingIOError:  # another process has made the shared descriptor non-blocking
                since = since or time.monotonic()
                if self._over(since):
                    self._torn = len(view) < len(line)
                    return False
                select.select([], [self._fd], [], _WAIT_MOST)
        return True

    def _forked(self) -> None:
        self._lock = threading.RLock()
        self._busy = False
        self._pending = deque()


def _is_pipe(fd: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False  # a closed descriptor: each line will be counted as lost


def _is_file(fd: int) -> bool:
    try:
        kind = os.fstat(fd).st_mode
    except OSError:
        return True  # closed: nothing is waited for
    return stat.S_ISREG(kind)


def _enlarged(fd: int) -> int:
    """Return the pipe's capacity in bytes, after asking for more."""
    with contextlib.suppress(OSError):
        if fcntl.fcntl(fd, _F_GETPIPE_SZ) < _WANTED:
            fcntl.fcntl(fd, _F_SETPIPE_SZ, _WANTED)
    try:
        return fcntl.fcntl(fd, _F_GETPIPE_SZ)
    except OSError:
        return 0  # no Linux: long lines are written in parts, under the lock


def _queued(fd: int) -> int:
    answer: bytes = fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0")
    return struct.unpack("i", answer)[0]
