"""Tests derived from a policy: an input that fires each condition, and a near miss that does not."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import msgspec

from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_apimodel.rules.inputs import UNKNOWN
from vigil_emulator.alerting.policy import Absence, Condition, Log, Policy, PromQL, Threshold, Unsupported, policy_of
from vigil_emulator.times import MINUTE
from vigil_proofs.unit._bench import Bench
from vigil_proofs.unit._file import EntryInput, Expectation, UnitTest
from vigil_proofs.unit._known import evaluated, first_unknown, stand_alone
from vigil_proofs.unit._run import feed_of, seconds, written_entries
from vigil_proofs.unit.derive import _entry
from vigil_proofs.unit.derive._inputs import Input, Level, Mode, Phase, interval_of, series, step_for
from vigil_proofs.unit.derive._reason import CannotInvertError
from vigil_proofs.unit.derive._search import AlwaysTrueError, NeverTrueError, Search
from vigil_proofs.unit.derive._series import beside_levels, of_filter, of_query

HEALTHY = 5
"""Minutes of healthy data before anything else, at least."""
AFTER = 15
"""Minutes of healthy data after all windows have passed."""
_OF_CHANGE = frozenset({"ALIGN_STDDEV", "ALIGN_PERCENT_CHANGE", "REDUCE_STDDEV"})
"""Aligners and reducers whose result no single level decides."""
_NOT_IN_FILE = "{} is not in the file: a plan does not know it yet, or it is secret"
_COUNTING = {
    "REDUCE_COUNT": Mode.SERIES,
    "REDUCE_COUNT_TRUE": Mode.TRUE,
    "REDUCE_COUNT_FALSE": Mode.FALSE,
}
"""Reducers that count series."""


class Status(StrEnum):
    """What was found about a condition."""

    PROVEN = "proven"
    """It fires, it closes, and it stays silent at the near miss."""
    UNKNOWN = "not inverted"
    """No input was found; the reason says why."""
    NEVER_FIRES = "can never fire"
    FIRES_AT_ONCE = "fires on healthy data"
    FLAPS = "flaps"
    NEVER_CLOSES = "never closes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What was found about a condition, and its tests."""

    policy: str
    """The policy's display name."""
    condition: str
    """The condition's display name."""
    kind: str
    """threshold, absence, log match or PromQL."""
    status: Status
    reason: str = ""
    """Why it is not proven."""
    tests: tuple[UnitTest, ...] = ()
    """The input that fires and the near miss, with their results."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Inputs of a condition with the phases of each play."""

    inputs: tuple[Input, ...]
    firing: tuple[Phase, ...]
    missing: tuple[Phase, ...]
    entries: tuple[EntryInput, ...] = ()
    near_entries: tuple[EntryInput, ...] = ()
    until: int = 0
    start: int = 0
    conditions: frozenset[str] = frozenset()
    """The conditions that are judged. Another one of the policy may be met as well, as a lower threshold is."""


def derive(body: JsonObject, *, project: str = "project-id") -> list[Derived]:
    """Return the tests of every condition of a policy, in the API's form, and what they show."""
    name = f"projects/{project}/alertPolicies/1"
    conditions = body.get("conditions")
    if not isinstance(conditions, list):
        return [_not_in_file(body, "conditions", conditions)] if conditions == UNKNOWN else []
    if not stand_alone(body):
        return [_together(policy_of(name, body), body, project)]
    known = evaluated(body)
    policy = policy_of(name, known)
    found: list[Derived] = []
    place = 0
    for index, condition in enumerate(conditions):
        if first_unknown(condition, "condition"):
            found.append(_not_in_file(body, f"conditions[{index}]", condition))
        elif isinstance(condition, dict):
            found.append(_one(policy, place, f"conditions[{index}]", known, project))
            place += 1
    return found


def _not_in_file(body: JsonObject, place: str, condition: JsonValue) -> Derived:
    """Return the result for a condition that a plan does not know yet, or hides."""
    given = condition if isinstance(condition, dict) else {}
    (alone,) = policy_of("p", {"conditions": [given]}).conditions
    return Derived(
        policy=text(body, "displayName"),
        condition=text(given, "displayName") or place,
        kind=_kind(alone),
        status=Status.UNKNOWN,
        reason=_NOT_IN_FILE.format(first_unknown(condition, place)),
    )


def _one(policy: Policy, place: int, path: str, body: JsonObject, project: str) -> Derived:
    condition = policy.conditions[place]
    name, kind = condition.display_name or path, _kind(condition)
    try:
        plan = _plan(policy, condition, project)
    except CannotInvertError as error:
        return Derived(
            policy=policy.display_name,
            condition=name,
            kind=kind,
            status=_status(error),
            reason=str(error),
        )
    return _played(policy, (name, kind), replace(plan, conditions=frozenset({condition.name})), body, project)


def _named(policy: Policy, place: int) -> str:
    """The display name of a condition, or its place where it has none."""
    return policy.conditions[place].display_name or f"conditions[{place}]"


def _together(policy: Policy, body: JsonObject, project: str) -> Derived:
    """All conditions at once, for a policy that needs all of them."""
    name = " and ".join(_named(policy, place) for place in range(len(policy.conditions)))
    kinds = ", ".join(dict.fromkeys(_kind(each) for each in policy.conditions))
    if unknown := first_unknown(body["conditions"], "conditions"):
        reason = _NOT_IN_FILE.format(unknown)
        return Derived(policy=policy.display_name, condition=name, kind=kinds, status=Status.UNKNOWN, reason=reason)
    try:
        plans = [_plan(policy, each, project) for each in policy.conditions]
        plan = replace(_joined(plans), conditions=frozenset(each.name for each in policy.conditions))
    except CannotInvertError as error:
        return Derived(policy=policy.display_name, condition=name, kind=kinds, status=_status(error), reason=str(error))
    return _played(policy, (name, kinds), plan, body, project)


def _joined(plans: Sequence[_Plan]) -> _Plan:
    """The plans side by side, their phases as long as the longest; the first is the one that nearly fires."""
    inputs = tuple(each for plan in plans for each in plan.inputs)
    if len({(each.wanted.metric, tuple(each.wanted.labels.items())) for each in inputs}) < len(inputs):
        raise CannotInvertError("its conditions read the same series, which cannot be at two levels at once")
    if any(plan.entries for plan in plans):
        raise CannotInvertError("a log match is joined with other conditions")
    lengths = [max(plan.firing[place][0] for plan in plans) for place in range(3)]

    def phases(of: Sequence[tuple[Phase, ...]]) -> tuple[Phase, ...]:
        return tuple((lengths[place], tuple(level for one in of for level in one[place][1])) for place in range(3))

    firing = phases([plan.firing for plan in plans])
    missing = phases([plans[0].missing, *(plan.firing for plan in plans[1:])])
    return _Plan(inputs, firing, missing, until=sum(lengths) - 1, start=max(plan.start for plan in plans))


def _kind(condition: Condition) -> str:
    match condition.test:
        case Threshold() as test:
            return "forecast" if test.horizon else "ratio" if test.denominator_filter else "threshold"
        case Absence():
            return "absence"
        case Log():
            return "log match"
        case PromQL():
            return "PromQL"
        case Unsupported():
            return "other"


def _status(error: CannotInvertError) -> Status:
    if isinstance(error, NeverTrueError):
        return Status.NEVER_FIRES
    return Status.FIRES_AT_ONCE if isinstance(error, AlwaysTrueError) else Status.UNKNOWN


def _plan(policy: Policy, condition: Condition, project: str) -> _Plan:
    match condition.test:
        case Threshold() as test:
            return _copied(_threshold(test, project), condition.count)
        case PromQL() as test:
            return _promql(test, project)
        case Absence() as test:
            return _copied(_absence(test), condition.count)
        case Log() as test:
            return _log(policy, test, project)
        case Unsupported(reason=reason):
            raise CannotInvertError(reason)


def _copied(plan: _Plan, copies: int) -> _Plan:
    """The plan with as many series as the trigger of its condition wants."""
    return plan if copies <= 1 else replace(plan, inputs=tuple(replace(one, copies=copies) for one in plan.inputs))


def _threshold(test: Threshold, project: str) -> _Plan:
    inputs = [Input(of_filter(test.filter, test.aggregations), _mode(test))]
    if test.denominator_filter:
        whole = of_filter(test.denominator_filter, test.denominator_aggregations)
        if whole.labels == inputs[0].wanted.labels and whole.metric == inputs[0].wanted.metric:
            raise CannotInvertError("numerator and denominator select the same series")
        inputs.append(Input(whole))
    periods = sum(one.period for one in (*test.aggregations, *test.denominator_aggregations[:1])) or MINUTE
    window = math.ceil(periods / MINUTE) + 1
    if test.horizon:
        window = max(window, 30)
    minutes = [test.value, *(test.value * one.period / MINUTE for one in test.aggregations)]
    per_point = [test.value * MINUTE / one.period for one in test.aggregations if one.period]
    varying = [step for one in test.aggregations for step in (one.aligner, one.reducer) if step in _OF_CHANGE]
    try:
        return _searched(test, inputs, [*minutes, *per_point], window=window, project=project)
    except (NeverTrueError, AlwaysTrueError) as error:
        if not varying:
            raise
        raise CannotInvertError(beside_levels(varying[0], "on how values differ")) from error


def _mode(test: Threshold) -> Mode:
    steps = [step for one in test.aggregations for step in (one.aligner, one.reducer)]
    if test.horizon:
        return Mode.RAMP
    for reducer, mode in _COUNTING.items():
        if reducer in steps:
            return mode
    return Mode.POINTS if "ALIGN_COUNT" in steps else Mode.LEVEL


def _promql(test: PromQL, project: str) -> _Plan:
    query = of_query(test.query)
    inputs = [Input(each, step=step_for(query.shortest)) for each in query.wanted]
    literals = query.wanted[0].literals
    window = math.ceil(query.window / 60) + 1
    try:
        return _searched(test, inputs, literals, window=window, project=project, shifted=query.shifted)
    except (NeverTrueError, AlwaysTrueError) as error:
        if not query.untried:
            raise
        raise CannotInvertError(query.untried) from error


def _searched(
    test: PromQL | Threshold,
    inputs: Sequence[Input],
    literals: Sequence[float],
    *,
    window: int,
    project: str,
    shifted: bool = False,
) -> _Plan:
    history = window + HEALTHY
    again = math.ceil(test.interval / MINUTE) - 1  # more minutes until its next evaluation
    lasting = window + math.ceil(test.duration / MINUTE) + HEALTHY + again
    span = window // 2 if shifted else lasting if any(each.mode is Mode.RAMP for each in inputs) else window
    search = Search(
        test, inputs, history=history, window=span, project=project, lasting=math.ceil(test.duration / MINUTE) + 1
    )
    found = search.levels(literals)
    lasting = lasting - window + span if shifted else lasting
    after = window + math.ceil(test.duration / MINUTE) + AFTER + again

    def phases(levels: tuple[Level, ...]) -> tuple[Phase, ...]:
        return ((history + 1, found.healthy), (lasting, levels), (after, found.healthy))

    return _Plan(
        tuple(inputs), phases(found.firing), phases(found.missing), until=history + lasting + after, start=window
    )


def _absence(test: Absence) -> _Plan:
    aggregations = test.aggregations
    inputs = (Input(of_filter(test.filter, aggregations)),)
    gap = math.ceil(test.duration / MINUTE)
    there: tuple[Level, ...] = (1.0,)
    firing = ((HEALTHY + 5, there), (gap + 3, (None,)), (AFTER, there))
    short = max(gap - 2, 0)
    missing = ((HEALTHY + 5, there), (short, (None,)), (AFTER + gap + 3 - short, there))
    return _Plan(inputs, firing, missing, until=HEALTHY + 5 + gap + 3 + AFTER)


def _log(policy: Policy, test: Log, project: str) -> _Plan:
    entry = _entry.matching(test.filter, project)
    near = _entry.near(test.filter, entry, project)
    closes = math.ceil(policy.auto_close / MINUTE) + HEALTHY
    return _Plan(
        (),
        (),
        (),
        entries=(EntryInput(minute=HEALTHY, entry=entry),),
        near_entries=(EntryInput(minute=HEALTHY, entry=near),),
        until=HEALTHY + closes + 1,
    )


def _played(policy: Policy, name: tuple[str, str], plan: _Plan, body: JsonObject, project: str) -> Derived:
    """Play both inputs, and make tests of what must come of them; `name` is the condition's with its kind."""
    condition, kind = name
    healthy = plan.firing[0][0] - 1 if plan.firing else HEALTHY - 1
    interval = f"{interval_of(plan.inputs)}s" if interval_of(plan.inputs) != 60 else "1m"  # noqa: PLR2004 - seconds

    def made(name: str, phases: tuple[Phase, ...], entries: tuple[EntryInput, ...]) -> UnitTest:
        return UnitTest(
            name=f"{condition or policy.display_name}: {name}",
            policy=policy.display_name,
            interval=interval,
            start=plan.start,
            series=series(plan.inputs, phases) if phases else [],
            entries=list(entries),
            expect=[Expectation(minute=plan.until)],
        )

    fires = made("fires", plan.firing, plan.entries)
    near = made("near miss", plan.missing, plan.near_entries)
    loud, quiet = _play(fires, body, project), _play(near, body, project)
    status, reason = _judged(loud.of(plan.conditions), quiet.of(plan.conditions), healthy, plan)
    tests = (
        msgspec.structs.replace(fires, expect=list(_expected(loud, plan, policy)))
        if loud.of(plan.conditions).spans
        else None,
        None if quiet.of(plan.conditions).spans else msgspec.structs.replace(near, expect=[quiet.at(plan.until)]),
    )
    return Derived(
        policy=policy.display_name,
        condition=condition,
        kind=kind,
        status=status,
        reason=reason,
        tests=tuple(each for each in tests if each is not None),
    )


class _Span(NamedTuple):
    """An incident: when it opened and closed, in minutes."""

    condition: str
    series: str
    opened: float
    closed: float | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The result of a play: its incidents, the notified channels, and what could not be evaluated."""

    spans: tuple[_Span, ...]
    channels: tuple[str, ...]
    problems: tuple[str, ...]

    def of(self, conditions: frozenset[str]) -> "_Seen":
        """Return the same with the incidents of these conditions alone."""
        return replace(self, spans=tuple(each for each in self.spans if each.condition in conditions))

    def at(self, minute: float) -> Expectation:
        """Return how many incidents are open and closed at a minute."""
        closed = sum(1 for each in self.spans if each.closed is not None and each.closed <= minute)
        opened = sum(1 for each in self.spans if each.opened <= minute)
        return Expectation(minute=minute, open=opened - closed, closed=closed)


def _play(test: UnitTest, body: JsonObject, project: str) -> _Seen:
    bench = Bench(body, project=project, start=test.start)
    try:
        bench.feed(feed_of(each, seconds(test.interval)) for each in test.series)
        bench.run(test.expect[-1].minute, list(written_entries(test)))
        spans = tuple(
            _Span(
                each.condition,
                each.series,
                bench.minute(each.opened),
                bench.minute(each.closed) if each.closed else None,
            )
            for each in bench.incidents()
        )
        channels = tuple(sorted({each.channel for each in bench.data.notifier.deliveries if each.event == "open"}))
        return _Seen(spans, channels, tuple(bench.problems))
    finally:
        bench.close()


def _judged(  # noqa: PLR0911 - one line for each status
    loud: _Seen, quiet: _Seen, healthy: int, plan: _Plan
) -> tuple[Status, str]:
    if loud.problems:
        return Status.UNKNOWN, loud.problems[0]
    if any(each.opened <= healthy for each in loud.spans):
        return Status.FIRES_AT_ONCE, f"an incident is open at minute {healthy}, before anything is wrong"
    if not loud.spans:
        return Status.NEVER_FIRES, "the condition becomes true and no incident opens: see duration and trigger"
    if quiet.spans:
        return Status.UNKNOWN, f"the near miss opens an incident at minute {quiet.spans[0].opened:g}"
    keys = [(each.condition, each.series) for each in loud.spans]
    if plan.inputs and len(set(keys)) < len(keys):
        return Status.FLAPS, f"{len(keys)} incidents of {len(set(keys))} series come of one lasting cause"
    if any(each.closed is None for each in loud.spans):
        return Status.NEVER_CLOSES, f"an incident is still open at minute {plan.until}, long after all is healthy again"
    return Status.PROVEN, ""


def _expected(seen: _Seen, plan: _Plan, policy: Policy) -> Iterator[Expectation]:
    """What the play showed, as expectations: exact minutes, so that another duration or window is noticed."""
    opened = [each.opened for each in seen.of(plan.conditions).spans]
    yield seen.at(max(min(opened) - 1, 0))
    now = seen.at(max(opened))
    yield msgspec.structs.replace(now, closed=None, notified=list(seen.channels) if policy.channels else None)
    yield seen.at(plan.until)
