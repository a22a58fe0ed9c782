"""gunicorn's own lines: `logger_class = "vigil_telemetry.bridges.gunicorn.Logger"` in its configuration.

The master and each worker write whole lines of JSON; access lines are left out, since `http.request.completed` stands
for them. Needs `gunicorn`.
"""

from __future__ import annotations

from gunicorn import glogging

from vigil_telemetry.bridges.stdlib import capture
from vigil_telemetry.instrument.duck import Duck


class Logger(glogging.Logger):  # pyright: ignore[reportUntypedBaseClass] - gunicorn has no types
    """gunicorn's logger, whose lines are ours."""

    def setup(self, cfg: Duck) -> None:
        """Set the loggers up as gunicorn does, then takes them over."""
        super().setup(cfg)
        capture()

    def access(self, resp: object, req: object, environ: object, request_time: object) -> None:
        """Write no access line."""
