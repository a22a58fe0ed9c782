"""What lets short lines of several processes pass to one pipe without a lock, and keeps them out of a long line.

Linux writes up to a page (4,096 bytes) to a pipe whole. A longer line needs the pipe for itself. The processes of one
user that write to the same pipe share a page of memory, a file in `/dev/shm` that bears the pipe's number:

- byte 0 says that the gate is closed: a long line waits, or it is passing and not whole yet, or the gate stayed closed
  after one;
- each thread has one further byte, its slot, which says that it is passing a short line.

A short line sets its slot, looks whether the gate is closed, writes, and clears its slot: one system call, the write.
A long line is passed under a record lock on the pipe. It closes the gate, makes each processor finish its earlier
stores (`membarrier(2)`), waits until no slot is set, writes, and opens the gate.

Why no short line gets into a long one. The barrier comes between closing the gate and reading the slots. A short line
that looked before the barrier stored its slot before it as well, so the long line sees the slot and waits. One that
looks later sees the closed gate.

After a long line the gate stays closed until a short line comes, which takes the lock and opens it. As long as it stays
closed no short line can be passing, so that the next long line needs neither barrier nor look at the slots. Whoever has
looked how much room the pipe has leaves the number of free pages in byte 0. Each long line takes its pages from that
number before it is written, and while the number suffices, nobody looks again: only those who hold the lock write, and
the reader makes room, it never takes any.

A process may be killed at any moment. Its slot is locked (`fcntl`) while it lives, and the kernel gives that lock back:
who waits for a set slot takes its lock to learn that nobody owns it. A gate left closed is opened by the next one who
gets the lock on the pipe, since a living long line would hold it. If a line was passing, its beginning may stand in the
pipe, because it is longer than the pipe, or because a program without this library filled it: the next line begins with
a newline. So byte 0 says that a line is not whole before any of it is written.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import mmap
import os
import platform
import stat
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108 - shared memory, the one place for it; the file is checked before it is used
SIZE = 4096
NOWAIT = 0x8
"""`RWF_NOWAIT` of pwritev2(2): fail rather than wait. The `os` module names it for reading only."""
_SYSCALL = {"x86_64": 324, "aarch64": 283}
_GLOBAL_EXPEDITED, _REGISTER_GLOBAL_EXPEDITED = 1 << 1, 1 << 2  # linux/membarrier.h
_WAITS, UNFINISHED, KEPT = 1, 2, 3
"""Why the gate is closed: a long line waits; it passes, and is not whole yet; it was closed, and nobody passes.

A number above the last one is that one and the pages for which the pipe is known to have room."""
_MOST = 255 - KEPT
_SWEPT = 16
"""Files of ended processes that one start looks at, at most."""

_gates: weakref.WeakValueDictionary[tuple[int, int], SharedGate] = weakref.WeakValueDictionary()
opening = threading.RLock()
"""Held while a gate, a slot or a turn is made."""


class Gate:
    """A gate among the threads of one process."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, SIZE)
        self._taken: set[int] = set()
        self._returned: list[int] = []
        self._slots: Slots | None = None

    @property
    def slots(self) -> Slots:
        """The slot of each thread, the same for all outputs on the pipe."""
        if self._slots is None:
            self._slots = Slots(weakref.ref(self))
        return self._slots

    @property
    def closed(self) -> bool:
        return self.memory[0] != 0

    @property
    def torn(self) -> bool:
        """Whether the last long line may end in its middle."""
        return self.memory[0] == UNFINISHED

    def take(self) -> int:
        """Return a slot for one thread; 0 where none is left."""
        with contextlib.suppress(IndexError):
            return self._returned.pop()
        start = os.getpid() * 37
        with opening:
            for step in range(SIZE - 1):
                slot = 1 + (start + step) % (SIZE - 1)
                if slot not in self._taken and self._reserved(slot):
                    self._taken.add(slot)
                    self.memory[slot] = 0
                    return slot
        return 0

    def give_back(self, slot: int) -> None:
        """Keep the slot of a thread that ended for the next one of this process."""
        if slot in self._taken:  # else a parent's, in a child, or none
            self._returned.append(slot)

    def close(self, own: int, over: Callable[[], bool], pause: Callable[[], None]) -> bool:
        """Close the gate and wait until no other thread is passing a line; False where `over` ends the wait.

        Among processes, the caller holds the lock on the pipe, here and for `tear` and `open`.
        """
        if self.memory[0] >= KEPT:
            return True
        self.memory[0] = self.memory[0] or _WAITS
        self.barrier()
        slot = 0
        while (slot := self.memory.find(b"\1", slot + 1)) > 0:
            while slot != own and self.memory[slot] and not (slot not in self._taken and self._abandoned(slot)):
                if over():
                    return False
                pause()
        return True

    def tear(self) -> None:
        """Keep the gate closed until the line is whole, or somebody else writes a newline."""
        self.memory[0] = UNFINISHED

    def keep(self, pages: int) -> None:
        """Keep the gate closed, though the line has passed. No short line is passing: `close` has returned True.

        Args:
            pages: how many pages the pipe has room for at least.
        """
        self.memory[0] = KEPT + max(0, min(pages, _MOST))

    def open(self) -> None:
        """Open the gate: short lines pass again."""
        self.memory[0] = 0

    def barrier(self) -> None:
        """Do nothing: threads of one interpreter see each other's stores."""

    def renew(self) -> None:
        """Begin anew in a child, which inherits no thread."""
        self._forget()
        self.memory = mmap.mmap(-1, SIZE)

    def _forget(self) -> None:
        self._slots = None
        self._taken.clear()
        self._returned.clear()

    def leave(self) -> None:
        """Release the memory at the end of the process."""

    def _reserved(self, slot: int) -> bool:
        """Make a slot this process's; False where it is another's."""
        return slot > 0

    def _abandoned(self, slot: int) -> bool:
        """Clear a slot whose process is gone; False where it lives."""
        return slot < 0


class SharedGate(Gate):
    """A gate among the processes that write to one pipe.

    Raises OSError where the system offers no shared memory, lock or barrier.
    """

    def __init__(self, device: int, inode: int) -> None:
        super().__init__()
        self._barrier = _barrier()
        self._key = device, inode
        self.path = FOLDER / f"vigil-{os.geteuid()}-{device:x}-{inode:x}"
        while True:
            self._file = _opened(self.path)
            try:
                self.memory = mmap.mmap(self._file, SIZE)
                self._first = self.take()  # keeps the file, also while no thread has a slot
                if _is_at(self._file, self.path):  # else the last process on the pipe has just removed it
                    break
            except BaseException:
                os.close(self._file)
                raise
            self._taken.clear()
            os.close(self._file)
        self._end = weakref.finalize(self, _removed, self._file, self.path)
        self._end.atexit = False  # lines are written later than that; the outputs leave when they end

    def barrier(self) -> None:
        self._barrier()

    def renew(self) -> None:
        self._forget()  # a child does not inherit their locks
        self._barrier = _barrier()
        self._first = self.take()

    def leave(self) -> None:
        _gates.pop(self._key, None)
        self._end()

    def _reserved(self, slot: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except BlockingIOError:
            return False
        return True

    def _abandoned(self, slot: int) -> bool:
        if not self._reserved(slot):
            return False
        self.memory[slot] = 0
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)
        return True


class Slots(threading.local):
    """The slot of each thread that passes lines by a gate; 0 for a thread that got none."""

    def __init__(self, to: weakref.ref[Gate]) -> None:
        gate = to()
        self.number = 0 if gate is None else gate.take()
        self._held = _Held(to, self.number)  # kept as long as the thread


class _Held:
    """Gives a slot back once its thread has ended."""

    def __init__(self, to: weakref.ref[Gate], slot: int) -> None:
        self._gate, self._slot = to, slot

    def __del__(self) -> None:
        gate = self._gate()
        if gate is not None:
            gate.give_back(self._slot)


def forked() -> None:
    """Begin anew in a child: the thread that may hold the lock is not in it."""
    global opening  # noqa: PLW0603 - one process, one lock
    opening = threading.RLock()


def gate_of(fd: int) -> SharedGate | None:
    """Return the gate of a pipe, which all outputs of the process share; None where the system offers no gate."""
    if sys.platform != "linux":
        return None
    try:
        pipe = os.fstat(fd)
        key = pipe.st_dev, pipe.st_ino
        with opening:
            gate = _gates.get(key)
            if gate is None:
                gate = _gates[key] = SharedGate(*key)
                _sweep()
    except (OSError, ValueError):
        return None
    return gate


def _opened(path: Path) -> int:
    """Open the shared file, which is this user's alone. Raises OSError where it is somebody else's."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{path} belongs to somebody else")  # noqa: TRY301 - closed like other failures
        _reserve(file)
    except BaseException:
        os.close(file)
        raise
    return file


def _reserve(file: int) -> None:
    """Reserve the memory: without, the first store would end the process where `/dev/shm` is full (SIGBUS)."""
    os.posix_fallocate(file, 0, SIZE)


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _removed(file: int, path: Path) -> bool:
    """Remove the file where no other process uses it, and close it."""
    try:
        if not _is_at(file, path):
            return False
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # all slots at once: fails while somebody else has one
        path.unlink()
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(file)


def _sweep() -> None:
    """Remove files that killed processes left behind."""
    own = {gate.path for gate in _gates.values()}
    left = _SWEPT
    for path in FOLDER.glob(f"vigil-{os.geteuid()}-*"):
        if path in own:
            continue  # to close it here would give back this process's locks
        with contextlib.suppress(OSError):
            _removed(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC), path)
        left -= 1
        if left == 0:
            return


def _barrier() -> Callable[[], object]:
    """Return what makes every processor that runs a registered process finish its earlier loads and stores.

    Raises OSError where the system has no such call, or forbids it.
    """
    number = _SYSCALL.get(platform.machine())
    if number is None:
        raise OSError("no number of membarrier is known for this processor")
    import ctypes  # noqa: PLC0415 - only for outputs to a pipe

    call = ctypes.CDLL(None, use_errno=True).syscall
    if call(number, _REGISTER_GLOBAL_EXPEDITED, 0) != 0 or call(number, _GLOBAL_EXPEDITED, 0) != 0:
        raise OSError(ctypes.get_errno(), "membarrier")
    return functools.partial(call, number, _GLOBAL_EXPEDITED, 0)
