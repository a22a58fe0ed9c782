"""The Temporal server that tests and the demo run against: a real one, found or built.

`go.mod` builds it from Temporal's own command-line tool (`python -m demo.stand_ins.temporal build`, two minutes);
`server` finds it on `PATH` or in `.vigil/tools`, and runs it in memory on its own port.
"""

from demo.stand_ins.temporal.server import (
    BrokenServerError,
    MissingServerError,
    TemporalServer,
    build,
    find,
    require,
)
from vigil_cli.local.ports import free_port

__all__ = ["BrokenServerError", "MissingServerError", "TemporalServer", "build", "find", "free_port", "require"]
