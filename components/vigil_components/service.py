"""Everything one service needs: the metrics its signals read, its alerts, its dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pulumi

from vigil_apimodel import lql
from vigil_components import documents
from vigil_components.alerts import Alert, AlertArgs
from vigil_components.arguments import LabelValue, ResourceName, validated
from vigil_components.charts import Chart, Plot
from vigil_components.conditions import AlertSpec
from vigil_components.context import MonitoringContext
from vigil_components.dashboards import widgets
from vigil_components.dashboards.dashboard import Dashboard, DashboardArgs
from vigil_components.dashboards.layout import Section, rows
from vigil_components.metrics import EventMetrics, EventMetricsArgs, MetricSpec
from vigil_components.signals import Signal, SignalThreshold
from vigil_components.slos import ConsoleSlos, ConsoleSlosArgs, Slo
from vigil_components.sources import Source
from vigil_components.watch import Watch


@validated
@dataclass(frozen=True, kw_only=True)
class ServiceMonitoringArgs:
    """What is worth watching about one service."""

    context: MonitoringContext
    """What it shares with the stack's other services."""
    source: Source
    """Where its log entries come from."""
    team: LabelValue
    """Name of the team that owns it; the routing knows it."""
    watch: Watch = field(default_factory=Watch)
    """Alerts and charts that are packaged for its kind, such as `http_service(...)`. Default: none."""
    alerts: Sequence[AlertSpec] = field(default_factory=tuple[AlertSpec, ...])
    """Its own alerts, each with its own name. Default: none."""
    charts: Sequence[Chart | Plot] = field(default_factory=tuple["Chart | Plot", ...])
    """What its dashboard shows beside the signals of its alerts. Default: nothing."""
    slos: Sequence[Slo] = field(default_factory=tuple[Slo, ...])
    """Its objectives, each of which brings two alerts. Default: none."""
    console_slos: bool = False
    """Whether the objectives are also in Monitoring's SLO pages. Default: no.

    Switch it on with the second deployment: the API refuses an SLO over a metric that it has not seen yet.
    """

    def __post_init__(self) -> None:
        """Refuse two alerts of one name. Raises ValueError."""
        names = [spec.name for spec in self.all_alerts]
        twice = sorted({one for one in names if names.count(one) > 1})
        if twice:
            raise ValueError(
                f"service {self.source.service!r} has more than one alert named {', '.join(twice)}; rename one"
            )

    @cached_property
    def watched(self) -> Watch:
        """The packaged alerts and charts, then its own. Put together once: a dashboard asks for each of its charts."""
        return self._together()

    def _together(self) -> Watch:
        return self.watch.along_with(Watch(alerts=tuple(self.alerts), charts=tuple(self.charts)))

    @cached_property
    def compared(self) -> tuple[Chart, ...]:
        """A chart for each signal that alerts compare, with their thresholds; two over one signal share it."""
        found: list[Chart] = []
        for spec in self.watched.alerts:
            if isinstance(spec.condition, SignalThreshold) and all(
                spec.condition.signal not in one.signals for one in found
            ):
                found.append(Chart(title=spec.summary, signals=(spec.condition.signal,)))
        return tuple(found)

    @cached_property
    def all_alerts(self) -> tuple[AlertSpec, ...]:
        """Every alert, also those that guard the error budgets."""
        return (*self.watched.alerts, *(alert for slo in self.slos for alert in slo.alerts()))


class ServiceMonitoring(pulumi.ComponentResource):
    """Metrics, alerts and a dashboard of one service.

    It does not route logs: which bucket keeps them is decided once for the system.
    """

    TYPE = "vigil:service:ServiceMonitoring"

    alerts: Mapping[str, Alert]
    metrics: EventMetrics
    dashboard: Dashboard
    log_query: str
    """The Logging query of all the service's entries."""

    @validated
    def __init__(
        self, name: ResourceName, args: ServiceMonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register it all. Raises ValueError for what any of the parts refuses."""
        entries = lql.render(args.source.entry_filter)
        super().__init__(self.TYPE, name, {documents.FACTS: documents.written(_facts(args, entries))}, opts)
        child = pulumi.ResourceOptions(parent=self)
        shared = args.context
        self.metrics = EventMetrics(
            f"{name}-metrics", EventMetricsArgs(project=shared.project, specs=metric_specs(args)), opts=child
        )
        self.alerts = {
            spec.name: Alert(
                f"{name}-{spec.name}",
                AlertArgs(context=shared, source=args.source, spec=spec, team=args.team),
                opts=child,
            )
            for spec in args.all_alerts
        }
        if args.console_slos and args.slos:
            ConsoleSlos(
                f"{name}-slos",
                ConsoleSlosArgs(
                    project=shared.project, environment=shared.environment, source=args.source, slos=args.slos
                ),
                opts=child,
            )
        self.dashboard = Dashboard(
            f"{name}-overview",
            DashboardArgs(
                project=shared.project,
                title=f"{args.source.service} ({shared.environment})",
                sections=sections(args),
                labels={"managed-by-vigil": "", f"service-{args.source.service}": ""},
            ),
            opts=child,
        )
        self.log_query = entries
        # Not all arguments: they take up to 30 kB, and nothing reads the rest of them any more.
        first = (*args.compared, *args.watched.charts)[:2]
        self._first = tuple((chart, args.source, _thresholds(chart, args)) for chart in first)
        self.register_outputs(
            {
                "dashboard": self.dashboard.url,
                "policies": {spec_name: alert.policy_name for spec_name, alert in self.alerts.items()},
            }
        )

    def first_charts(self) -> Sequence[widgets.Json]:
        """Return the two most important charts, for a dashboard over several services."""
        return [_draw(*one) for one in self._first]


def _facts(args: ServiceMonitoringArgs, entries: str) -> dict[str, object]:
    """Return what the render says of the service, for the commands."""
    return {
        "service": args.source.service,
        "team": args.team,
        "alertNames": sorted(spec.name for spec in args.all_alerts),
        "logs": entries,
        "objectives": [{"name": slo.name, "title": slo.title} for slo in args.slos],
    }


def metric_specs(args: ServiceMonitoringArgs) -> tuple[MetricSpec, ...]:
    """Return the metrics that the alerts and charts read, each once."""
    specs = [spec for alert in args.all_alerts for spec in alert.condition.metrics(args.source)]
    specs += [spec for slo in args.slos for spec in slo.indicator.metrics(args.source)]
    drawn = [signal for chart in args.watched.charts if isinstance(chart, Chart) for signal in chart.signals]
    specs += [spec for signal in drawn for spec in signal.metrics(args.source)]
    return tuple({spec.id: spec for spec in specs}.values())


def sections(args: ServiceMonitoringArgs) -> tuple[Section, ...]:
    """Return the dashboard from top to bottom: incidents, what alerts watch, what the team drew, the log lines."""
    worst = lql.render(
        lql.all_of(args.source.entry_filter, lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "WARNING"))
    )
    service = args.source.service
    more = [chart for chart in args.watched.charts if not _repeats(chart, args.compared)]
    return (
        rows(
            "Now",
            (
                # incidents of all resource types: a list of some leaves out PromQL over metrics of another type,
                # among them those of a database itself
                widgets.incident_list("Incidents of all parts"),
                widgets.error_panel("Errors", services=(service,)),
            ),
        ),
        rows("What alerts watch", *_pairs(_drawn(args.compared, args))),
        rows("Error budgets", *_pairs([_budget(slo, args.source) for slo in args.slos])),
        rows("Traffic", *_pairs(_drawn(more, args))),
        rows("Log", (widgets.logs_panel("Warnings and errors", worst),)),
    )


def _repeats(chart: Chart | Plot, watched: Sequence[Chart]) -> bool:
    """Whether a chart draws nothing but a signal that an alert's chart draws already, with its threshold."""
    return isinstance(chart, Chart) and any(chart.signals == one.signals for one in watched)


def _drawn(charts: Sequence[Chart | Plot], args: ServiceMonitoringArgs) -> list[widgets.Json]:
    return [_draw(chart, args.source, _thresholds(chart, args)) for chart in charts]


def _draw(chart: Chart | Plot, source: Source, thresholds: Sequence[widgets.Threshold]) -> widgets.Json:
    if isinstance(chart, Plot):
        queries = [widgets.Line(query=query, plot=chart.plot) for query in chart.queries]
        return widgets.xy_chart(chart.title, queries, axis=chart.axis or chart.queries[0].unit)
    lines = [
        widgets.Line(query=signal.promql(source), unit=signal.unit, legend=_legend(signal), plot=chart.plot)
        for signal in chart.signals
    ]
    return widgets.xy_chart(chart.title, lines, thresholds=thresholds, axis=chart.signals[0].unit)


def _thresholds(chart: Chart | Plot, args: ServiceMonitoringArgs) -> list[widgets.Threshold]:
    """Return those of the alerts that compare a signal of the chart."""
    if isinstance(chart, Plot):
        return []
    return [
        widgets.Threshold(
            label=f"{spec.name} ({spec.severity.value})",
            value=spec.condition.threshold,
            direction="BELOW" if spec.condition.below else "ABOVE",
        )
        for spec in args.watched.alerts
        if isinstance(spec.condition, SignalThreshold) and spec.condition.signal in chart.signals
    ]


def _budget(slo: Slo, source: Source) -> widgets.Json:
    line = widgets.Line(query=slo.budget_left(source), unit="1", legend="budget left")
    spent = widgets.Threshold(label="overspent", value=0, direction="BELOW")
    return widgets.xy_chart(slo.budget_title, [line], thresholds=[spent], axis="1")


def _legend(signal: Signal) -> str:
    by = signal.grouped_by
    return " ".join(f"{{{{{label}}}}}" for label in by) if by else signal.legend


def _pairs(drawn: Sequence[widgets.Json]) -> list[Sequence[widgets.Json]]:
    return [drawn[start : start + 2] for start in range(0, len(drawn), 2)]
