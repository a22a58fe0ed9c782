"""A verification from beginning to end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from vigil_runner.access import Access
from vigil_runner.program import Run
from vigil_verify.checks import Look
from vigil_verify.declared import declared
from vigil_verify.findings import Finding, Verification, guarded
from vigil_verify.widgets import widgets

WINDOW: Final = timedelta(hours=1)
"""How far back verification looks by default."""


def verify(run: Run, access: Access, *, now: datetime | None = None, window: timedelta = WINDOW) -> Verification:
    """Look at everything that a run of the program declares, in the project that `access` reaches.

    `now` is the project's time, the wall's where none is given. A query that fails is a finding as well.
    """
    look = Look(access, declared(run), now=now or datetime.now(UTC), window=window)
    findings = tuple(_looks(look))
    return Verification(stack=run.stack, findings=findings, traffic=look.traffic)


def _looks(look: Look) -> Iterator[Finding]:
    yield from guarded("metric", look.metrics)
    yield from guarded("log bucket", look.buckets)
    yield from guarded("sink", look.sinks)
    yield from guarded("channel", look.channels)
    yield from guarded("uptime check", look.uptime)
    yield from guarded("policy", look.policies)
    yield from guarded("widget", lambda: widgets(look))
    yield from guarded("event", look.events)
    yield from guarded("incident", look.incidents)
