"""`python -m demo.stand_ins.temporal build` builds the server where there is none; `... run` runs it until stopped."""

import argparse
import signal
import sys

from demo.stand_ins.temporal.server import BrokenServerError, MissingServerError, TemporalServer, require


def main() -> int:
    """Build or run the server; 1 where neither is possible, with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.stand_ins.temporal", description="A Temporal server for development."
    )
    parser.add_argument("command", choices=["build", "run"])
    parser.add_argument("--port", type=int, default=0, help="port of the server; default: a free one")
    chosen = parser.parse_args()
    try:
        binary = require()
    except MissingServerError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    if chosen.command == "build":
        print(binary)  # noqa: T201 - a command's answer
        return 0
    try:
        with TemporalServer(binary, port=chosen.port) as server:
            print(server.address, flush=True)  # noqa: T201 - a command's answer
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except BrokenServerError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
