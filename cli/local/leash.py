"""Runs a command that cannot outlive its starter, however the starter ends (SIGKILL included).

Executed as a script by ``cli.local.processes``, in front of each command: ``leash.py STARTER LIFELINE COMMAND...``.
STARTER is the starter's process id; LIFELINE the number of an inherited pipe whose other end only the starter holds,
or ``-`` where the kernel does the watching: on Linux the process asks to be killed when its parent ends and then
becomes the command, so that nothing stands between the two.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

PR_SET_PDEATHSIG = 1
"""``prctl`` option: the signal that this process gets when its parent ends (linux/prctl.h)."""


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code where this process stays beside it."""
    starter, lifeline, *command = arguments
    if lifeline == "-":
        _become(int(starter), command)
    return _watch(int(lifeline), command)


def _become(starter: int, command: list[str]) -> None:
    import ctypes  # noqa: PLC0415 - costs milliseconds, and only this way needs it

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != starter:  # it ended before the kernel was asked to watch it
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is what is wanted


def _watch(lifeline: int, command: list[str]) -> int:
    # the group gets SIGTERM as a whole; this process must outlive the command to see the starter end
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stay)  # a handler, not SIG_IGN: the command must not inherit it
    child = subprocess.Popen(command, pass_fds=_inherited(lifeline))

    def end_with_starter() -> None:
        os.read(lifeline, 1)  # returns when the other end is closed: nobody ever writes
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=end_with_starter, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _stay(number: int, frame: FrameType | None) -> None:
    """Take no notice of a signal."""


def _inherited(lifeline: int) -> tuple[int, ...]:
    first_after_standard = 3
    found: list[int] = []
    for number in range(first_after_standard, 256):
        try:
            inherited = os.get_inheritable(number)
        except OSError:
            continue
        if inherited and number != lifeline:
            found.append(number)
    return tuple(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
