"""The `vigil` command: one module per subcommand, put together in `vigil_cli.app`.

`vigil_cli.local` runs an emulator and processes on this machine. A subcommand imports what it needs when it runs, so
that `vigil --help` answers at once.
"""

import gc
import sys

_NEW_OBJECTS = 50_000
"""Objects until Python looks for cycles. Its default of 700 took a seventh of `vigil render`, whose objects stay."""


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        from vigil_cli.app import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
