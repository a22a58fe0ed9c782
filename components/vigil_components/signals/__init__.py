"""What an alert watches and a chart shows: values over events and metrics, written without naming a metric.

Each function makes one signal; `docs/signals.md` lists them. A signal names event types or series; the metrics it
needs, and its PromQL, follow once the source is known. The same object makes the condition of the alert, the line of
the chart and the proof, so none of them can disagree.
"""

from vigil_apimodel.metrics import UnknownLabelError
from vigil_components.signals.expected import expected
from vigil_components.signals.labels import Where
from vigil_components.signals.over_events import (
    count,
    log_match,
    quantile,
    rate,
    ratio,
    silence,
    total,
    unanswered,
)
from vigil_components.signals.over_metrics import (
    absence,
    growth,
    growth_ratio,
    level,
    level_ratio,
    missing,
    query_value,
    sample_ratio,
    series_quantile,
)
from vigil_components.signals.series import Series
from vigil_components.signals.shares import Samples
from vigil_components.signals.signal import NumberSignal, Signal, SignalThreshold
from vigil_components.signals.written import written

__all__ = [
    "NumberSignal",
    "Samples",
    "Series",
    "Signal",
    "SignalThreshold",
    "UnknownLabelError",
    "Where",
    "absence",
    "count",
    "expected",
    "growth",
    "growth_ratio",
    "level",
    "level_ratio",
    "log_match",
    "missing",
    "quantile",
    "query_value",
    "rate",
    "ratio",
    "sample_ratio",
    "series_quantile",
    "silence",
    "total",
    "unanswered",
    "written",
]
