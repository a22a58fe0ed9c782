"""The page of one stack, as Markdown: a pure function of the document that its render is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject
from vigil_components import links
from vigil_components.documents import ALERT
from vigil_runner.where_to_look.vendor_consoles import CONSOLES, Console

DOCS: Final = ".."
"""Where the other pages are, seen from the folder of the committed ones."""

_WITHOUT_LINES: Final = "vigil:observability:Logging"
"""The part that is judged by metrics alone: nothing writes under its name."""

_SERVICE: Final = "vigil:service:ServiceMonitoring"

_Fields: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class _Render:
    """The render's resources, by what a page asks of them."""

    document: JsonObject

    @cached_property
    def resources(self) -> list[JsonObject]:
        return cast("list[JsonObject]", self.document["resources"])

    def inputs(self, kind: str) -> list[_Fields]:
        """Return the inputs of every resource of a type, in the order of their names."""
        return [_inputs(one) for one in sorted(self.of(kind), key=lambda one: str(one["name"]))]

    def of(self, kind: str) -> list[JsonObject]:
        return [one for one in self.resources if one["type"] == kind]

    def children(self, of: JsonObject, kind: str) -> list[JsonObject]:
        return [one for one in self.of(kind) if one["parent"] == of["urn"]]

    def parent(self, of: JsonObject) -> JsonObject | None:
        return self._by_urn.get(str(of["parent"]))

    def in_service(self, resource: JsonObject) -> bool:
        """Return whether the resource belongs to one service, and not to the whole system."""
        above = self.parent(resource)
        return above is not None and above["type"] == _SERVICE

    def by_urn(self, urn: str) -> JsonObject:
        return self._by_urn[urn]

    @cached_property
    def _by_urn(self) -> dict[str, JsonObject]:
        return {str(one["urn"]): one for one in self.resources}

    @property
    def stack(self) -> str:
        return str(self.document["stack"])

    @cached_property
    def project(self) -> str:
        """The Google project, as the resources name it; empty for a stack that has none."""
        return next((str(_inputs(one)["project"]) for one in self.resources if "project" in _inputs(one)), "")


def page(document: JsonObject, *, docs: str = DOCS) -> str:
    """Return the page of the stack whose render `document` is (`vigil_runner.render.document`).

    `docs` is the folder of the other pages (`runbooks` among them), seen from where the page will
    stand. The same document gives the same page, to the byte.
    """
    render = _Render(document)
    services = sorted(render.of(_SERVICE), key=lambda one: str(_inputs(one)["service"]))
    lines = [
        *_head(render),
        *_everything(render),
        *(line for service in services for line in _service(render, service, docs)),
        *_watched_otherwise(render, docs),
        *_channel_section(render),
        *_kept(render),
        *_uptime_checks(render),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(render: _Render) -> list[str]:
    outputs = sorted(name for name in cast("_Fields", render.document["exports"]) if name.endswith("Dashboard"))
    stack = render.stack
    origin = f"Written by `vigil docs -s {stack}` from what the program declares for project `{render.project}`"
    direct = f"`pulumi stack output --stack {stack}` prints the direct links"
    return [
        f"# Where to look: {stack}",
        "",
        f"{origin}; do not edit it, run `make goldens`.",
        "What has an id only once it is deployed is linked by the console's list.",
        f"{direct}: {_code(outputs)}." if outputs else f"{direct}.",
        "",
    ]


def _everything(render: _Render) -> list[str]:
    """The dashboard over all parts, and the queries that everybody shares."""
    project = render.project
    wide = [one for one in render.of("vigil:dashboards:Dashboard") if not render.in_service(one)]
    lines = ["## All parts", "", *(f"- Dashboard: {_dashboard(project, one)}" for one in wide)]
    lines.append(
        f"- Open incidents and all policies: {_link('Alerting', _listed(project, 'monitoring/alerting/policies'))}"
    )
    for query in render.inputs(tokens.SAVED_QUERY):
        text = str(cast("_Fields", query["loggingQuery"])["filter"])
        lines.append(f"- Saved query {_link(str(query['displayName']), links.logs(project, text))}: `{text}`")
    lines += [
        '- One request through every part: `jsonPayload.correlation_id="ID"` in '
        + _link("Logs Explorer", links.logs(project, 'jsonPayload.correlation_id="ID"'))
        + ", the id being that of any of its lines",
        "",
    ]
    return lines


def _service(render: _Render, service: JsonObject, docs: str) -> list[str]:
    """One part: its log lines, dashboard, objectives, alerts, and the console of its vendor."""
    inputs, project = _inputs(service), render.project
    part = render.parent(service)
    kind = "" if part is None else str(part["type"])
    lines = [f"## {inputs['service']}", "", f"Owned by {inputs['team']}.", ""]
    if kind == _WITHOUT_LINES:
        lines += ["Judged by metrics of Cloud Logging itself; nothing logs under this name.", ""]
    else:
        query = str(inputs["logs"])
        lines += [f"Logs, in {_link('Logs Explorer', links.logs(project, query))}:", "", "```lql", query, "```", ""]
    lines += [
        f"- Dashboard: {_dashboard(project, one)}" for one in render.children(service, "vigil:dashboards:Dashboard")
    ]
    lines += [_objective(render, service, cast("_Fields", one)) for one in cast("list[object]", inputs["objectives"])]
    lines.append("")
    lines += _alerts(render, render.children(service, ALERT), docs, linked=kind != _WITHOUT_LINES)
    if kind in CONSOLES:
        lines += [*_missing(render, CONSOLES[kind], docs), *_console(CONSOLES[kind])]
    return lines


def _objective(render: _Render, service: JsonObject, objective: _Fields) -> str:
    registered = any(_inputs(one)["sloId"] == objective["name"] for one in _slos(render, service))
    shown = (
        f"in Monitoring's {_link('SLOs', _listed(render.project, 'monitoring/services'))}"
        if registered
        else "as *Error budget* on the dashboard (not registered in Monitoring's SLO pages)"
    )
    return f"- Objective `{objective['name']}`: {objective['title']}; {shown}"


def _slos(render: _Render, service: JsonObject) -> list[JsonObject]:
    groups = render.children(service, "vigil:slos:ConsoleSlos")
    return [slo for group in groups for slo in render.children(group, tokens.SLO)]


def _alerts(render: _Render, alerts: Iterable[JsonObject], docs: str, *, linked: bool) -> list[str]:
    rows = [_alert(render, one, docs, linked=linked) for one in sorted(alerts, key=_urgency)]
    if not rows:
        return []
    return [
        "| alert | severity | what users suffer | who is notified, and how often | at night |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def _urgency(alert: JsonObject) -> tuple[bool, str]:
    inputs = _inputs(alert)
    return inputs["severity"] != "page", str(inputs["alert"])


def _alert(render: _Render, alert: JsonObject, docs: str, *, linked: bool) -> str:
    inputs = _inputs(alert)
    (policy,) = render.children(alert, tokens.ALERT_POLICY)
    looks = [_link("runbook", f"{docs}/runbooks/{inputs['runbook']}.md")]
    if linked:
        looks.append(_link("logs", links.logs(render.project, str(inputs["logs"]))))
    cells = (
        f"`{inputs['alert']}`",
        str(inputs["severity"]),
        str(inputs["summary"]),
        _notified(render, policy),
        ", ".join(looks),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _notified(render: _Render, policy: JsonObject) -> str:
    """Who is notified of a policy's incidents, and when."""
    names = _channels(render, policy)
    if not names:
        return "nobody"
    strategy = cast("_Fields", _inputs(policy)["alertStrategy"])
    prompts = cast("list[str]", strategy["notificationPrompts"])
    when = " and ".join(one.lower() for one in prompts)
    for group in cast("list[_Fields]", strategy.get("notificationChannelStrategies") or []):
        when += f", again every {_spoken(str(group['renotifyInterval']))}"
    limit = cast("_Fields | None", strategy.get("notificationRateLimit"))
    if limit:
        when += f", at most once in {_spoken(str(limit['period']))}"
    return f"{', '.join(names)}: {when}"


def _channels(render: _Render, policy: JsonObject) -> list[str]:
    """The policy's channels in words: those of the program by their kind, those made by hand by their number."""
    depends = cast("_Fields", cast("_Fields", policy["options"]).get("property_dependencies") or {})
    urns = cast("list[str]", depends.get("notificationChannels") or [])
    declared = [render.by_urn(urn) for urn in urns]
    names = [_receiver(_inputs(one)) for one in declared if one["type"] == tokens.CHANNEL]
    by_hand = len(cast("list[str]", _inputs(policy).get("notificationChannels") or [])) - len(names)
    return names + ([f"{by_hand} made by hand"] if by_hand > 0 else [])


def _receiver(channel: _Fields) -> str:
    """A channel by its kind and, where that is no secret, its address."""
    labels = cast("_Fields", channel.get("labels") or {})
    match str(channel["type"]):
        case "email":
            return f"email {labels['email_address']}"
        case "pagerduty":
            return "PagerDuty"
        case "pubsub":
            return f"Pub/Sub {labels['topic']}"
        case "webhook_tokenauth":
            return f"webhook *{channel['displayName']}*"
        case "webhook_basicauth":
            return f"webhook {labels['url']}"
        case other:
            return f"{other} *{channel['displayName']}*"


def _watched_otherwise(render: _Render, docs: str) -> list[str]:
    """Alerts that belong to no part: the canary."""
    loose = [one for one in render.of(ALERT) if not render.in_service(one)]
    table = _alerts(render, loose, docs, linked=False)
    return ["## Alerting itself", "", *table] if table else []


def _channel_section(render: _Render) -> list[str]:
    """The channels, and where they are looked at."""
    address = _listed(render.project, "monitoring/alerting/notifications")
    rows = [f"- *{one['displayName']}*: {_receiver(one)}" for one in render.inputs(tokens.CHANNEL)]
    return [
        "## Who is notified",
        "",
        f"{_link('Notification channels', address)} of this stack:",
        "",
        *rows,
        "",
    ]


def _kept(render: _Render) -> list[str]:
    """Buckets, views, sinks, exclusions and log-based metrics."""
    project = render.project
    places = (
        _link("Log buckets and views", _listed(project, "logs/storage")),
        _link("sinks", _listed(project, "logs/router")),
        _link("log-based metrics", _listed(project, "logs/metrics")),
    )
    buckets = render.inputs(tokens.PROJECT_BUCKET)
    views = render.inputs("vigil:logs:LogView")
    sinks = render.inputs(tokens.PROJECT_SINK)
    exclusions = render.inputs(tokens.PROJECT_EXCLUSION)
    return [
        "## Where log lines are kept",
        "",
        f"{', '.join(places)}:",
        "",
        *(f"- Bucket `{one['bucketId']}` in {one['location']}: kept {one['retentionDays']} days" for one in buckets),
        *(f"- View `{one['viewId']}`, read by {_code(_texts(one['readers']))}: `{one['filter']}`" for one in views),
        *(() if views else ("- No view of the stack's own: each bucket has `_AllLogs`",)),
        *(f"- Sink `{one['name']}` to `{one['destination']}`: `{one['filter']}`" for one in sinks),
        *(f"- Kept nowhere, `{one['name']}`: `{one['filter']}`" for one in exclusions),
        f"- {len(render.of('gcp:logging/metric:Metric'))} log-based metrics, each named after its event",
        "",
    ]


def _uptime_checks(render: _Render) -> list[str]:
    checks = render.inputs(tokens.UPTIME_CHECK)
    if not checks:
        return []
    lines = [
        "## Checked from outside",
        "",
        f"{_link('Uptime checks', _listed(render.project, 'monitoring/uptime'))}:",
        "",
    ]
    for one in checks:
        host = cast("_Fields", cast("_Fields", one["monitoredResource"])["labels"])["host"]
        path = cast("_Fields", one["httpCheck"])["path"]
        lines.append(f"- *{one['displayName']}*: `{host}{path}` every {_spoken(str(one['period']))}")
    return [*lines, ""]


def _missing(render: _Render, console: Console, docs: str) -> list[str]:
    """What does not arrive from the vendor, since the stack does not deploy what would bring it."""
    drains = {str(one["kind"]) for one in render.inputs("vigil:drains:DrainService")}
    jobs = {job for one in render.inputs("vigil:collector:MetricsCollector") for job in _texts(one["jobs"])}
    off: list[str] = []
    if console.drain and console.drain not in drains:
        off.append(f"no log line arrives: the drain is off (`vigil:drainsImage`, [drains]({docs}/drains.md))")
    if console.job and not any(job.startswith(console.job) for job in jobs):
        off.append(
            f"no metric arrives: the collector is off (`vigil:collectorImage`, [collector]({docs}/collector.md))"
        )
    return [f"As this stack is set, {'; '.join(off)}.", ""] if off else []


def _console(console: Console) -> list[str]:
    return [
        f"{console.vendor}'s own console shows beyond this:",
        "",
        *(
            f"- {_link(view.title, view.address)}: {view.shows} ({_link('documentation', view.documented)})"
            for view in console.views
        ),
        "",
    ]


def _dashboard(project: str, dashboard: JsonObject) -> str:
    return f"*{_inputs(dashboard)['title']}*, in {_link('Dashboards', _listed(project, 'monitoring/dashboards'))}"


def _listed(project: str, place: links.Place) -> str:
    return links.listing(project, place)


def _inputs(resource: JsonObject) -> _Fields:
    return cast("_Fields", resource["inputs"])


def _texts(value: object) -> list[str]:
    return cast("list[str]", value)


def _link(title: str, address: str) -> str:
    return f"[{title}]({address})"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _spoken(duration: str) -> str:
    """The API's `1800s` in words: `30 minutes`."""
    seconds = int(duration.removesuffix("s"))
    amount, unit = (seconds // 60, "minute") if seconds % 60 == 0 else (seconds, "second")
    return unit if amount == 1 else f"{amount} {unit}s"
