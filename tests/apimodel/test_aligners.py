"""Legal aligners and reducers, against the sentences of the API's own description."""

import re

import pytest

from vigil_apimodel import aligners
from vigil_apimodel.metrics import Kind, ValueType

NUMERIC = {ValueType.INT64, ValueType.DOUBLE}
WORDS = {
    "numeric": NUMERIC,
    "distribution": {ValueType.DISTRIBUTION},
    "boolean": {ValueType.BOOL},
    "string": {ValueType.STRING},
}


def sentence(text):
    """`valid for GAUGE and DELTA metrics with numeric or Boolean values` of a description, as kinds and value types."""
    found = re.search(r"valid for ([A-Z]+(?: and [A-Z]+)?) metrics(?: (?:with|of) ([^.]*))?", text)
    if found is None:
        return None
    kinds = {Kind(word) for word in re.findall(r"[A-Z]{5,}", found[1])}
    named = set()
    for word, types in WORDS.items():
        if found[2] and re.search(rf"\b{word}\b", found[2], flags=re.IGNORECASE):
            named |= types
    return kinds, named


@pytest.mark.parametrize(
    ("field", "table"), [("perSeriesAligner", aligners.ALIGNERS), ("crossSeriesReducer", aligners.REDUCERS)]
)
def test_the_table_says_what_the_description_says(monitoring_api, field, table):
    described = monitoring_api["schemas"]["Aggregation"]["properties"][field]
    assert set(described["enum"]) == set(table)
    checked = 0
    for name, text in zip(described["enum"], described["enumDescriptions"], strict=True):
        stated = sentence(text)
        if stated is None:
            continue
        kinds, types = stated
        assert set(table[name].kinds) == kinds, name
        if types:
            assert set(table[name].value_types) == types, name
        checked += 1
    assert checked >= 13


def test_a_rate_of_a_distribution_is_refused_with_googles_words():
    with pytest.raises(aligners.IllegalAggregationError) as caught:
        aligners.check(Kind.DELTA, ValueType.DISTRIBUTION, "ALIGN_RATE")
    assert caught.value.server == (
        'Field aggregation.perSeriesAligner had an invalid value of "ALIGN_RATE": The aligner cannot be applied to metrics '
        "with kind DELTA and value type DISTRIBUTION."
    )
    assert "use ALIGN_NONE, ALIGN_DELTA, ALIGN_SUM, ALIGN_PERCENTILE_99" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value_type", "aligner"),
    [
        (Kind.GAUGE, ValueType.INT64, "ALIGN_RATE"),
        (Kind.GAUGE, ValueType.DOUBLE, "ALIGN_DELTA"),
        (Kind.DELTA, ValueType.INT64, "ALIGN_PERCENTILE_99"),
        (Kind.DELTA, ValueType.INT64, "ALIGN_NEXT_OLDER"),
        (Kind.CUMULATIVE, ValueType.INT64, "ALIGN_MEAN"),
        (Kind.GAUGE, ValueType.INT64, "ALIGN_COUNT_TRUE"),
        (Kind.GAUGE, ValueType.INT64, "ALIGN_MEDIAN"),
    ],
)
def test_an_aligner_that_does_not_fit_the_metric_is_refused(kind, value_type, aligner):
    with pytest.raises(aligners.IllegalAggregationError):
        aligners.check(kind, value_type, aligner)


@pytest.mark.parametrize(
    ("kind", "value_type", "aligner", "result"),
    [
        (Kind.DELTA, ValueType.INT64, "ALIGN_RATE", (Kind.GAUGE, ValueType.DOUBLE)),
        (Kind.CUMULATIVE, ValueType.DOUBLE, "ALIGN_DELTA", (Kind.DELTA, ValueType.DOUBLE)),
        (Kind.DELTA, ValueType.DISTRIBUTION, "ALIGN_PERCENTILE_95", (Kind.GAUGE, ValueType.DOUBLE)),
        (Kind.GAUGE, ValueType.BOOL, "ALIGN_NEXT_OLDER", (Kind.GAUGE, ValueType.BOOL)),
        (Kind.GAUGE, ValueType.BOOL, "ALIGN_FRACTION_TRUE", (Kind.GAUGE, ValueType.DOUBLE)),
    ],
)
def test_what_an_aligner_gives(kind, value_type, aligner, result):
    assert aligners.aligned(kind, value_type, aligner) == result


def test_a_reducer_that_does_not_fit_or_does_not_exist_is_refused():
    aligners.check_reducer(Kind.GAUGE, ValueType.BOOL, "REDUCE_COUNT_FALSE")
    with pytest.raises(aligners.IllegalAggregationError, match="REDUCE_COUNT_FALSE cannot be applied"):
        aligners.check_reducer(Kind.GAUGE, ValueType.DOUBLE, "REDUCE_COUNT_FALSE")
    with pytest.raises(aligners.IllegalAggregationError, match="there is no reducer"):
        aligners.check_reducer(Kind.GAUGE, ValueType.DOUBLE, "REDUCE_MEDIAN")
