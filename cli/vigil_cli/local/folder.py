"""The state folder of a local run: one command at a time, and a disk that takes what is written."""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from vigil_cli.errors import CommandError

NEEDED = 64 * 1024 * 1024
"""Bytes that must be free: about ten times what one run of the story writes."""

COLLECTOR_FILE = "collector.yaml"
"""The file in a state folder that says what the emulator scrapes."""


def default_state(stack: str) -> Path:
    """Return `.vigil/STACK` beside the project's Pulumi.yaml, which is looked for upwards from the current folder."""
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").is_file()), here)
    return root / ".vigil" / stack


def state_of(stack: str, state: Path | None) -> Path:
    """Return the folder that `--state` gives, else the stack's own, as an absolute path."""
    return (state or default_state(stack)).absolute()


@contextlib.contextmanager
def state_folder(path: Path, *, command: str) -> Generator[Path]:
    """Make the folder if it is missing, with `logs/` inside it, and hold it for this process alone.

    The lock is the kernel's, so that it ends with the process. Raises CommandError where another process holds it or
    the disk is full or read-only.
    """
    try:
        (path / "logs").mkdir(parents=True, exist_ok=True)
        handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise refused(path, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path, os.read(handle, 200).decode(errors="replace").strip()) from error
        try:
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()} {command}".encode())
            _try_disk(path)
        except OSError as error:
            raise refused(path, error) from error
        yield path
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _held(path: Path, holder: str) -> CommandError:
    pid, _, command = holder.partition(" ")
    who = f"`{command}` (process {pid})" if command else "another process"
    return CommandError(
        f"The state folder {path} is in use by {who}.",
        remedy=f"Wait until it ends, stop it with `kill {pid or 'PID'}`, or give this run its own folder with --state.",
    )


def _try_disk(path: Path) -> None:
    probe = path / "probe"
    try:
        with probe.open("wb") as file:
            file.write(bytes(1024 * 1024))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)
    if shutil.disk_usage(path).free < NEEDED:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refused(path: Path, error: OSError) -> CommandError:
    """Return the error's text where the disk refused a write below `path`."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            why, remedy = (
                "the disk is full",
                f"Free at least {NEEDED // 1024 // 1024} MiB, or choose another disk with --state.",
            )
        case errno.EROFS:
            why, remedy = "the disk is read-only", "Choose a folder that can be written with --state."
        case errno.EACCES | errno.EPERM:
            why, remedy = "permission is denied", "Choose a folder that you may write with --state."
        case errno.ENOTDIR | errno.EEXIST:
            why, remedy = "something that is not a folder is in the way", "Choose another place with --state."
        case _:
            why, remedy = error.strerror or str(error), "Choose another place with --state."
    return CommandError(f"The folder {path} cannot be written: {why}.", remedy=remedy)
