"""Which aligners and reducers are legal for which metric.

Source: the descriptions of `Aggregation.perSeriesAligner` and `crossSeriesReducer` in the monitoring v3 discovery
document (revision 20260129): for each value one sentence says where it is valid. Error texts are the server's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vigil_apimodel.metrics.model import Kind, ValueType

_NUMBERS = frozenset({ValueType.INT64, ValueType.DOUBLE})
_NUMBERS_DISTRIBUTION = _NUMBERS | {ValueType.DISTRIBUTION}
_NUMBERS_BOOL = _NUMBERS | {ValueType.BOOL}
_BOOL = frozenset({ValueType.BOOL})
_DISTRIBUTION = frozenset({ValueType.DISTRIBUTION})
_ANY = frozenset(ValueType)
_RISING = frozenset({Kind.CUMULATIVE, Kind.DELTA})
_GAUGE = frozenset({Kind.GAUGE})
_LEVEL = frozenset({Kind.GAUGE, Kind.DELTA})


@dataclass(frozen=True, slots=True)
class Legal:
    """Kinds and value types that an aligner or reducer takes, and what comes out (None: as it went in)."""

    kinds: frozenset[Kind]
    value_types: frozenset[ValueType]
    result_kind: Kind | None = None
    result_type: ValueType | None = None


ALIGNERS: Mapping[str, Legal] = MappingProxyType(
    {
        "ALIGN_NONE": Legal(frozenset(Kind), _ANY),
        "ALIGN_DELTA": Legal(_RISING, _NUMBERS_DISTRIBUTION, Kind.DELTA),
        "ALIGN_RATE": Legal(_RISING, _NUMBERS, Kind.GAUGE, ValueType.DOUBLE),
        "ALIGN_INTERPOLATE": Legal(_GAUGE, _NUMBERS),
        "ALIGN_NEXT_OLDER": Legal(_GAUGE, _ANY),
        "ALIGN_MIN": Legal(_LEVEL, _NUMBERS),
        "ALIGN_MAX": Legal(_LEVEL, _NUMBERS),
        "ALIGN_MEAN": Legal(_LEVEL, _NUMBERS, None, ValueType.DOUBLE),
        "ALIGN_COUNT": Legal(_LEVEL, _NUMBERS_BOOL, None, ValueType.INT64),
        "ALIGN_SUM": Legal(_LEVEL, _NUMBERS_DISTRIBUTION),
        "ALIGN_STDDEV": Legal(_LEVEL, _NUMBERS, None, ValueType.DOUBLE),
        "ALIGN_COUNT_TRUE": Legal(_GAUGE, _BOOL, None, ValueType.INT64),
        "ALIGN_COUNT_FALSE": Legal(_GAUGE, _BOOL, None, ValueType.INT64),
        "ALIGN_FRACTION_TRUE": Legal(_GAUGE, _BOOL, None, ValueType.DOUBLE),
        **{
            f"ALIGN_PERCENTILE_{rank}": Legal(_LEVEL, _DISTRIBUTION, Kind.GAUGE, ValueType.DOUBLE)
            for rank in ("99", "95", "50", "05")
        },
        "ALIGN_PERCENT_CHANGE": Legal(_LEVEL, _NUMBERS, Kind.GAUGE, ValueType.DOUBLE),
    }
)
"""By name."""

DOUBTFUL = frozenset({"ALIGN_MEAN", "ALIGN_COUNT", "ALIGN_STDDEV"})
"""Aligners that public programs apply to distributions, against the sentence; whether the server refuses is unverified.

`check` refuses them; the rules on other people's dashboards and policies let them pass.
"""

REDUCERS: Mapping[str, Legal] = MappingProxyType(
    {
        "REDUCE_NONE": Legal(frozenset(Kind), _ANY),
        "REDUCE_MEAN": Legal(_LEVEL, _NUMBERS_DISTRIBUTION, None, ValueType.DOUBLE),
        "REDUCE_MIN": Legal(_LEVEL, _NUMBERS),
        "REDUCE_MAX": Legal(_LEVEL, _NUMBERS),
        "REDUCE_SUM": Legal(_LEVEL, _NUMBERS_DISTRIBUTION),
        "REDUCE_STDDEV": Legal(_LEVEL, _NUMBERS_DISTRIBUTION, None, ValueType.DOUBLE),
        "REDUCE_COUNT": Legal(_LEVEL, _ANY, None, ValueType.INT64),
        "REDUCE_COUNT_TRUE": Legal(_LEVEL, _BOOL, None, ValueType.INT64),
        "REDUCE_COUNT_FALSE": Legal(_LEVEL, _BOOL, None, ValueType.INT64),
        "REDUCE_FRACTION_TRUE": Legal(_LEVEL, _BOOL, None, ValueType.DOUBLE),
        **{
            f"REDUCE_PERCENTILE_{rank}": Legal(_LEVEL, _NUMBERS_DISTRIBUTION, None, ValueType.DOUBLE)
            for rank in ("99", "95", "50", "05")
        },
    }
)
"""By name."""


class IllegalAggregationError(ValueError):
    """An aligner or reducer that the metric does not allow; `server` is the text that the API answers."""

    def __init__(self, message: str, server: str) -> None:
        self.server = server
        super().__init__(message)


def check(kind: Kind, value_type: ValueType, aligner: str) -> None:
    """Raise IllegalAggregationError where the aligner is not legal for the metric, with those that are."""
    _check(kind, value_type, aligner, ALIGNERS)


def check_reducer(kind: Kind, value_type: ValueType, reducer: str) -> None:
    """Raise IllegalAggregationError where the reducer is not legal for what the aligner gave."""
    _check(kind, value_type, reducer, REDUCERS)


def aligned(kind: Kind, value_type: ValueType, aligner: str) -> tuple[Kind, ValueType]:
    """Return kind and value type of the aligned series. Raises IllegalAggregationError as `check` does."""
    check(kind, value_type, aligner)
    legal = ALIGNERS[aligner]
    return legal.result_kind or kind, legal.result_type or value_type


def _check(kind: Kind, value_type: ValueType, name: str, table: Mapping[str, Legal]) -> None:
    noun, field = ("aligner", "perSeriesAligner") if table is ALIGNERS else ("reducer", "crossSeriesReducer")
    legal = table.get(name)
    if legal is None:
        message = f"there is no {noun} {name!r}: use one of {', '.join(table)}"
        raise IllegalAggregationError(message, f'Invalid value at "aggregation.{field}": "{name}"')
    if kind in legal.kinds and value_type in legal.value_types:
        return
    allowed = [known for known, other in table.items() if kind in other.kinds and value_type in other.value_types]
    server = (
        f'Field aggregation.{field} had an invalid value of "{name}": The {noun} cannot be applied to metrics with '
        f"kind {kind} and value type {value_type}."
    )
    message = f"{name} cannot be applied to a metric of kind {kind} and value type {value_type}: use "
    raise IllegalAggregationError(message + ", ".join(allowed), server)
