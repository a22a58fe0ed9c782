"""The one verb for an alert: `alert`, of what is measured and of what happens."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import overload

from vigil_components.arguments import AutoClose, Id, Lasting, OneLine, RunbookId, validated
from vigil_components.conditions import MIN_AUTO_CLOSE, AlertSpec, Condition
from vigil_components.durations import minutes
from vigil_components.queries import Quantity, in_unit, threshold_of
from vigil_components.severity import AlertSeverity


class Measured(ABC):
    """A number that an alert compares with a threshold."""

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit (UCUM) of the number and of its threshold."""

    @abstractmethod
    def beyond(self, threshold: float, lasting: timedelta, *, below: bool) -> Condition:
        """Return the condition that the number is beyond `threshold` for `lasting`."""

    @overload
    def alert(
        self,
        *,
        above: float | Quantity,
        name: str,
        summary: str,
        severity: AlertSeverity,
        runbook: str,
        lasting: timedelta = ...,
        auto_close: timedelta = ...,
    ) -> AlertSpec: ...

    @overload
    def alert(
        self,
        *,
        below: float | Quantity,
        name: str,
        summary: str,
        severity: AlertSeverity,
        runbook: str,
        lasting: timedelta = ...,
        auto_close: timedelta = ...,
    ) -> AlertSpec: ...

    @validated
    def alert(
        self,
        *,
        above: float | Quantity | None = None,
        below: float | Quantity | None = None,
        name: Id,
        summary: OneLine,
        severity: AlertSeverity,
        runbook: RunbookId,
        lasting: Lasting = minutes(0),
        auto_close: AutoClose = MIN_AUTO_CLOSE,
    ) -> AlertSpec:
        """Return the alert that notifies when the number is `above` or `below` a threshold for `lasting`.

        The threshold is a number in the signal's unit, or a `Quantity`, whose unit is then checked. `lasting` is whole
        minutes, by default none: one evaluation is enough. The other arguments are those of an `AlertSpec`.

        Raises ValueError for a threshold that the signal can never pass, and QueryError for one of another unit.
        """
        limit, under = threshold_of("alert", above, below)
        condition = self.beyond(in_unit("alert: threshold", limit, self.unit), lasting, below=under)
        return AlertSpec(
            name=name, condition=condition, severity=severity, summary=summary, runbook=runbook, auto_close=auto_close
        )


class Occurrence:
    """What either happens or does not, such as silence: an alert over it needs no threshold."""

    @validated
    def alert(
        self,
        *,
        name: Id,
        summary: OneLine,
        severity: AlertSeverity,
        runbook: RunbookId,
        auto_close: AutoClose = MIN_AUTO_CLOSE,
    ) -> AlertSpec:
        """Return the alert that notifies when it happens. The arguments are those of an `AlertSpec`."""
        assert isinstance(self, Condition)  # noqa: S101 - every subclass is one
        return AlertSpec(
            name=name, condition=self, severity=severity, summary=summary, runbook=runbook, auto_close=auto_close
        )
