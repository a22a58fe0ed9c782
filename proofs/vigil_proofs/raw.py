"""Proofs of a stack's raw policies: their unit tests, or tests that are derived from each condition."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, text
from vigil_apimodel.json_values import JsonObject as WireObject
from vigil_components.documents import ALERT
from vigil_components.testing import Registration
from vigil_proofs import unit
from vigil_proofs.unit import derive
from vigil_runner import check
from vigil_runner.program import Run
from vigil_runner.wire.monitoring_alerting import AlertPolicyWire

RAW: Final = ("vigil:raw:RawPolicy", "vigil:policies:Policy")
"""Components of policies without a declared proof: raw ones, and those in their owner's words."""
_FINE: Final = frozenset({derive.Status.PROVEN, derive.Status.UNKNOWN})
ALONE: Final = 20
"""So many policies are judged before another process would have started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAlert:
    """A raw policy of a stack."""

    name: str
    """The component's name."""
    title: str
    """The policy's display name."""
    service: str
    team: str
    body: JsonObject
    """The policy in the API's form."""
    tests: Path | None
    """Its file of unit tests, None where tests are derived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawVerdict:
    """What became of a raw policy."""

    name: str
    title: str
    service: str
    proven: bool
    """Whether everything that it is for was seen: it opens, it closes, it stays silent at a near miss."""
    breaches: tuple[str, ...] = ()
    """What does not hold."""
    unknown: tuple[str, ...] = ()
    """What could not be tested, with the reason. It does not fail the proof, but it is listed."""
    seconds: float = 0.0


def raw_alerts(run: Run, *, folder: Path) -> tuple[RawAlert, ...]:
    """Return the raw policies that a run registered, by name; `folder` is the program's, where its paths begin."""
    found = [
        RawAlert(name=each.name, title=text(body, "displayName"), service="", team="", body=body, tests=None)
        for each in plain_policies(run)
        for body in [_body(cast("WireObject", each.inputs))]
    ]
    for component in [each for type_ in RAW for each in run.of_type(type_)]:
        (policy,) = [each for each in run.children(component) if each.type == tokens.ALERT_POLICY]
        args = {key: str(component.inputs.get(key) or "") for key in ("title", "service", "team", "tests")}
        found.append(
            RawAlert(
                name=component.name,
                title=args["title"],
                service=args["service"],
                team=args["team"],
                body=_body(cast("WireObject", policy.inputs)),
                tests=folder / args["tests"] if args["tests"] else None,
            )
        )
    return tuple(sorted(found, key=lambda one: one.name))


def plain_policies(run: Run) -> tuple[Registration, ...]:
    """Return the policies that a program makes with the provider's own class, below no component of Vigil."""
    ours = {each.urn for type_ in (ALERT, *RAW) for each in run.of_type(type_)}
    return tuple(each for each in run.of_type(tokens.ALERT_POLICY) if each.parent not in ours and not each.read)


def _body(inputs: WireObject) -> JsonObject:
    wire = AlertPolicyWire()
    return wire.body(wire.defaults(inputs))


def judged(alerts: Sequence[RawAlert], *, jobs: int) -> tuple[RawVerdict, ...]:
    """Judge raw policies, many of them in up to `jobs` processes."""
    count = min(jobs, os.cpu_count() or 1)
    if len(alerts) <= ALONE or count <= 1:
        return tuple(judge(alert) for alert in alerts)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        return tuple(pool.map(judge, alerts, chunksize=4))


def judge(alert: RawAlert) -> RawVerdict:
    """Run the policy's unit tests, or derive a proof of each condition. Never raises for what the policy does wrong."""
    began = time.monotonic()
    breaches, unknown = _tested(alert, alert.tests) if alert.tests is not None else _derived(alert)
    return RawVerdict(
        name=alert.name,
        title=alert.title,
        service=alert.service,
        proven=not breaches and not unknown,
        breaches=tuple(breaches),
        unknown=tuple(unknown),
        seconds=time.monotonic() - began,
    )


def _tested(alert: RawAlert, file: Path) -> tuple[list[str], list[str]]:
    """Run the tests of a file, over the policy as the stack declares it."""
    try:
        tests = unit.read(file)
        metrics = unit.metrics_of([file.parent / name for name in (*tests.policies, *tests.metrics)], tests.variables)
        mine = [each for each in tests.tests if each.policy in {"", alert.title}]
        outcomes = [unit.run_one(each, alert.body, metrics, tests.project) for each in mine]
    except (unit.FileError, check.UnreadableError) as error:
        return [str(error)], []
    if not mine:
        return [f"{file} has no test of the policy {alert.title!r}. Add one, or leave `tests` out."], []
    return [f"{each.name}: {breach}" for each in outcomes for breach in each.breaches], []


def _derived(alert: RawAlert) -> tuple[list[str], list[str]]:
    found = derive.derive(alert.body)
    results = [(one.status, f"{one.condition} ({one.kind}): {one.status.value}: {one.reason}") for one in found]
    wrong = [text for status, text in results if status not in _FINE]
    return wrong, [text for status, text in results if status is derive.Status.UNKNOWN]
