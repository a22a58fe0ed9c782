"""Runs a command that cannot outlive its starter, however the starter ends (SIGKILL included).

Executed as a script by `vigil_cli.local.processes`, before each command: `supervisor.py STARTER LIFELINE ACCOUNT
COMMAND...`. STARTER is the starter's process id; LIFELINE the number of an inherited pipe whose other end only the
starter holds, or `-` where the kernel does the watching: on Linux the process asks to be killed when its parent ends
and then becomes the command, so that nothing stands between the two. ACCOUNT is who the command runs as, as UID:GID,
or `-` for the starter's own: only root may give another.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

PR_SET_PDEATHSIG = 1
"""`prctl` option: the signal that this process gets when its parent ends (linux/prctl.h)."""


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code where this process stays beside it."""
    starter, lifeline, account, *command = arguments
    if lifeline == "-":
        _become(int(starter), account, command)
    return _watch(int(lifeline), account, command)


def _become(starter: int, account: str, command: list[str]) -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if account != "-":
        _change(account)  # before prctl: the kernel forgets its setting where the account changes
    library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != starter:  # it ended before prctl made the kernel watch it
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is what is wanted


def _change(account: str) -> None:
    """Be another account, with no group but its own, in a folder that anybody may be in."""
    user, group = map(int, account.split(":"))
    os.chdir("/")
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _watch(lifeline: int, account: str, command: list[str]) -> int:
    # the group gets SIGTERM as a whole; this process must outlive the command to see the starter end
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stay)  # a handler, not SIG_IGN: the command must not inherit it
    change = None if account == "-" else lambda: _change(account)
    child = subprocess.Popen(command, pass_fds=_inherited(lifeline), preexec_fn=change)  # noqa: PLW1509 - no thread yet

    def end_with_starter() -> None:
        os.read(lifeline, 1)  # returns when the other end is closed: nothing is ever written
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
