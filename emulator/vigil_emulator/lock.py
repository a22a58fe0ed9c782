"""One emulator for a state folder."""

import fcntl
import os
from pathlib import Path


class StateInUseError(Exception):
    """Another process has the folder."""


class StateLock:
    """Holds a state folder until the process ends or `release` is called; a crash releases it too (`flock`)."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder if it is absent. Raises StateInUseError, and OSError if the folder cannot be used."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "emulator.lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StateInUseError(
                f"the state folder {folder} is in use by another emulator (process {holder}):"
                " stop it, or give this one another folder with --state"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let another process have the folder."""
        self._file.close()
