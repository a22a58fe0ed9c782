"""One synchronous write per line to a file descriptor, whole also where processes share a pipe.

A pipe takes up to PIPE_BUF bytes (4,096) in one piece. A longer line is written in parts where the pipe has no room
for it, and lines of other processes get in between. So a long line is written under a record lock on the pipe itself,
which the kernel gives back if the process dies, and only once the pipe has room for all of it: then no signal stops
it halfway. A short line needs no lock. It passes the gate (`_gate`), which long lines close: one system call. Where
the system has no gate, short lines take the lock too.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import mmap
import os
import select
import stat
import struct
import termios
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from vigil_telemetry.arguments import Constraint, Seconds, Wanted, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs import _gate

Descriptor: TypeAlias = Annotated[
    int,
    Wanted("the number of an open descriptor, such as 1 for standard output"),
    Constraint(lambda value: value >= 0, "give the number of an open descriptor, such as 1 for standard output"),
]
"""A file descriptor."""

_PAGE = mmap.PAGESIZE
_PIPE_BUF, _NOWAIT = select.PIPE_BUF, _gate.NOWAIT
_WANTED = 1 << 20
"""Capacity that we request: Linux's default limit for a process without privileges (`/proc/sys/fs/pipe-max-size`)."""
_F_SETPIPE_SZ, _F_GETPIPE_SZ = 1031, 1032  # linux/fcntl.h; the `fcntl` module has them on Linux only
_WAIT_FIRST, _WAIT_MOST = 0.0002, 0.01
_NO_NOWAIT = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ESPIPE}
"""What the kernel answers where it cannot write without waiting: Linux before 6.4, gVisor, named pipes, and pipes that
were opened by a name such as `/dev/stdout`. Such a line asks for the room first."""


class StreamOutput:
    """Writes lines to a file descriptor, by default standard output.

    Args:
        fd: an open descriptor; it stays the caller's. Redirect it (`os.dup2`) before the output is made. A later
            redirection from a pipe to a file or a device does no harm. After one to another pipe, lines of other
            outputs may tear one that is longer than 4,096 bytes while the pipe is nearly full, since they pass by
            another gate. After one from a file to a pipe, such a line may be torn at any time, and no line keeps to
            `patience`.
        patience: seconds that a line waits for a stalled reader of a pipe before it is dropped and counted; None
            waits for ever.
        alone: promises that no other process writes to the pipe; then a long line takes no lock either.

    Raises TypeError for a stream in place of its descriptor, and ValueError for a negative number.
    """

    batches = False

    @validated
    def __init__(self, fd: Descriptor = 1, *, patience: Seconds | None = None, alone: bool = False) -> None:
        self._fd = fd
        self._patience = patience
        self._turn = _turn_of(fd, alone=alone)
        self._alone = self._turn.alone
        self._pending = self._turn.pending
        self._capacity = 0
        self._until: float | None = None
        self._room = 0
        """Pages that the pipe had left at least, when it was last looked at."""
        self._pipe = _pipe_of(fd)
        self.gate: _gate.Gate | None = None
        """What lets short lines pass without a lock; None where the system has no such thing."""
        self._memory: mmap.mmap | None = None
        """The gate's memory."""
        self._nowait = hasattr(os, "RWF_NOWAIT")
        """Whether the descriptor can be written without waiting. Not by a Python that was built for an old C library,
        such as those that uv installs.
        """
        self._left = False
        """Whether the process is ending and the gate is given back: the next line asks for it again."""
        if self._pipe:
            self._capacity = _enlarged(fd)
            self._enter()
            _outputs.add(self)

    @property
    def direct(self) -> int | None:
        return None if self._pipe else self._fd

    @property
    def bounded(self) -> bool:
        """Whether a line ends by the deadline of `close` though nobody reads: not on a terminal or socket."""
        return self._pipe is not None or _is_file(self._fd)

    def write(self, line: bytes) -> None:
        memory = self._memory
        if memory is None or not (slot := self._slots.number):
            if self._pipe:
                self._in_turn(line)
            else:
                self._guarded(line)
            return
        if memory[slot]:
            # a signal handler, while this thread passes a line: that one goes first. A long line would wait for a lock
            # whose owner may be waiting for this slot
            self._pending.append((self, line))
            return
        if len(line) > _PIPE_BUF:
            self._in_turn(line)
            return
        passed = False  # `_passed` inline, without its call: nearly every line takes this path
        memory[slot] = 1
        try:
            if self._nowait and not memory[0]:  # else a long line is passing
                os.pwritev(self._fd, (line,), -1, _NOWAIT)
                passed = True
        except OSError:
            pass  # there is no room, or what is wrong shows again
        finally:
            memory[slot] = 0
        if not passed:
            self._in_turn(line)
        elif self._pending:
            output, following = self._pending.popleft()
            output._in_turn(following)  # noqa: SLF001 - of this class

    def write_many(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self, deadline: float) -> None:
        """Do nothing: nothing is held."""

    def close(self, deadline: float) -> None:
        """Close: from the deadline on, no line waits for a stalled reader any more; it is dropped and counted."""
        self._until = time.monotonic() + deadline

    def _passed(self, memory: mmap.mmap, slot: int, line: bytes) -> bool:
        """Write a short line by the gate, in one system call; False where it cannot pass at once."""
        if len(line) > _PIPE_BUF:
            return False
        memory[slot] = 1
        try:
            if memory[0]:
                return False  # a long line is passing
            if self._nowait:
                os.pwritev(self._fd, (line,), -1, _NOWAIT)
            elif self._is_free_for(line):
                os.write(self._fd, line)
            else:
                return False
        except BlockingIOError:
            return False
        except OSError as error:
            if self._nowait and error.errno in _NO_NOWAIT:
                self._nowait = False
                return self._passed(memory, slot, line)
            counters.lost(1)
        finally:
            memory[slot] = 0
        return True

    def _in_turn(self, line: bytes) -> None:
        """Write a line after those that this process is writing, and then those that its signal handlers wrote."""
        turn, output = self._turn, self
        with turn.lock:
            if turn.busy:
                turn.pending.append((self, line))  # a signal handler, in the middle of a write of this thread
                return
            while True:
                turn.busy = True
                try:
                    output._shared(line)
                finally:
                    turn.busy = False
                if not turn.pending:
                    return
                output, line = turn.pending.popleft()

    def _shared(self, line: bytes) -> None:
        """Write a line that may have to wait, for other processes or for room; else count it."""
        try:
            if self._left:
                self._enter()
            written = self._followed(line)
            if written is None:
                written = self._waited(line)
        except OSError:
            written = False
        except BaseException:
            counters.lost(1)  # the application's own signal handler raised while the line was waiting
            raise
        if written:
            counters.regained()
        else:
            counters.lost(1)

    def _followed(self, line: bytes) -> bool | None:
        """Write a long line at once where it follows another one, and the pipe is known to have room for it.

        The usual long line takes this way: the lock, the write, the end of the lock. None where that is not possible;
        False where patience ends in the middle of the line.
        """
        memory, pages = self._memory, _pages(line)
        if len(line) <= _PIPE_BUF or memory is None or memory[0] < _gate.KEPT + pages or not self._nowait:
            return None  # all of it is looked at again under the lock
        if not self._alone:
            try:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return None  # another process has it, or the system has no locks on pipes
        try:
            left = memory[0] - pages
            if left < _gate.KEPT or self._turn.torn:
                return None
            memory[0] = _gate.UNFINISHED  # for the others, where this process is killed
            try:
                written = os.pwritev(self._fd, (line,), -1, _NOWAIT)
            except OSError as error:
                memory[0] = left
                if error.errno in _NO_NOWAIT:
                    self._nowait = False
                elif not isinstance(error, BlockingIOError):  # else a program without this library has filled the pipe
                    raise
                return None
            if written < len(line):
                return self._finished(line, written)
            memory[0] = left
            return True
        finally:
            self._unlocked()

    def _finished(self, line: bytes, written: int) -> bool:
        """Write the rest of a line for which there was no room, though it was known: somebody else has filled the pipe.

        False where patience ends before.
        """
        self._turn.torn = True  # unless it becomes whole
        try:
            whole = self._in_pieces(line, written)
            if whole:
                self._turn.torn = False
            return whole
        finally:
            self._opens(keep=False)

    def _waited(self, line: bytes) -> bool:
        """Write a line once other processes let it pass; False where patience ends before."""
        pipe = _pipe_of(self._fd)
        if pipe is None:
            return self._all(line)  # redirected to a file or a device, where there is no room to wait for
        if pipe != self._pipe:
            self._pipe, self._capacity = pipe, _enlarged(self._fd)  # redirected to another pipe
        started = time.monotonic()
        while (gate := self.gate) is not None and len(line) <= _PIPE_BUF and (slot := self._slots.number):
            if self._passed(gate.memory, slot, line):
                return True
            # under the lock, a short line waits for a long one, and opens a gate that a killed process left closed;
            # nothing shows whether a very small pipe has room
            if gate.closed or (not self._nowait and self._spare_pages(line) < 0):
                break
            if not self._drained(started):
                return False
        if not self._alone and not self._locked():
            return False
        closed = False
        try:
            closed = self._has_pipe()
            return closed and self._has_room(line) and self._written(line)
        finally:
            self._opens(keep=closed and len(line) > _PIPE_BUF)
            self._unlocked()

    def _unlocked(self) -> None:
        """Give the lock back."""
        if not self._alone:
            try:  # noqa: SIM105 - `suppress` costs several times what the lock does
                fcntl.lockf(self._fd, fcntl.LOCK_UN)
            except OSError:
                pass  # the descriptor is closed, or the system has no locks on pipes

    def _drained(self, started: float) -> bool:
        """Wait until a full pipe is mostly empty, so that many lines pass before the next wait.

        False where patience ends before.
        """
        while True:
            if self._over(started):
                return False
            time.sleep(_WAIT_FIRST)
            if _queued(self._fd) * 4 <= self._capacity:
                return True

    def _has_pipe(self) -> bool:
        """Close the gate, and wait until no short line is passing; False where patience ends. The lock is held."""
        if self.gate is None:
            return True
        started = time.monotonic()
        self._turn.torn = self._turn.torn or self.gate.torn
        return self.gate.close(self._slots.number, lambda: self._over(started), lambda: time.sleep(_WAIT_FIRST))

    def _opens(self, *, keep: bool) -> None:
        """Open the gate, or keep it for the next long line.

        If a line ends in its middle, whoever writes next begins with a newline.
        """
        if self.gate is None:
            return
        if self._turn.torn:
            self._turn.torn = False
            self.gate.tear()
        elif keep and not self.gate.memory[self._slots.number]:
            self.gate.keep(self._room)  # not by a signal handler, while this thread passes a short line
        else:
            self.gate.open()

    def _enter(self) -> None:
        """Ask for the gate of the pipe; without one, every line takes the lock."""
        self._left = False
        self.gate = self._turn.gate if self._alone else _gate.gate_of(self._fd)
        if self.gate is not None:
            self._slots, self._memory = self.gate.slots, self.gate.memory

    def leave(self) -> None:
        """Release the gate at the end of the process. A later line takes it again."""
        if self.gate is not None and self._turn.lock.acquire(blocking=False):
            try:
                self._left, gate, self.gate, self._memory = True, self.gate, None, None
                gate.leave()
            finally:
                self._turn.lock.release()

    def _guarded(self, line: bytes) -> None:
        try:
            if self._turn.torn:
                line, self._turn.torn = b"\n" + line, False
            written = self._all(line)
        except OSError:
            written = False
        if not written:
            counters.lost(1)

    def _locked(self) -> bool:
        """Take the lock that all processes take which write to a pipe by this module.

        False where patience ends before.

        It tries again and again, because a wait inside the kernel would continue after SIGTERM.
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
        self._room = 0
        if self._spare_pages(line) < 0 or self._is_free_for(line):
            return True
        started = time.monotonic()
        while self._drained(started):
            if self._is_free_for(line):
                return True
        return False

    def _is_free_for(self, line: bytes) -> bool:
        """Whether the pipe takes the line without waiting. Notes the pages that are left beside it."""
        # a page holds the end of one write and the start of the next, so that two neighbours hold more than one
        # page's worth
        self._room = self._spare_pages(line) - -(-_queued(self._fd) * 2 // _PAGE)
        return self._room >= 0

    def _spare_pages(self, line: bytes) -> int:
        """Pages of an empty pipe that are left beside the line; negative where the line is longer than the pipe."""
        return self._capacity // _PAGE - _pages(line) - 2

    def _written(self, line: bytes) -> bool:
        """Write a line that the pipe has room for; a longer one piece by piece, until patience ends."""
        torn = self._turn.torn
        if torn:
            line = b"\n" + line
            self._turn.torn = False
        if len(line) > _PIPE_BUF:
            self._turn.torn = True  # unless it becomes whole, also where a signal handler raises in the middle
            if self.gate is not None:
                self.gate.tear()  # for the others, where this process is killed
        whole = self._all(line) if self._spare_pages(line) >= 0 else self._in_pieces(line)
        self._turn.torn = not whole and (self._turn.torn or torn)
        return whole

    def _in_pieces(self, line: bytes, start: int = 0) -> bool:
        """Write a line from a place in it on, as the pipe takes it; False where patience ends before."""
        view, since = memoryview(line)[start:], time.monotonic()
        while view:
            # a pipe that is ready takes so many bytes without waiting
            if select.select([], [self._fd], [], _WAIT_MOST)[1]:
                view, since = view[os.write(self._fd, view[:_PIPE_BUF]) :], time.monotonic()
            elif self._over(since):
                self._turn.torn = len(view) < len(line)
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
                    self._turn.torn = len(view) < len(line)
                    return False
                select.select([], [self._fd], [], _WAIT_MOST)
        return True

    def forked(self) -> None:
        """Begin anew in a child: no thread of it holds the lock, and its parent's slot is not its own."""
        self._pending = self._turn.pending
        if self.gate is not None:
            self._slots, self._memory = self.gate.slots, self.gate.memory


class _Turn:
    """Whose line is passing, among the outputs of this process on one pipe: record locks keep only processes apart."""

    def __init__(self, *, alone: bool) -> None:
        self.begin()
        self.alone = alone
        """What the first output on the pipe promised, which holds for all: they have to pass by the same gate."""
        self.torn = False
        """Whether the last line ends in its middle: the next one begins with a newline."""
        self.gate = _gate.Gate()
        """The gate of outputs that no other process shares the pipe with."""

    def begin(self) -> None:
        """Begin without a line that is passing."""
        self.lock = threading.RLock()
        self.busy = False
        self.pending: deque[tuple[StreamOutput, bytes]] = deque()
        """Lines of signal handlers, each with the output that it goes to."""


_turns: weakref.WeakValueDictionary[tuple[int, int], _Turn] = weakref.WeakValueDictionary()


def _turn_of(fd: int, *, alone: bool) -> _Turn:
    """Return the turn of a pipe, which all outputs of the process on it share; elsewhere, one of the output's own."""
    pipe = _pipe_of(fd)
    if pipe is None:
        return _Turn(alone=alone)
    with _gate.opening:
        turn = _turns.get(pipe)
        if turn is None:
            turn = _turns[pipe] = _Turn(alone=alone)
    return turn


_outputs: weakref.WeakSet[StreamOutput] = weakref.WeakSet()
"""The outputs of this process that write to a pipe."""


def _forked() -> None:
    _gate.forked()
    turns = list(_turns.values())
    for turn in turns:
        turn.begin()
    gates: set[_gate.Gate] = {turn.gate for turn in turns}
    for gate in gates | {output.gate for output in list(_outputs) if output.gate is not None}:
        gate.renew()
    for output in _outputs:
        output.forked()


def _leave() -> None:
    for output in list(_outputs):
        output.leave()


os.register_at_fork(after_in_child=_forked)
atexit.register(_leave)


def _pipe_of(fd: int) -> tuple[int, int] | None:
    """Return what identifies the pipe of a descriptor; None where it has none."""
    try:
        found = os.fstat(fd)
    except OSError:
        return None  # a closed descriptor: each line will be counted as lost
    return (found.st_dev, found.st_ino) if stat.S_ISFIFO(found.st_mode) else None


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


def _pages(line: bytes) -> int:
    """Pages of a pipe that a line takes at most, if it is written at once."""
    return -(-len(line) // _PAGE) + 1


def _queued(fd: int) -> int:
    answer: bytes = fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0")
    return struct.unpack("i", answer)[0]
