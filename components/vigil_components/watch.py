"""Alerts and charts that belong together, and how to adjust them without writing them again."""

from dataclasses import dataclass, replace
from typing import Self

from vigil_components.arguments import AutoClose, Lasting, Name, OneLine, RunbookId, unknown_name, validated
from vigil_components.charts import Chart, Plot
from vigil_components.conditions import AlertSpec
from vigil_components.queries import Quantity
from vigil_components.severity import AlertSeverity
from vigil_telemetry.arguments import offer, text_without_call


@offer("a watch such as http_service(HttpLimits()) or Watch(alerts=...)")
@validated
@dataclass(frozen=True, kw_only=True)
class Watch:
    """Alerts and charts that belong together: what one kind of part is watched for."""

    alerts: tuple[AlertSpec, ...] = ()
    """Alerts, each with its own name. Default: none."""
    charts: tuple[Chart | Plot, ...] = ()
    """Charts. Default: none."""

    @validated
    def along_with(self, *others: "Watch") -> "Watch":
        """Return these alerts and charts, then those of each of the others."""
        watches = (self, *others)
        return Watch(
            alerts=tuple(alert for watch in watches for alert in watch.alerts),
            charts=tuple(chart for watch in watches for chart in watch.charts),
        )

    @validated
    def without(self, *names: Name) -> Self:
        """Return the same without the alerts of these names. Raises ValueError for a name that there is not."""
        for name in names:
            self._named(name)
        return replace(self, alerts=tuple(one for one in self.alerts if one.name not in names))

    @validated
    def changed(
        self,
        name: Name,
        *,
        above: float | Quantity | None = None,
        below: float | Quantity | None = None,
        lasting: Lasting | None = None,
        severity: AlertSeverity | None = None,
        summary: OneLine | None = None,
        runbook: RunbookId | None = None,
        auto_close: AutoClose | None = None,
    ) -> Self:
        """Return the watch with the alert `name` adjusted; its chart and its proof follow.

        `above` or `below` is another threshold on the same side, in the signal's unit; `lasting` another duration.
        What is not given stays as it is.

        Raises ValueError for an unknown name, for a call without a change, and for a value that a new alert refuses.
        """
        spec = self._named(name)
        texts = {"severity": severity, "summary": summary, "runbook": runbook, "auto_close": auto_close}
        changes = {key: value for key, value in texts.items() if value is not None}
        conditions = (above, below, lasting)
        if not changes and all(one is None for one in conditions):
            raise ValueError(
                f"Watch.changed: nothing is given to change about {name!r}; give above=, lasting= or others"
            )
        condition = spec.condition
        if any(one is not None for one in conditions):
            try:
                condition = condition.changed(above=above, below=below, lasting=lasting)
            except ValueError as error:
                raise ValueError(f"Watch.changed: alert {name!r}: {text_without_call(error)}") from error
        adjusted = AlertSpec(
            name=spec.name,
            condition=condition,
            severity=severity if severity is not None else spec.severity,
            summary=summary if summary is not None else spec.summary,
            runbook=runbook if runbook is not None else spec.runbook,
            auto_close=auto_close if auto_close is not None else spec.auto_close,
        )
        return replace(self, alerts=tuple(adjusted if one is spec else one for one in self.alerts))

    def _named(self, name: str) -> AlertSpec:
        for one in self.alerts:
            if one.name == name:
                return one
        raise ValueError(unknown_name("Watch: no alert", name, [one.name for one in self.alerts]))
