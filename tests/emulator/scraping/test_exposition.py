"""An endpoint's text is read as its format says, whatever it contains; text of another format is refused."""

import contextlib
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, exposition
from prometheus_client.openmetrics import exposition as open_metrics

from vigil_emulator.scraping.exposition import labels_of, parse

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,20}", fullmatch=True)
NUMBERS = st.floats() | st.integers(-(2**60), 2**60).map(float)


def read(text, content_type=""):
    """Every sample as (labels, value, time), in order; and why reading ended early."""
    found = parse(text, content_type)
    return [(labels_of(one.series), one.value, one.time) for one in found.samples], found.problem


@given(values=st.lists(TEXTS, min_size=1, max_size=4), amount=st.floats(0, 1e12), gauge=NUMBERS)
def test_what_the_official_client_writes_in_both_formats_is_read_whole(values, amount, gauge):
    registry = CollectorRegistry()
    names = [f"label_{number}" for number in range(len(values))]
    Counter("done", 'Done, "so\\to\nsay"', names, registry=registry).labels(*values).inc(amount)
    Gauge("depth", "", names, registry=registry).labels(*values).set(gauge)
    Histogram("waits", "", names, buckets=(0.1, 5, 1e6), registry=registry).labels(*values).observe(amount)
    Summary("sizes", "", names, registry=registry).labels(*values).observe(amount)
    collected = [
        ({"__name__": one.name, **one.labels}, one.value) for metric in registry.collect() for one in metric.samples
    ]
    for text, kind in (
        (exposition.generate_latest(registry), exposition.CONTENT_TYPE_LATEST),
        (open_metrics.generate_latest(registry), open_metrics.CONTENT_TYPE_LATEST),
    ):
        found, problem = read(text.decode(), kind)
        assert not problem
        assert by_series((labels, value) for labels, value, _ in found) == by_series(collected)


def by_series(samples):
    return sorted((sorted(labels.items()), repr(float(value))) for labels, value in samples)


@given(name=NAMES, labels=st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True), TEXTS), value=NUMBERS,
       time=st.none() | st.integers(0, 2**50), seed=st.integers())  # fmt: skip
def test_space_and_order_are_free(name, labels, value, time, seed):
    chance = random.Random(seed)

    def space(*, needed=False):
        return chance.choice([" ", "\t", "  "] if needed else ["", " ", "\t "])

    pairs = [f'{space()}{key}{space()}={space()}"{escaped(one)}"{space()}' for key, one in labels.items()]
    chance.shuffle(pairs)
    inside = f"{{{','.join(pairs)}{chance.choice(['', ',']) if pairs else ''}{space()}}}"
    after = "" if time is None else f"{space(needed=True)}{time}"
    line = f"{space()}{name}{space()}{inside}{space()}{written(value)}{after}{space()}"
    found, problem = read(line)
    assert not problem, line
    assert [(one, repr(number), at) for one, number, at in found] == [
        ({"__name__": name, **labels}, repr(value), None if time is None else time * 1_000_000)
    ]


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def written(value):
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN" if math.isnan(value) else repr(value))


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["a", "{", "}", '"', "\\", "=", ",", " ", "1", "#", "\n"]), max_size=60).map("".join)
)
def test_whatever_comes_is_read_or_refused(text):
    for kind in ("", "application/openmetrics-text"):
        for sample in parse(text, kind).samples:
            with contextlib.suppress(ValueError):
                assert labels_of(sample.series)["__name__"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense here", "'here' is no number"),
        ("a 1_000", "'1_000' is no number"),
        ("a 0x1p3", "'0x1p3' is no number"),
        ("a", "no sample can be read"),
        ("1a 1", "no sample can be read"),
        ('a{b="c" 1', "no sample can be read"),
        ("a 1 2 3", "no sample can be read"),
        ("a 1 -5", "no time in milliseconds"),
        ("# TYPE a widget", "'widget' is no type"),
        ("# TYPE a unknown", "'unknown' is no type"),  # OpenMetrics' word
    ],
)
def test_a_malformed_line_ends_the_reading_and_is_named(line, why):
    found, problem = read(f"fine 1\n{line}\nlost 2\n")
    assert [labels["__name__"] for labels, _, _ in found] == ["fine"]
    assert problem.startswith("line 2: ")
    assert why in problem


@pytest.mark.parametrize(
    ("series", "why"),
    [('a{b="1",b="2"}', "label b is there twice"), ("{}", "a sample has no name"), ("a{b}", "label b has no value"),
     ("a{b=c}", "no label can be read"), ('a{__name__="b"}', "label __name__ is there twice")],
)  # fmt: skip
def test_malformed_labels_are_named(series, why):
    with pytest.raises(ValueError, match=why):
        labels_of(series)


def test_the_metadata_of_families_is_found_by_their_names():
    text = "# HELP a_seconds Long\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# TYPE b unknown\n# EOF\n"
    found = parse(text, "application/openmetrics-text; version=1.0.0")
    assert {name: (one.kind, one.unit) for name, one in found.families.items()} == {
        "a_seconds": ("gauge", "seconds"),
        "b": ("unknown", ""),
    }
    assert parse("# TYPE b untyped").families["b"].kind == "unknown"


@pytest.mark.parametrize(
    ("text", "why"),
    [("a 1\n", "does not end with # EOF"), ("a 1\n# EOF\nb 2\n", "line 3: there is more"), ("# UNIT a seconds\n# EOF", "does not end the name")],
)  # fmt: skip
def test_open_metrics_has_an_end(text, why):
    assert why in read(text, "application/openmetrics-text")[1]


def test_times_are_milliseconds_in_one_format_and_seconds_in_the_other():
    assert read("a 1 1500")[0][0][2] == 1_500_000_000
    assert read('a 1 1.5 # {trace_id="x"} 1 1\n# EOF', "application/openmetrics-text")[0][0][2] == 1_500_000_000


def test_names_in_quotes_are_names():
    assert read('{"my.metric",a="b","c.d"="e"} 1')[0][0][0] == {"__name__": "my.metric", "a": "b", "c.d": "e"}
