"""Signals that wait until a block has ended."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Generator

_FAULTS = {
    getattr(signal, name)
    for name in ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP")
    if hasattr(signal, name)
}
"""What the code of this thread brings about itself, which cannot wait."""


@contextlib.contextmanager
def held() -> Generator[None]:
    """Let signals wait while modules load: a handler that emits meanwhile would find half of one.

    In a process with several threads, the system may give a signal to another one. Windows has nothing like it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - _FAULTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
