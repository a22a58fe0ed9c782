"""Setting the library up, and changing levels while the process runs."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import Annotated, TypeAlias

from vigil_telemetry import runtime
from vigil_telemetry.arguments import Constraint, Project, Seconds, Share, Text, matching, shown, validated
from vigil_telemetry.outputs.base import Output, takes_lines
from vigil_telemetry.severity import Severity
from vigil_telemetry.trace import TraceContext

Family: TypeAlias = Annotated[
    str,
    matching(
        r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|log\.\S+",
        "give the tag of an event or its beginning, such as 'http' or 'db.query', or 'log.NAME' for a logger",
    ),
]
"""A family of events. Whether there is one is not known here: its module may be imported later."""

Key: TypeAlias = Annotated[
    str | bytes, Constraint(lambda value: bool(value.strip()), "give the key, or leave it out: then one is made")
]
"""The key of pseudonyms."""


@validated
def configure(
    *,
    service: Text | None = None,
    version: Text | None = None,
    environment: Text | None = None,
    project: Project | None = None,
    level: Severity | str | None = None,
    levels: Mapping[Family, Severity | str] | None = None,
    sampling: Mapping[Family, Share] | None = None,
    output: Output | None = None,
    pseudonym_key: Key | None = None,
    span: Callable[[], TraceContext | None] | None = None,
    line_limit: int | None = None,
) -> None:
    """Set the process's settings; what is not given comes from the environment.

    Optional: without it, all comes from there.

    Args:
        service: who writes; default `K_SERVICE`, `CLOUD_RUN_WORKER_POOL`, `CLOUD_RUN_JOB` or `SERVICE_NAME`.
        version: of the service; default `K_REVISION`, `CLOUD_RUN_REVISION` or `SERVICE_VERSION`.
        environment: `prod`, `staging`, ...; default `VIGIL_ENVIRONMENT`. Decides the level where none is given.
        project: Google Cloud project of the traces; default `GOOGLE_CLOUD_PROJECT`.
        level: what an event has to reach; default `VIGIL_LOG_LEVEL`, else by environment (DEBUG, from staging on INFO).
        levels: by event family, `{"db": "WARNING", "http.request": "DEBUG"}`; the longest that fits holds.
        sampling: share of lines written, by event or family; what is WARNING or worse is always written.
        output: where lines go; default standard output.
        pseudonym_key: key of pseudonyms, the same in all services whose lines you want to join; default
            `VIGIL_PSEUDONYM_KEY`. Without one, pseudonyms hold within this process only.
        span: returns the current trace, called for each line (`bridges.opentelemetry.current_span`). If it raises or
            returns anything else, the line is written without it and counted (`counters.repaired`).
        line_limit: bytes of a line; the texts of a longer one are cut. Default `VIGIL_LINE_LIMIT`, else 250000, what
            Cloud Logging takes. Docker's `gcplogs` driver splits lines over 16384.

    Raises TypeError for a value of another type, and ValueError for an unknown level, a rate outside 0 to 1, a limit
    that is too small, a text that is empty.
    """
    if output is not None and not takes_lines(output):
        raise TypeError(
            f"configure: output is {shown('output', output)}; give what takes lines, such as StreamOutput() or "
            "QueueOutput(...) of vigil_telemetry.outputs"
        )
    runtime.replace(
        runtime.from_environment(
            service=service,
            version=version,
            environment=environment,
            project=project,
            level=level,
            levels=levels,
            sampling=sampling,
            output=output,
            pseudonym_key=pseudonym_key,
            span=span,
            line_limit=line_limit,
        ),
    )


@validated
def set_level(level: Severity | str, family: Family | None = None) -> None:
    """Change the level of an event family while the process runs.

    Without a family, set the level of every event that has no level itself.

    Raises ValueError for an unknown level.
    """
    now, severity = runtime.settings(), Severity.parse(level)
    if family is None:
        runtime.replace(dataclasses.replace(now, level=severity))
    else:
        runtime.replace(dataclasses.replace(now, levels={**now.levels, family: severity}))


@validated
def set_sampling(rate: Share, family: Family) -> None:
    """Change the share of an event family's lines that is written, while the process runs.

    Raises ValueError for a rate outside 0 to 1.
    """
    now = runtime.settings()
    runtime.replace(dataclasses.replace(now, sampling={**now.sampling, family: rate}))


@validated
def flush(deadline: Seconds = 2.0) -> None:
    """Write what the output still holds, for at most `deadline` seconds. Never raises."""
    with contextlib.suppress(Exception):  # an output of somebody else's may do anything
        runtime.settings().output.flush(deadline)
