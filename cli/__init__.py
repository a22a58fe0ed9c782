"""The ``vigil`` command: one module per subcommand, put together in ``cli.app``.

``cli.local`` is the running system of one machine, ``cli.stories`` what is played on it. What a subcommand needs is
imported inside it, so that ``vigil --help`` is there at once.
"""

import sys


def main() -> None:
    """Run the command that the arguments ask for, and exit with its code."""
    try:
        from cli.app import app  # noqa: PLC0415 - an interrupt while modules load is handled here as well

        app()
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
