"""The alert engine: conditions over time become incidents.

Rules: docs.cloud.google.com/monitoring/alerts/concepts-indepth (retest windows, combiners, one incident for each
series, missing data, auto-close), .../alerts/using-promql, docs.cloud.google.com/logging/docs/alerting/log-based-
incidents; what they leave open is listed in docs/emulator-evaluation.md.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from vigil_apimodel import limits
from vigil_emulator.alerting.conditions import ConditionEvaluator, Track, literal_threshold
from vigil_emulator.alerting.incidents import Incident, incident_name, summary_of
from vigil_emulator.alerting.policy import Absence, Condition, Log, Policy, PromQL, Threshold, policy_of, snoozed
from vigil_emulator.alerting.state import ConditionState, Firing, PolicyState, SeriesState, combined, eventful
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.routing import LogMatch
from vigil_emulator.metrics.series import Times
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import DAY, MINUTE, SECOND

LOG_INTERVAL = limits.NOTIFICATION_PERIOD_SECONDS * SECOND
"""Nanoseconds between two notifications of a log-match policy, at least."""
CATCH_UP = 10_000
"""Evaluation times of a condition that are looked at together."""
MISSING_DATA_DELAY = 15 * MINUTE
"""Before the auto-close timer starts (concepts-indepth, missing data)."""


class AlertEngine:
    """Evaluates the policies of all projects."""

    def __init__(
        self,
        *,
        resources: ResourceStore,
        evaluator: ConditionEvaluator,
        notify: Callable[[Incident, str, Sequence[str]], None],
        save: Callable[[Incident], None],
        now: Callable[[], int],
    ) -> None:
        """`notify` takes (incident, `open` or `closed`, channels); `save` takes each change of an incident."""
        self._resources = resources
        self._evaluator = evaluator
        self._notify = notify
        self._save = save
        self._now = now
        self._states: dict[str, PolicyState] = {}
        self.incidents: dict[str, Incident] = {}
        self._open_ones: dict[str, dict[str, Incident]] = {}
        self.problems: dict[str, str] = {}
        """Conditions that could not be evaluated, with the reason."""
        for name in resources.names("monitoring.alertPolicies"):
            self._put(name, now())
        resources.subscribe(self._changed)

    def restore(self, incidents: Iterable[Incident], evaluated: int) -> None:
        """Continue where a process left off: its incidents, and conditions as they were up to `evaluated`."""
        for incident in incidents:
            self.incidents[incident.name] = incident
            if incident.open:
                self._open_ones.setdefault(incident.policy, {})[incident.name] = incident
        if evaluated:
            for state in self._states.values():
                for condition in state.conditions:
                    # looking back over the retest window rebuilds since when the condition is met
                    condition.evaluated = (
                        evaluated - condition.condition.test.duration - condition.condition.test.interval
                    )
        self._rebuild(evaluated)

    def _rebuild(self, evaluated: int) -> None:
        for state in self._states.values():
            for condition in state.conditions:
                if isinstance(condition.condition.test, Log):
                    continue
                times = self._due(condition, evaluated)
                tracks = self._tracks(state.policy, condition.condition, times) if len(times) else []
                for index, when in enumerate(times.tolist()):
                    self._advance(condition, tracks, index, when)
                    condition.evaluated = when

    def _changed(self, kind: str, name: str, body: object) -> None:
        if kind != "monitoring.alertPolicies":
            return
        if body is None:
            if self._states.pop(name, None) is not None:
                for incident in self._open(name):
                    self._close(incident, None, self._now(), [])
            return
        self._put(name, self._now())

    def _put(self, name: str, now: int) -> None:
        body = self._resources.get("monitoring.alertPolicies", name) or {}
        policy = policy_of(name, body)
        before = self._states.get(name)
        kept = {state.condition.name: state for state in before.conditions} if before else {}
        conditions: list[ConditionState] = []
        for condition in policy.conditions:
            old = kept.get(condition.name)
            if old is not None and old.condition.test == condition.test:
                old.condition = condition
                conditions.append(old)
            else:
                conditions.append(ConditionState(condition, now))
        state = PolicyState(policy, conditions)
        if before is not None:
            state.last_log, state.log_day, state.log_count = before.last_log, before.log_day, before.log_count
        self._states[name] = state
        for problem in policy.problems:
            self.problems[name] = problem

    def step(self, now: int) -> None:
        """Evaluate every condition that is due by `now`."""
        for state in list(self._states.values()):
            if state.policy.enabled:
                self._step(state, now)
            else:
                for condition in state.conditions:
                    condition.evaluated = now
        for policy_name in list(self._open_ones):
            for incident in self._open(policy_name):
                self._housekeeping(incident, now)

    def next_due(self) -> int | None:
        """Return when the next evaluation is due, ns."""
        dues = [
            (condition.evaluated // condition.condition.test.interval + 1) * condition.condition.test.interval
            for state in self._states.values()
            if state.policy.enabled
            for condition in state.conditions
        ]
        return min(dues, default=None)

    def _due(self, condition: ConditionState, now: int) -> Times:
        interval = condition.condition.test.interval
        first = (condition.evaluated // interval + 1) * interval
        return np.arange(first, min(now, first + interval * (CATCH_UP - 1)) + 1, interval, dtype=np.int64)

    def _step(self, state: PolicyState, now: int) -> None:
        policy = state.policy
        while True:
            timeline: dict[int, list[tuple[ConditionState, list[Track], int]]] = {}
            evaluated = False
            for condition in state.conditions:
                if isinstance(condition.condition.test, Log):
                    condition.evaluated = now
                    continue
                times = self._due(condition, now)
                if not len(times):
                    continue
                evaluated = True
                tracks = self._tracks(policy, condition.condition, times)
                for index in eventful(condition, tracks, len(times)):
                    timeline.setdefault(int(times[index]), []).append((condition, tracks, index))
                condition.evaluated = int(times[-1])
            if not evaluated:
                return
            for when in sorted(timeline):
                firing: dict[str, dict[str, Firing]] = {}
                quiet: dict[str, set[str]] = {}
                normal: dict[str, dict[str, float]] = {}
                for condition, tracks, index in timeline[when]:
                    name = condition.condition.name
                    quiet[name], normal[name] = self._advance(condition, tracks, index, when)
                    firing[condition.condition.name] = condition.firing
                if policy.combiner != "OR":
                    # a condition that is not due now counts as at its last evaluation
                    firing = {state_.condition.name: state_.firing for state_ in state.conditions}
                self._settle(policy, firing, quiet, normal, when)

    def _tracks(self, policy: Policy, condition: Condition, times: Times) -> list[Track]:
        try:
            match condition.test:
                case PromQL() as test:
                    tracks = self._evaluator.promql(policy.project, test, times)
                case Threshold() as test:
                    tracks = self._evaluator.threshold(policy.project, test, times)
                case Absence() as test:
                    tracks = self._evaluator.absence(policy.project, test, times)
                case _:
                    tracks = []
        except (ApiError, PromQLError, FilterError) as error:
            self.problems[condition.name] = str(error)
            return []
        self.problems.pop(condition.name, None)
        return tracks

    def _advance(
        self, condition: ConditionState, tracks: list[Track], index: int, when: int
    ) -> tuple[set[str], dict[str, float]]:
        """One evaluation; returns series without data whose incidents stay as they are, and values that are normal."""
        test = condition.condition.test
        missing = test.missing if isinstance(test, Threshold) else "EVALUATION_MISSING_DATA_INACTIVE"
        firing: dict[str, Firing] = {}
        quiet: set[str] = set()
        normal: dict[str, float] = {}
        present: set[str] = set()
        for track in tracks:
            if not track.present[index]:
                continue
            key = track.key
            present.add(key)
            state = condition.series.setdefault(key, SeriesState())
            state.track = track
            if not track.met[index]:
                state.since = 0
                normal[key] = float(track.values[index])
                continue
            # an absence is met only after its duration; no further wait
            state.since = state.since or when
            wait = 0 if isinstance(test, Absence) else test.duration
            if when - state.since >= wait:
                firing[key] = Firing(condition.condition, track, float(track.values[index]))
        for key in [key for key in condition.series if key not in present]:
            state = condition.series[key]
            if missing == "EVALUATION_MISSING_DATA_ACTIVE" and state.track is not None:
                state.since = state.since or when
                if when - state.since >= test.duration:
                    firing[key] = Firing(condition.condition, state.track, float("nan"))
            elif missing == "EVALUATION_MISSING_DATA_INACTIVE":
                state.since = 0
                del condition.series[key]
            else:
                quiet.add(key)
        needed = condition.condition.count
        if condition.condition.percent:
            needed = max(1, int(np.ceil(len(present) * condition.condition.percent / 100)))
        condition.firing = firing if len(firing) >= needed else {}
        return quiet, normal

    def _settle(
        self,
        policy: Policy,
        firing: dict[str, dict[str, Firing]],
        quiet: dict[str, set[str]],
        normal: dict[str, dict[str, float]],
        when: int,
    ) -> None:
        """Open and close incidents after the conditions due at a time."""
        if policy.combiner != "OR" and len(policy.conditions) > 1:
            firing = combined(policy, firing)
        for incident in self._open(policy.name):
            if incident.condition not in firing:
                continue
            found = firing[incident.condition].get(incident.series)
            if found is not None:
                incident.last_seen = when
                if not np.isnan(found.value):
                    incident.value = found.value
                self._save(incident)
            elif incident.series not in quiet.get(incident.condition, ()):
                value = normal.get(incident.condition, {}).get(incident.series)
                self._close(incident, policy, when, self._prompted(policy, incident), value)
        open_ones = {(incident.condition, incident.series) for incident in self._open(policy.name)}
        new = [
            (name, key, found)
            for name, series in firing.items()
            for key, found in series.items()
            if (name, key) not in open_ones
        ]
        if new and not self._snoozed(policy, when):
            for name, key, found in new:
                self._open_incident(policy, name, key, found, when)

    def _open_incident(self, policy: Policy, condition: str, key: str, found: Firing, when: int) -> None:
        track, test = found.track, found.condition.test
        comparison, threshold = "", None
        if isinstance(test, Threshold):
            comparison, threshold = test.comparison, test.value
        elif isinstance(test, PromQL):
            threshold = literal_threshold(test.query)
            comparison = "<" if "<" in test.query and ">" not in test.query else ">"
        elif isinstance(test, Absence):
            comparison = "absent"
        incident = Incident(
            name=incident_name(policy.project, condition, key, str(when)),
            policy=policy.name,
            policy_name=policy.display_name,
            condition=condition,
            condition_name=found.condition.display_name,
            series=key,
            opened=when,
            last_seen=when,
            metric=track.metric,
            metric_labels=dict(track.metric_labels),
            resource=track.resource,
            resource_labels=dict(track.resource_labels),
            value=None if np.isnan(found.value) else found.value,
            threshold=threshold,
            severity=policy.severity,
            user_labels=dict(policy.user_labels),
            documentation=policy.documentation,
            condition_body=found.condition.body,
        )
        incident.summary = summary_of(policy, incident, comparison)
        self._keep(incident, policy, when)

    def _keep(self, incident: Incident, policy: Policy, when: int) -> None:
        self.incidents[incident.name] = incident
        self._open_ones.setdefault(policy.name, {})[incident.name] = incident
        if "OPENED" in policy.prompts:
            incident.notified = dict.fromkeys(policy.channels, when)
            self._notify(incident, "open", policy.channels)
        self._save(incident)

    def _close(
        self,
        incident: Incident,
        policy: Policy | None,
        when: int,
        channels: Sequence[str],
        value: float | None = None,
    ) -> None:
        """`value` is the one with which all is normal again, where there is one: PromQL selects no series then."""
        incident.closed = when
        self._open_ones.get(incident.policy, {}).pop(incident.name, None)
        if policy is not None:
            incident.summary = summary_of(policy, incident, "", normal=value)
        if channels:
            self._notify(incident, "closed", channels)
        self._save(incident)

    def _prompted(self, policy: Policy, incident: Incident) -> Sequence[str]:
        """Channels to notify of the closing: those that were notified of the opening and that the policy still has."""
        if "CLOSED" not in policy.prompts or self._snoozed(policy, incident.last_seen):
            return []
        return [channel for channel in policy.channels if channel in incident.notified]

    def _housekeeping(self, incident: Incident, now: int) -> None:
        state = self._states.get(incident.policy)
        if state is None:
            return
        policy = state.policy
        log_based = any(isinstance(c.test, Log) and c.name == incident.condition for c in policy.conditions)
        patience = policy.auto_close + (0 if log_based else MISSING_DATA_DELAY)
        if policy.enabled and incident.last_seen + patience <= now:
            self._close(incident, policy, incident.last_seen + patience, self._prompted(policy, incident))
            return
        for channel, period in policy.renotify.items():
            notified = incident.notified.get(channel)
            if notified is not None and channel in policy.channels and now - notified >= period:
                incident.notified[channel] = now
                self._notify(incident, "open", [channel])
                self._save(incident)

    def on_log(self, match: LogMatch, entry: Entry) -> None:
        """Take an entry that a log-match condition's filter matched."""
        state = self._states.get(match.policy)
        if state is None or not state.policy.enabled:
            return
        policy, now = state.policy, entry.received
        condition = next((c.condition for c in state.conditions if c.condition.name == match.condition), None)
        if condition is None or self._snoozed(policy, now):
            return
        for incident in self._open(policy.name):
            incident.last_seen = now
            self._save(incident)
        if state.last_log and now - state.last_log < max(policy.rate_limit, LOG_INTERVAL):
            return
        day = now // DAY
        if state.log_day != day:
            state.log_day, state.log_count = day, 0
        if state.log_count >= limits.NOTIFICATIONS_A_DAY:
            return
        state.last_log, state.log_count = now, state.log_count + 1
        kind, labels = ("global", {}) if entry.resource is None else (entry.resource.type, dict(entry.resource.labels))
        extracted = {name: get(entry) or "" for name, get in match.extractors}
        incident = Incident(
            name=incident_name(policy.project, condition.name, entry.insert_id, str(now)),
            policy=policy.name,
            policy_name=policy.display_name,
            condition=condition.name,
            condition_name=condition.display_name,
            series=entry.insert_id,
            opened=now,
            last_seen=now,
            resource=kind,
            resource_labels=labels,
            log_labels=extracted,
            severity=policy.severity,
            user_labels=dict(policy.user_labels),
            documentation=policy.documentation,
            condition_body=condition.body,
        )
        where = " ".join([policy.project, *labels.values()])
        incident.summary = f"Log match condition {condition.display_name!r} fired for {kind} {where}."
        self._keep(incident, policy, now)

    def _open(self, policy: str) -> list[Incident]:
        return list(self._open_ones.get(policy, {}).values())

    def _snoozed(self, policy: Policy, now: int) -> bool:
        return any(
            snoozed(snooze, policy.name, now)
            for snooze in self._resources.list("monitoring.snoozes", f"projects/{policy.project}")
        )
