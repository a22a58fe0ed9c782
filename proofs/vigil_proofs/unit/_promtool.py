"""Promtool's test files and Prometheus' rule files, as policies and unit tests of them.

Fields of a rule become fields of a policy as `gcloud monitoring policies migrate` maps them:
https://cloud.google.com/monitoring/promql/promql-migrate
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar, cast

import msgspec

from vigil_apimodel.json_values import JsonObject, text
from vigil_proofs.unit._file import Expectation, FileError, SeriesInput, TestFile, UnitTest, document
from vigil_proofs.unit._notation import NotationError, selector, values

STEP = 30
"""Seconds: an evaluation interval of a policy is a multiple (google/monitoring/v3/alert.proto)."""
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?\Z")
_UNITS = (86_400, 3_600, 60, 1, 0.001)
_LABEL_VARIABLE = re.compile(r"\{\{\s*(?:humanize\s+)?\$labels\.(\w+)\s*\}\}")
_VALUE_VARIABLE = re.compile(r"\{\{\s*(?:humanize\s+)?\$value\s*\}\}")
_RATES: Final = r"\b(?:rate|increase|irate|resets)\s*\(\s*"
_Document = TypeVar("_Document")
_MOST_TEXT = 8000
"""Bytes of a documentation, below the API's 8192."""


class _AlertAt(msgspec.Struct):
    exp_labels: dict[str, object] | None = None
    exp_annotations: dict[str, object] | None = None


class _AlertTest(msgspec.Struct):
    alertname: str
    eval_time: str | int = "0s"
    exp_alerts: list[_AlertAt] | None = None


class _QueryTest(msgspec.Struct):
    expr: str = ""


class _Series(msgspec.Struct):
    series: str
    values: object
    """A text; YAML reads a single number as one."""


class _Test(msgspec.Struct):
    interval: str = "1m"
    name: str = ""
    input_series: list[_Series] | None = None
    alert_rule_test: list[_AlertTest] | None = None
    promql_expr_test: list[_QueryTest] | None = None


class _TestDocument(msgspec.Struct):
    tests: list[_Test]
    rule_files: list[str] | None = None
    evaluation_interval: str = "1m"


class _Rule(msgspec.Struct):
    expr: object
    alert: str = ""
    record: str = ""
    for_: str | int = msgspec.field(name="for", default="0s")
    keep_firing_for: str | int = "0s"
    labels: dict[str, object] | None = None
    annotations: dict[str, object] | None = None


class _Group(msgspec.Struct):
    name: str
    rules: list[_Rule]
    interval: str = ""


class _RuleDocument(msgspec.Struct):
    groups: list[_Group]


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a promtool test file."""

    tests: tuple[UnitTest, ...]
    policies: tuple[JsonObject, ...]
    """A policy for each alerting rule of the rule files; empty where policies were given."""
    left: tuple[str, ...]
    """What is not converted, or means something else at Google, with the reason."""


@dataclass(slots=True)
class _Work:
    """What is known while a file is converted."""

    interval: int
    alerts: dict[str, tuple[_Rule, JsonObject]] = field(default_factory=dict[str, "tuple[_Rule, JsonObject]"])
    recorded: dict[str, str] = field(default_factory=dict[str, str])
    left: list[str] = field(default_factory=list[str])
    repeated: set[str] = field(default_factory=set[str])
    """Alerts of several rules whose texts differ."""


def is_promtool(document: object) -> bool:
    """Return whether a YAML document is a test file of promtool."""
    if not isinstance(document, dict) or "tests" not in document or "policies" in document:
        return False
    tests = cast("dict[str, object]", document)["tests"]
    known = {"input_series", "alert_rule_test", "promql_expr_test"}
    return isinstance(tests, list) and any(
        isinstance(each, dict) and known & set(cast("dict[str, object]", each)) for each in cast("list[object]", tests)
    )


def convert(file: Path, policies: Sequence[JsonObject] = ()) -> Converted:
    """Return the unit tests of a promtool test file.

    Each is a test of one of the `policies`, whose display name, condition or `alertRule` is the alert's name. Without
    any, each alerting rule of the file's rule files becomes a policy. Raises FileError, which names the file and what
    is wrong with it.
    """
    document = _read(file, _TestDocument, "test file of promtool")
    work = _Work(_seconds(document.evaluation_interval, file))
    series = {_name(each.series) for test in document.tests for each in test.input_series or ()}
    groups = [group for name in _rule_files(file, document) for group in _read(name, _RuleDocument, "rule file").groups]
    work.recorded = {
        rule.record: str(rule.expr)
        for group in groups
        for rule in group.rules
        if rule.record and rule.record not in series
    }
    for group in groups:
        for rule in group.rules:
            if rule.alert:
                _add(rule, _policy(group, rule, file, work), work)
    if policies:
        work.alerts = {name: (rule, body) for name, rule, body in _policies_by_name(policies, work)}
    tests = tuple(made for number, test in enumerate(document.tests, 1) for made in _tests(number, test, file, work))
    if not tests:
        why = "; ".join(work.left) or "it has no alert_rule_test"
        raise FileError(f"{file} has no test of an alert that can be converted: {why}.")
    made = () if policies else tuple(body for _, body in work.alerts.values())
    return Converted(tests, made, tuple(dict.fromkeys(work.left)))


def files(converted: Converted, policies: Sequence[str], project: str = "project-id") -> TestFile:
    """Return the test file of what was converted; `policies` are the names of the files that hold its policies."""
    return TestFile(policies=list(policies), tests=list(converted.tests), project=project)


def load(file: Path) -> object:
    """Return the YAML document of a file, None where it is none."""
    try:
        return document(file)
    except FileError:
        return None


def _read(file: Path, kind: type[_Document], noun: str) -> _Document:
    try:
        return msgspec.convert(document(file), kind, strict=False)
    except msgspec.ValidationError as error:
        raise FileError(f"{file} is no {noun}: {error}.") from error


def _rule_files(file: Path, document: _TestDocument) -> Iterator[Path]:
    """The rule files, whose names may be patterns, from the test file's folder on."""
    for pattern in document.rule_files or ():
        absolute = Path(pattern)
        folder, name = (Path(absolute.anchor), str(absolute)[1:]) if absolute.is_absolute() else (file.parent, pattern)
        found = sorted(folder.glob(name.removeprefix("./")) if not name.startswith("..") else (folder / name,))
        if not found:
            raise FileError(f"{file}: there is no rule file {pattern}. Correct rule_files.")
        yield from found


def _seconds(duration: str | int, file: Path) -> int:
    """A duration of Prometheus (`1h30m`) in whole seconds."""
    written = str(duration)
    read = _DURATION.match(written)
    if read is None or not written:
        if written == "0":
            return 0
        raise FileError(f"{file}: {written!r} is no duration: write 30s, 5m or 1h30m.")
    return math.ceil(sum(int(part) * unit for part, unit in zip(read.groups(), _UNITS, strict=True) if part))


def _name(series: str) -> str:
    try:
        return selector(series).name
    except NotationError:
        return series.partition("{")[0]


def _policy(group: _Group, rule: _Rule, file: Path, work: _Work) -> JsonObject:
    """The policy of an alerting rule."""
    interval = _seconds(group.interval, file) if group.interval else work.interval
    whole = max(STEP, STEP * math.ceil(interval / STEP))
    if whole != interval:
        work.left.append(
            f"alert {rule.alert}: evaluated every {whole} s, not {interval} s: Google takes multiples of {STEP} s"
        )
    if _seconds(rule.keep_firing_for, file):
        work.left.append(f"alert {rule.alert}: keep_firing_for has no counterpart: an incident closes at once")
    query = _inlined(str(rule.expr), rule.alert, work)
    labels = {name: _filled(value) for name, value in _texts(rule.labels).items()}
    for name, value in {**labels, **_annotations(rule)}.items():
        if "{{" in value:
            work.left.append(f"alert {rule.alert}: the template of {name} is kept as it is: {value[:80]!r}")
    annotations = _annotations(rule)
    content = annotations.get("description") or annotations.get("message") or ""
    if runbook := annotations.get("runbook_url"):
        content = f"{content}\n\n{runbook}".strip()
    documentation: JsonObject = {
        "content": content or annotations.get("summary") or rule.alert,
        "mimeType": "text/markdown",
    }
    if subject := annotations.get("summary"):
        documentation["subject"] = subject
    condition: JsonObject = {
        "query": query,
        "duration": f"{_seconds(rule.for_, file)}s",
        "evaluationInterval": f"{whole}s",
        "ruleGroup": group.name,
        "alertRule": rule.alert,
        "disableMetricValidation": True,
    }
    if labels:
        condition["labels"] = dict(labels)
    return {
        "displayName": rule.alert,
        "combiner": "OR",
        "documentation": documentation,
        "conditions": [{"displayName": rule.alert, "conditionPrometheusQueryLanguage": condition}],
    }


def _texts(labels: Mapping[str, object] | None) -> dict[str, str]:
    """Labels as Prometheus reads them: every scalar of YAML is a text."""
    pairs = (labels or {}).items()
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in pairs}


def _add(rule: _Rule, body: JsonObject, work: _Work) -> None:
    """Take a rule's policy; rules of one name, such as one for each severity, are conditions of one policy."""
    if rule.alert not in work.alerts:
        work.alerts[rule.alert] = (rule, body)
        return
    first, known = work.alerts[rule.alert]
    conditions = cast("list[JsonObject]", known["conditions"])
    (added,) = cast("list[JsonObject]", body["conditions"])
    known["conditions"] = [*conditions, {**added, "displayName": f"{rule.alert} {len(conditions) + 1}"}]
    if _texts(first.annotations) != _texts(rule.annotations):
        work.repeated.add(rule.alert)
        work.left.append(f"alert {rule.alert}: several rules have this name; the policy has the first one's texts")


def _annotations(rule: _Rule) -> dict[str, str]:
    return {name: _filled(value)[:_MOST_TEXT] for name, value in _texts(rule.annotations).items()}


def _filled(template: str) -> str:
    """A text with Prometheus' variables written as Google's."""
    named = _LABEL_VARIABLE.sub(lambda found: f"${{metric_or_resource.label.{found[1]}}}", template)
    return _VALUE_VARIABLE.sub("${metric.label.value}", named)


def _inlined(query: str, alert: str, work: _Work) -> str:
    """The query with the expressions of recording rules in place of their names: Google has no recording rules."""
    for _ in range(10):
        before = query
        for name, expression in work.recorded.items():
            uses = re.compile(rf"(?<![\w:.]){re.escape(name)}(?![\w:])")
            if re.search(rf"{uses.pattern}\s*(?:[\[{{@]|offset\b)", query):
                work.left.append(
                    f"alert {alert}: the recording rule {name} is read with labels or a range: give its series instead"
                )
                continue
            query = uses.sub(f"({expression.strip()})", query)
        if query == before:
            break
    return " ".join(query.split())


def _policies_by_name(policies: Sequence[JsonObject], work: _Work) -> Iterator[tuple[str, _Rule, JsonObject]]:
    """Alert, rule and policy of each policy that was given, by each of its names."""
    for body in policies:
        conditions = [cast("JsonObject", each) for each in cast("list[object]", body.get("conditions") or [])]
        inner = [cast("JsonObject", each.get("conditionPrometheusQueryLanguage") or {}) for each in conditions]
        names = [text(body, "displayName"), *(text(each, "displayName") for each in conditions)]
        for name in dict.fromkeys([*names, *(text(each, "alertRule") for each in inner)]):
            known = work.alerts.get(name)
            yield name, known[0] if known else _Rule(expr="", alert=name), body


def _tests(number: int, test: _Test, file: Path, work: _Work) -> Iterator[UnitTest]:
    """A unit test of each alert of a test."""
    called = test.name or f"test {number}"
    for each in test.promql_expr_test or ():
        work.left.append(f"{called}: {each.expr!r} tests a query, not an alert")
    by_alert: dict[str, list[_AlertTest]] = {}
    for each in test.alert_rule_test or ():
        by_alert.setdefault(each.alertname, []).append(each)
    for alert, wanted in by_alert.items():
        if alert not in work.alerts:
            work.left.append(f"{called}: there is no rule or policy for the alert {alert}")
            continue
        rule, body = work.alerts[alert]
        try:
            series = [_series(each, body) for each in test.input_series or ()]
        except NotationError as error:
            work.left.append(f"{called}: {error}")
            return
        yield UnitTest(
            name=f"{called}: {alert}",
            policy=text(body, "displayName"),
            interval=_interval(test.interval, file),
            series=series,
            expect=[one for each in wanted for one in _expected(each, rule, file, work)],
        )


def _interval(written: str, file: Path) -> str:
    seconds = _seconds(written, file)
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def _series(each: _Series, policy: JsonObject) -> SeriesInput:
    """A series; a name that the policy takes a rate of is a counter, whatever it is called."""
    written = " ".join(str(each.values).split())
    name = selector(each.series).name
    values(written)
    counted = re.search(rf"{_RATES}{re.escape(name)}(?![\w:])", msgspec.json.encode(policy).decode())
    ends = name.endswith(("_total", "_count", "_sum", "_bucket"))
    return SeriesInput(series=each.series, values=written, kind="CUMULATIVE" if counted and not ends else "")


def _expected(wanted: _AlertTest, rule: _Rule, file: Path, work: _Work) -> Iterator[Expectation]:
    """How many incidents are open, and one for each alert with its labels and the text that a person reads."""
    minute = _seconds(wanted.eval_time, file) / 60
    alerts = wanted.exp_alerts or []
    yield Expectation(minute=minute, open=len(alerts))
    for each in alerts:
        labels = {name: value for name, value in _texts(each.exp_labels).items() if name != "alertname" and value}
        annotations = _text(_texts(each.exp_annotations), rule, work)
        if labels or annotations:
            yield Expectation(minute=minute, open=1, labels=labels, text=annotations)


def _text(expected: Mapping[str, str], rule: _Rule, work: _Work) -> list[str]:
    """The annotations that the notification has: those without variables that Google does not know."""
    found: list[str] = []
    for name in ("summary", "description", "message"):
        template = _texts(rule.annotations).get(name)
        if name not in expected or template is None or rule.alert in work.repeated:
            continue
        if "{{" in _LABEL_VARIABLE.sub("", template):
            work.left.append(
                f"alert {rule.alert}: the text of {name} is not compared, because its template is more than labels"
            )
        else:
            found.append(expected[name].strip())
    return found


def dumps(policies: Iterable[JsonObject]) -> str:
    """Return the policies as the API's JSON, a list as gcloud writes it."""
    return msgspec.json.format(msgspec.json.encode(list(policies)), indent=2).decode() + "\n"
