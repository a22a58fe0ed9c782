"""What a process does at its normal end."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable

_LAST = -100
"""The priority in `multiprocessing` of what runs once the process's own children have ended."""


def at_end(call: Callable[[], object]) -> None:
    """Call this at the normal end of the process.

    A process that `multiprocessing` forked runs no handlers of `atexit`, only its own finalizers. One that it spawned
    runs both, so the call has to bear being repeated.
    """
    atexit.register(call)
    process, util = (sys.modules.get(f"multiprocessing.{name}") for name in ("process", "util"))
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, call, exitpriority=_LAST)
