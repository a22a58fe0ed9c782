"""Which aligner and reducer fit which metric kind and value type.

Source: google/monitoring/v3/common.proto (Aggregation.Aligner, Aggregation.Reducer); wording of the refusals:
exposure-notifications-server issue 659 and the API's answers collected in the project's notes.
"""

from dataclasses import dataclass

from vigil_emulator.errors import ApiError

NUMERIC = frozenset({"INT64", "DOUBLE"})
_NUMBERS_AND_DISTRIBUTIONS = NUMERIC | {"DISTRIBUTION"}
_RATES = frozenset({"CUMULATIVE", "DELTA"})
_GAUGE = frozenset({"GAUGE"})
_GAUGE_DELTA = frozenset({"GAUGE", "DELTA"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What an aligner takes and what it gives (empty: as it was)."""

    kinds: frozenset[str]
    types: frozenset[str]
    kind: str = ""
    type: str = ""


ALIGNERS: dict[str, Rule] = {
    "ALIGN_DELTA": Rule(_RATES, _NUMBERS_AND_DISTRIBUTIONS, "DELTA"),
    "ALIGN_RATE": Rule(_RATES, NUMERIC, "GAUGE", "DOUBLE"),
    "ALIGN_INTERPOLATE": Rule(_GAUGE, NUMERIC),
    "ALIGN_NEXT_OLDER": Rule(_GAUGE, _NUMBERS_AND_DISTRIBUTIONS | {"BOOL", "STRING"}),
    "ALIGN_MIN": Rule(_GAUGE_DELTA, NUMERIC, "GAUGE"),
    "ALIGN_MAX": Rule(_GAUGE_DELTA, NUMERIC, "GAUGE"),
    "ALIGN_MEAN": Rule(_GAUGE_DELTA, NUMERIC, "GAUGE", "DOUBLE"),
    "ALIGN_COUNT": Rule(_GAUGE_DELTA, NUMERIC | {"BOOL"}, "GAUGE", "INT64"),
    "ALIGN_SUM": Rule(_GAUGE_DELTA, _NUMBERS_AND_DISTRIBUTIONS, "GAUGE"),
    "ALIGN_STDDEV": Rule(_GAUGE_DELTA, NUMERIC, "GAUGE", "DOUBLE"),
    "ALIGN_COUNT_TRUE": Rule(_GAUGE, frozenset({"BOOL"}), "GAUGE", "INT64"),
    "ALIGN_COUNT_FALSE": Rule(_GAUGE, frozenset({"BOOL"}), "GAUGE", "INT64"),
    "ALIGN_FRACTION_TRUE": Rule(_GAUGE, frozenset({"BOOL"}), "GAUGE", "DOUBLE"),
    "ALIGN_PERCENTILE_99": Rule(_GAUGE_DELTA, frozenset({"DISTRIBUTION"}), "GAUGE", "DOUBLE"),
    "ALIGN_PERCENTILE_95": Rule(_GAUGE_DELTA, frozenset({"DISTRIBUTION"}), "GAUGE", "DOUBLE"),
    "ALIGN_PERCENTILE_50": Rule(_GAUGE_DELTA, frozenset({"DISTRIBUTION"}), "GAUGE", "DOUBLE"),
    "ALIGN_PERCENTILE_05": Rule(_GAUGE_DELTA, frozenset({"DISTRIBUTION"}), "GAUGE", "DOUBLE"),
    "ALIGN_PERCENT_CHANGE": Rule(_GAUGE_DELTA, NUMERIC, "GAUGE", "DOUBLE"),
}
"""Of common.proto. ALIGN_NONE is no alignment and fits everything."""

_GAUGE_OR_DELTA_REDUCED = {
    "REDUCE_MEAN": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
    "REDUCE_MIN": (NUMERIC, ""),
    "REDUCE_MAX": (NUMERIC, ""),
    "REDUCE_SUM": (_NUMBERS_AND_DISTRIBUTIONS, ""),
    "REDUCE_STDDEV": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
    "REDUCE_COUNT": (_NUMBERS_AND_DISTRIBUTIONS | {"BOOL", "STRING"}, "INT64"),
    "REDUCE_COUNT_TRUE": (frozenset({"BOOL"}), "INT64"),
    "REDUCE_COUNT_FALSE": (frozenset({"BOOL"}), "INT64"),
    "REDUCE_FRACTION_TRUE": (frozenset({"BOOL"}), "DOUBLE"),
    "REDUCE_PERCENTILE_99": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
    "REDUCE_PERCENTILE_95": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
    "REDUCE_PERCENTILE_50": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
    "REDUCE_PERCENTILE_05": (_NUMBERS_AND_DISTRIBUTIONS, "DOUBLE"),
}
REDUCERS = frozenset(_GAUGE_OR_DELTA_REDUCED)
PERCENTILES = {"99": 0.99, "95": 0.95, "50": 0.5, "05": 0.05}


def aligned_type(aligner: str, kind: str, value_type: str, *, field: str = "aggregation") -> tuple[str, str]:
    """Return the kind and value type after alignment; raise ApiError where the aligner does not fit."""
    if aligner == "ALIGN_NONE":
        return kind, value_type
    rule = ALIGNERS.get(aligner)
    if rule is None:
        raise ApiError("INVALID_ARGUMENT", f'Field {field}.perSeriesAligner had an invalid value of "{aligner}".')
    if kind not in rule.kinds or value_type not in rule.types:
        raise ApiError(
            "INVALID_ARGUMENT",
            f'Field {field}.perSeriesAligner had an invalid value of "{aligner}": The aligner cannot be applied to '
            f"metrics with kind {kind} and value type {value_type}.",
        )
    return rule.kind or kind, rule.type or value_type


def reduced_type(reducer: str, kind: str, value_type: str, *, field: str = "aggregation") -> tuple[str, str]:
    """Return the kind and value type after reduction; raise ApiError where the reducer does not fit."""
    if reducer == "REDUCE_NONE":
        return kind, value_type
    rule = _GAUGE_OR_DELTA_REDUCED.get(reducer)
    if rule is None:
        raise ApiError("INVALID_ARGUMENT", f'Field {field}.crossSeriesReducer had an invalid value of "{reducer}".')
    if kind not in _GAUGE_DELTA or value_type not in rule[0]:
        raise ApiError(
            "INVALID_ARGUMENT",
            f'Field {field}.crossSeriesReducer had an invalid value of "{reducer}": The reducer cannot be applied to '
            f"metrics with kind {kind} and value type {value_type}.",
        )
    return ("GAUGE" if rule[1] else kind), rule[1] or value_type
