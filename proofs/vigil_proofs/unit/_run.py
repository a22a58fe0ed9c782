"""Unit tests run: what each expectation finds, and the time line of what fails."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from vigil_apimodel.json_values import JsonObject, text
from vigil_apimodel.metrics import METRICS, RESOURCES
from vigil_emulator.alerting.incidents import Incident
from vigil_proofs.timeline import TimeLine, watched
from vigil_proofs.unit import _file, _notation, _policies
from vigil_proofs.unit._bench import Bench, Feed, Written

_INTERVAL = re.compile(r"(\d+)(s|m|h)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_PROMETHEUS_RESOURCE = ("cluster", "instance", "job", "location", "namespace")
_COUNTERS = ("_total", "_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one test."""

    name: str
    """The test's name."""
    policy: str
    """The policy's display name."""
    breaches: tuple[str, ...]
    """What is not as expected, in words."""
    line: TimeLine | None = None
    """What happened, of a test that fails."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.breaches

    def report(self) -> str:
        """Return the outcome for people."""
        if self.passed:
            return f"passed: {self.name}"
        lines = [f"FAILED: {self.name} ({self.policy})", *(f"  {each}" for each in self.breaches)]
        return "\n".join([*lines, *([self.line.words()] if self.line else [])])


def run(tests: _file.TestFile, folder: Path) -> list[Outcome]:
    """Run all tests of a file; `folder` is where its paths begin.

    Raises FileError for a test that names no policy of the files, and check.UnreadableError for a file of theirs.
    """
    if not tests.policies:
        raise _file.FileError(
            "policies is empty: the tests are those of a policy that a program declares. Run `vigil test -s STACK`, or "
            "name files of policies."
        )
    found = _policies.load(folder / name for name in tests.policies)
    policies = _policies.policies(found, tests.variables)
    more = _policies.load(folder / name for name in tests.metrics)
    metrics = _policies.metrics([*found, *more], tests.variables)
    if not policies:
        raise _file.FileError(f"{', '.join(tests.policies)} hold no alert policy. Name files of policies.")
    return [run_one(test, _policy(test, policies, tests), metrics, tests.project) for test in tests.tests]


def _policy(test: _file.UnitTest, policies: Sequence[JsonObject], tests: _file.TestFile) -> JsonObject:
    wanted = _policies.filled(test.policy, tests.variables)
    names = [text(each, "displayName") for each in policies]
    fitting = [each for each, name in zip(policies, names, strict=True) if wanted in {"", name}]
    if test.policy and any(one != fitting[0] for one in fitting):
        raise _file.FileError(
            f"Test {test.name!r}: {len(fitting)} policies are named {test.policy!r}. Give each its own name, or write "
            "a test file for each of their files."
        )
    if len(fitting) == 1 or (test.policy and fitting):
        return fitting[0]
    known = ", ".join(repr(name) for name in names)
    choice = f"no policy {test.policy!r}" if test.policy else "several policies and the test names none"
    raise _file.FileError(f"Test {test.name!r}: there is {choice}. Set policy to one of {known}.")


def run_one(
    test: _file.UnitTest, policy: JsonObject, metrics: Sequence[JsonObject] = (), project: str = "project-id"
) -> Outcome:
    """Run one test of a policy. Raises FileError for series that are not written rightly."""
    try:
        feeds = [feed_of(each, seconds(test.interval)) for each in test.series]
    except _notation.NotationError as error:
        raise _file.FileError(f"Test {test.name!r}: {error}.") from error
    bench = Bench(policy, metrics=metrics, project=project, start=test.start)
    try:
        bench.feed(feeds)
        until = max(each.minute for each in test.expect)
        bench.run(until, list(written_entries(test)))
        breaches = [*_unevaluated(bench), *(breach for each in test.expect for breach in _judged(each, bench))]
        line = _line(test, policy, bench, until) if breaches else None
    finally:
        bench.close()
    return Outcome(name=test.name, policy=text(policy, "displayName"), breaches=tuple(breaches), line=line)


def seconds(interval: str) -> int:
    """Return an interval such as `1m` in seconds. Raises NotationError."""
    found = _INTERVAL.match(interval)
    if found is None or not int(found[1]):
        raise _notation.NotationError(f"{interval!r} is no interval: write 30s, 1m or 1h")
    return int(found[1]) * _SECONDS[found[2]]


def feed_of(each: _file.SeriesInput, interval: int) -> Feed:
    """Return the feed of a file's series. Names without dots and slashes are Prometheus'. Raises NotationError."""
    selector = _notation.selector(each.series)
    metric, labels, resource = selector.name, dict(selector.labels), each.resource
    resource = labels.pop("monitored_resource", resource)
    of_resource = {
        key.removeprefix("resource."): labels.pop(key) for key in list(labels) if key.startswith("resource.")
    }
    labels = {key.removeprefix("metric."): value for key, value in labels.items()}
    known = METRICS.get(metric)
    kind, type_ = each.kind, each.type
    if "/" not in metric and "." not in metric:
        kind = kind or ("CUMULATIVE" if metric.endswith(_COUNTERS) else "GAUGE")
        metric = f"prometheus.googleapis.com/{metric}/{'counter' if kind == 'CUMULATIVE' else 'gauge'}"
        resource = resource or "prometheus_target"
        of_resource |= {key: labels.pop(key) for key in _PROMETHEUS_RESOURCE if key in labels}
    elif known is not None:
        kind, type_ = kind or known.kind.value, type_ or known.value_type.value
        resource = resource or (known.resources[0] if known.resources else "")
    if resource in RESOURCES:
        of_resource |= {key: labels.pop(key) for key in RESOURCES[resource].labels if key in labels}
    if kind not in {"", "GAUGE", "DELTA", "CUMULATIVE"}:
        raise _notation.NotationError(f"kind {kind!r}: write GAUGE, DELTA or CUMULATIVE")
    return Feed(
        metric=metric,
        values=_notation.values(each.values),
        kind=kind or "GAUGE",
        value_type=type_ or "DOUBLE",
        labels=labels,
        resource=resource or "global",
        resource_labels=of_resource,
        interval=interval,
    )


def written_entries(test: _file.UnitTest) -> Iterator[Written]:
    """Yield the entries of a test, each with its minute."""
    for each in test.entries:
        last = each.minute if each.until is None else each.until
        minute = each.minute
        while minute <= last:
            for _ in range(each.count):
                yield Written(minute, cast("JsonObject", each.entry))
            minute += 1


def _unevaluated(bench: Bench) -> Iterator[str]:
    for problem in bench.problems:
        yield f"a condition cannot be evaluated: {problem}"


def _judged(wanted: _file.Expectation, bench: Bench) -> Iterator[str]:
    at = f"at minute {wanted.minute:g}"
    there = [each for each in bench.incidents() if bench.minute(each.opened) <= wanted.minute]
    fitting = [each for each in there if _has(each, wanted.labels)]
    labelled = f" with labels {wanted.labels}" if wanted.labels else ""
    still = [each for each in fitting if not each.closed or bench.minute(each.closed) > wanted.minute]
    over = [each for each in fitting if each.closed and bench.minute(each.closed) <= wanted.minute]
    others = "" if len(fitting) == len(there) else f"; there are {[_labels(each) for each in there]}"
    yield from _counted(wanted.open, len(still), f"{at}: incidents open{labelled}", others)
    yield from _counted(wanted.closed, len(over), f"{at}: incidents closed{labelled}", others)
    notifications = [
        each
        for each in bench.data.notifier.deliveries
        if each.event == "open" and any(one.name == each.incident for one in fitting)
    ]
    if isinstance(wanted.notified, list):
        channels = sorted({each.channel for each in notifications})
        if channels != sorted(wanted.notified):
            yield f"{at}: notified {channels or 'nobody'}, expected {sorted(wanted.notified)}"
    else:
        yield from _counted(wanted.notified, len(notifications), f"{at}: notifications", "")
    content = "\n".join(_content(each) for each in fitting)
    for part in [wanted.text] if isinstance(wanted.text, str) else wanted.text:
        if part not in content:
            yield f"{at}: the notification does not contain {part!r}; it reads {content[:500]!r}"


def _counted(wanted: bool | int | None, found: int, noun: str, others: str) -> Iterator[str]:
    if wanted is None:
        return
    if isinstance(wanted, bool):
        if bool(found) is not wanted:
            yield f"{noun}: {found}, expected {'at least one' if wanted else 'none'}{others}"
    elif found != wanted:
        yield f"{noun}: {found}, expected {wanted}{others}"


def _labels(incident: Incident) -> dict[str, str]:
    return {**incident.resource_labels, **incident.metric_labels, **incident.log_labels}


def _has(incident: Incident, labels: dict[str, str]) -> bool:
    found = _labels(incident)
    return all(
        found.get(key.removeprefix("resource.").removeprefix("metric.")) == value for key, value in labels.items()
    )


def _content(incident: Incident) -> str:
    payload = incident.notification(number=0)
    parts = cast("dict[str, object]", payload["incident"])
    documentation = cast("dict[str, object]", parts["documentation"])
    return f"{documentation['subject']}\n{documentation['content']}\n{parts['policy_name']}\n{parts['summary']}"


def _line(test: _file.UnitTest, policy: JsonObject, bench: Bench, until: float) -> TimeLine | None:
    """The time line of the policy's first condition."""
    inputs = [each.series for each in test.series] + [f"{len(test.entries)} kinds of entries"] * bool(test.entries)
    spans = [
        (bench.minute(each.opened), bench.minute(each.closed) if each.closed else None) for each in bench.incidents()
    ]
    return watched(
        test.name,
        policy,
        bench,
        name=bench.policy,
        until=max(1, int(until)),
        incidents=tuple(spans),
        ended=int(until),
        fed="; ".join(inputs) or "nothing",
    )
