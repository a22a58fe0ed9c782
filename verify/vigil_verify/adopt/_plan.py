"""What becomes of each resource that was found: its name and group in the program, or why it stays where it is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import rules, tokens
from vigil_apimodel.json_fields import Fields, fields, string
from vigil_apimodel.metrics import METRICS, Metric
from vigil_apimodel.rules import UNKNOWN
from vigil_components.raw import KINDS
from vigil_runner.api_form import in_api_form
from vigil_runner.check import SET_RULES, Found
from vigil_runner.inputs import problems
from vigil_runner.items import COMPARED, key_of, texts
from vigil_verify.adopt._built import UnlikeError
from vigil_verify.adopt._typed import Typed, typed
from vigil_verify.adopt._typed_logs import type_of, user_metric_of

OPEN_CHANNELS: Final = frozenset({"email", "sms", "pubsub", "google_chat"})
"""Types of channel that hold no secret. The API masks the others' secrets, so that no program could keep them."""
FOLDERS: Final = {
    tokens.ALERT_POLICY: "alerts",
    tokens.DASHBOARD: "dashboards",
    tokens.CHANNEL: "channels",
    tokens.UPTIME_CHECK: "checks",
    tokens.LOG_METRIC: "metrics",
    tokens.CUSTOM_SERVICE: "slos",
    tokens.SLO: "slos",
}
"""The folder of each kind of definition; `logs` holds the rest."""
LOG_METRICS: Final = "log_metrics"
"""The group of log-based metrics, which are made before the policies that read them."""
OBJECTIVES: Final = "service_levels"
"""The group of SLOs and their services, likewise. No group of a label has a name with an underscore."""
_OWNERS: Final = ("service", "app", "application", "component", "team", "owner")
"""Labels that say what a resource belongs to, the most exact first."""
_METRIC = re.compile(r"metric\.type\s*=\s*\"([^\"]+)\"|\b([a-z]+_googleapis_com:\w+)")
_USER = "logging.googleapis.com/user/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A resource that becomes part of the program."""

    found: Found
    name: str
    """Its name in the program."""
    group: str
    """The service, team or part that it belongs to: the module that declares it."""
    component: str
    """The component that declares it."""
    file: str
    """Its definition, relative to the program's folder; one that is typed has none there."""
    typed: Typed | None = None
    """Its arguments where a typed component says exactly what was found."""
    raw: str = ""
    """Why it stays raw, empty where it is typed."""
    signals: tuple[str, ...] = ()
    """The metrics that it reads and whose kind, unit and labels are known."""
    accept: tuple[str, ...] = ()
    """Rules that it breaks although Google has it."""

    @property
    def noun(self) -> str:
        """What people call its kind."""
        return COMPARED[self.found.type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A resource that stays where it is, and why."""

    found: Found
    reason: str

    @property
    def noun(self) -> str:
        """What people call its kind."""
        return COMPARED.get(self.found.type, self.found.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of everything that was found."""

    project: str
    adopted: tuple[Adopted, ...]
    """In the order in which others refer to them."""
    left: tuple[Left, ...]
    unused: tuple[str, ...]
    """What nobody uses, in words."""

    @property
    def typed(self) -> int:
        """How many resources are typed."""
        return sum(each.typed is not None for each in self.adopted)

    def counted(self) -> dict[str, int]:
        """Return how many resources of each kind are adopted."""
        return dict(Counter(each.noun for each in self.adopted))


def plan(found: Iterable[Found], *, project: str) -> Plan:
    """Decide what becomes of each resource. `project` is where the program will deploy."""
    adopted: list[Adopted] = []
    resources, others = in_api_form(found, project=project)
    left = [Left(found=each, reason=reason) for each, reason in others]
    taken: set[str] = set()
    files: set[str] = set()
    rank = list(COMPARED)
    resources.sort(key=lambda each: rank.index(each.type) if each.type in rank else len(rank))
    user_metrics = {
        type_of(each.inputs): user_metric_of(each.inputs) for each in resources if each.type == tokens.LOG_METRIC
    }
    for each in resources:
        reason = _reason(each)
        if reason:
            left.append(Left(found=each, reason=reason))
            continue
        group, short = group_of(each), slug(key_of(each.type, each.inputs) or each.name)
        name = _named("" if each.type in _FIRST else group, short)
        name = _unique(f"{name}-{KINDS[each.type].noun}" if name in taken else name, taken)
        folder = FOLDERS.get(each.type, "logs")
        below = "" if folder == group or each.type in _FIRST else f"/{group}"
        accept = _accepted(each)
        known, raw = _typed(each, accept, project, user_metrics)
        adopted.append(
            Adopted(
                found=each,
                name=name,
                group=group,
                component=known.component if known else _COMPONENTS.get(each.type, "RawResource"),
                file=f"{_unique(f'{folder}{below}/{short}', files)}.json",
                signals=_signals(each.body),
                typed=known,
                raw=raw,
                accept=accept,
            )
        )
    return Plan(project=project, adopted=tuple(adopted), left=tuple(left), unused=tuple(_unused(resources)))


_COMPONENTS: Final = {tokens.ALERT_POLICY: "RawPolicy", tokens.DASHBOARD: "RawDashboard"}


def _reason(found: Found) -> str:
    """Why a resource cannot be part of a program, empty where it can."""
    if found.type not in KINDS:
        return "Vigil has no component for it"
    kind = string(found.body.get("type"))
    if found.type == tokens.CHANNEL and kind not in OPEN_CHANNELS:
        return f"the API masks the secret of a {kind} channel; policies refer to it by its name"
    check = fields(found.body.get("httpCheck"))
    if check.get("maskHeaders") or "password" in fields(check.get("authInfo")):
        return "the API masks its password or headers"
    if UNKNOWN in texts(found.inputs):
        return (
            "part of it is secret or not known before it is applied: give the state (`terraform show -json`), or let "
            "`vigil adopt` read the project"
        )
    unknown = problems(found.type, found.inputs)
    return f"Google's provider for Pulumi cannot declare it: {unknown[0]}" if unknown else ""


def _typed(
    found: Found, accept: Sequence[str], project: str, user_metrics: Mapping[str, Metric]
) -> tuple[Typed | None, str]:
    """The typed component that a resource is, or why it is none."""
    if accept:
        return None, f"it breaks rules that a typed one keeps: {', '.join(accept)}"
    try:
        return typed(found, project=project, user_metrics=user_metrics), ""
    except UnlikeError as error:
        return None, str(error)


def _accepted(found: Found) -> tuple[str, ...]:
    broken = rules.check(found.type, found.inputs)
    return tuple(sorted({each.rule for each in broken if each.severity is rules.Severity.ERROR}))


def group_of(found: Found) -> str:
    """Return the service, team or part that a resource belongs to, by its labels, its metrics or its kind."""
    body = found.body
    if found.type == tokens.CHANNEL:
        return "channels"
    if found.type in _FIRST:
        return _FIRST[found.type]
    labels = fields(body.get("labels" if found.type == tokens.DASHBOARD else "userLabels"))
    owner = next((string(labels[key]) for key in _OWNERS if string(labels.get(key))), "")
    if owner:
        return slug(owner)
    if found.type in {tokens.ALERT_POLICY, tokens.DASHBOARD}:
        return _by_metrics(body) or "general"
    return "checks" if found.type == tokens.UPTIME_CHECK else "logs"


_FIRST: Final = {tokens.LOG_METRIC: LOG_METRICS, tokens.SLO: OBJECTIVES, tokens.CUSTOM_SERVICE: OBJECTIVES}
"""Groups of what is made first."""


def _by_metrics(body: Fields) -> str:
    parts = Counter(part for each in metrics_of(body) if (part := _part(each)))
    return slug(parts.most_common(1)[0][0]) if parts else ""


def _part(metric: str) -> str:
    """The system that a metric is of: `run` of run.googleapis.com, `orders` of a log-based metric orders/failed."""
    if metric.startswith(_USER):
        before, slash, _ = metric.removeprefix(_USER).partition("/")
        return before if slash else "logs"
    host, _, rest = metric.partition("/")
    if host.partition(".")[0] in {"workload", "prometheus", "custom", "external"}:
        return re.split(r"[./_]", rest, maxsplit=1)[0]
    return host.partition(".")[0]


def metrics_of(body: object) -> list[str]:
    """Return the metric types that the queries of a resource name."""
    found: list[str] = []
    for text in texts(body):
        for plain, promql in _METRIC.findall(text):
            found.append(plain or promql.replace("_googleapis_com:", ".googleapis.com/", 1))
    return found


def _signals(body: Fields) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in metrics_of(body) if each in METRICS))


def _unused(found: Sequence[Found]) -> Iterable[str]:
    unread = next(rule for rule in SET_RULES if rule.id == "set-metric-unread")
    for each, _, _ in unread.check(found):
        yield f"log-based metric {each.name!r}: no policy, chart or SLO reads it"
    policies = [each for each in found if each.type == tokens.ALERT_POLICY]
    named = {text for each in policies for text in texts(each.body)}
    for each in found:
        if each.type == tokens.CHANNEL and policies and string(each.body.get("name")) not in named:
            yield f"channel {each.name!r}: no policy notifies it"


def slug(text: str) -> str:
    """Return a text as lower-case words joined by dashes, at most 60 characters."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "unnamed"


def _named(group: str, short: str) -> str:
    """The name in the program, which begins with the group."""
    says_group = short == group or short.startswith(f"{group}-") or group in {"", "channels", "general"}
    return short if says_group else f"{group}-{short}"


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(found)
    return found
