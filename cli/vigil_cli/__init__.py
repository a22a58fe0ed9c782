"""The `vigil` command: one module per subcommand, put together in `vigil_cli.app`.

`vigil_cli.local` runs an emulator and processes on this machine. A subcommand imports what it needs when it runs, so
that `vigil --help` answers at once.
"""

import errno
import gc
import os
import sys
from io import TextIOWrapper

_NEW_OBJECTS = 50_000
"""Objects until Python looks for cycles. Its default of 700 took a seventh of `vigil render`, whose objects stay."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write to a full disk fails with."""


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    gc.set_threshold(_NEW_OBJECTS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale without a letter stops no command
    try:
        from vigil_cli.app import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        from vigil_cli.errors import REFUSED

        sys.stderr.write(
            f"Error The output cannot be written: {error.strerror}. Free some space, or write elsewhere.\n"
        )
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still in a buffer goes nowhere
        sys.exit(REFUSED)
    finally:
        # Python looks for cycles among all objects when it ends, more than once. They go with the process.
        gc.freeze()


__all__ = ["main"]
