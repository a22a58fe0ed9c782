"""The part of a distribution's samples that are bad, as their labels say.

OpenTelemetry counts what it times: how many requests failed is how many samples of `http.server.request.duration` have
the label `error.type`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from vigil_apimodel import promql
from vigil_apimodel.metrics import ValueType
from vigil_components.arguments import NotNegative, validated
from vigil_components.durations import minutes, promql_duration
from vigil_components.proofs import Points, Proof, sides
from vigil_components.queries import QueryError
from vigil_components.signals.labels import literal
from vigil_components.signals.series import Series, SeriesSignal
from vigil_components.signals.signal import NumberSignal, enough, number
from vigil_components.sources import Source

Labels = Mapping[str, "str | tuple[str, ...]"]
"""Values of labels: one, or several of which any fits."""


@validated
@dataclass(frozen=True, kw_only=True)
class Samples:
    """The samples of a distribution, of which some are bad."""

    of: Series
    """Series of a distribution."""
    bad: Labels
    """Labels that make a sample bad; several values of a label are alternatives."""

    def __post_init__(self) -> None:
        """Refuse what is no distribution, and a label without a value. Raises QueryError."""
        metric = self.of.metric
        if metric.value_type is not ValueType.DISTRIBUTION:
            raise QueryError(f"{metric.type} is no distribution: use growth_ratio over two counters")
        if not self.bad:
            raise QueryError(f"{metric.type}: bad names no label; give those of a bad sample")
        for name, values in self.bad.items():
            if not values or "" in values:
                raise QueryError(f"{metric.type}: bad has no value for {name!r}; give one, or several")
            if name in self.of.where:
                raise QueryError(f"{metric.type}: {name!r} is in where and in bad; leave it out of where")

    @property
    def title(self) -> str:
        """For example `http.server.request.duration with error.type 500, 503`."""
        shown = ", ".join(f"{name} {_spoken(values)}" for name, values in sorted(self.bad.items()))
        return f"{self.of.metric.promql} with {shown}"

    def counted(self, window: timedelta, function: str = "rate", *, bad: bool = False) -> str:
        """Return the PromQL of how many samples there were in `window`, all or the bad ones."""
        more = [_matcher(name, values) for name, values in sorted(self.bad.items())] if bad else []
        name = f"{self.of.metric.promql}_count"
        selector = promql.selector(name, [*self.of.matchers(), *more])
        return f"sum({function}({selector}[{promql_duration(window)}]))"

    def part(self, window: timedelta) -> str:
        """Return the PromQL of the part that is bad."""
        return f"({self.counted(window, bad=True)} or vector(0)) / {self.counted(window)}"

    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return samples of which `part` is bad, for proofs."""
        wrong = round(per_minute * part)
        labels = {name: values if isinstance(values, str) else values[0] for name, values in self.bad.items()}
        good = self.of.points(_VALUE, max(round(per_minute) - wrong, 1))
        if not wrong:
            return (good,)
        return (good, replace(good, labels={**good.labels, **labels}, samples=wrong))


_VALUE = 0.1
_PER_MINUTE = 1000.0
"""Samples a minute of a proof: enough to distinguish a near miss from the threshold."""


@validated
@dataclass(frozen=True, kw_only=True)
class SampleRatio(SeriesSignal, NumberSignal):
    """The part of a distribution's samples that are bad, between 0 and 1."""

    of: Samples
    """Samples, and which of them are bad."""
    at_least: NotNegative = 20
    """Samples that the window must hold before the part means anything. Default: 20."""

    @property
    def highest(self) -> float:
        """One: it is a part of a whole."""
        return 1.0

    @property
    def title(self) -> str:
        """The samples that are bad, as a part."""
        return f"part of {self.of.title}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the quotient of the rates; no bad sample at all is 0."""
        return self.of.part(self.window)

    @property
    def minimum(self) -> str:
        """How much the window must hold, in words."""
        return enough(self.at_least, f"samples of `{self.of.title}`", self.window)

    def guard(self, source: Source) -> str | None:  # noqa: ARG002 - the series names all
        """Return whether the window holds enough samples."""
        return f"{self.of.counted(self.window, 'increase')} >= {number(self.at_least)}"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return samples of which a part beyond the threshold, or just within, is bad."""
        beyond, within = sides(threshold, below=below)
        volume = max(_PER_MINUTE, 4 * self.at_least / (self.window / minutes(1)))
        fires = self.of.points(volume, min(beyond, (1 + threshold) / 2))
        return self._proof(fires, self.of.points(volume, within), lasting)


def _matcher(name: str, values: str | tuple[str, ...]) -> str:
    if isinstance(values, str):
        return f"{promql.label(name)}={promql.quote(values)}"
    return f"{promql.label(name)}=~{promql.quote('|'.join(literal(value) for value in values))}"


def _spoken(values: str | tuple[str, ...]) -> str:
    return values if isinstance(values, str) else " or ".join(values)
