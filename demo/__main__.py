"""`python -m demo`: plays the whole demo on this machine, keeps it running, or breaks it on purpose."""

import sys


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    try:
        from demo.stand_ins.commands.app import app  # noqa: PLC0415 - within reach of `except`

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
