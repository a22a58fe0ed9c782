"""Times as Google's JSON writes them, and the clocks."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.clock import RealClock, ScaledClock, VirtualClock, sleep_until
from vigil_emulator.times import format_duration, format_time, moment, nanoseconds, parse_duration, parse_time

START = datetime(2026, 3, 1, tzinfo=UTC)
NS = st.integers(-(10**18), 4 * 10**18)


@given(NS)
def test_a_time_is_read_as_it_was_written(ns):
    assert parse_time(format_time(ns)) == ns
    assert len(format_time(ns)) in {20, 24, 27, 30}


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone is put on in the test
def test_offsets_are_the_same_moment(naive, minutes):
    local = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(local.isoformat()) == nanoseconds(local) == parse_time(format_time(nanoseconds(local)))
    assert moment(nanoseconds(local)) == local


@given(st.integers(-(10**15), 10**15))
def test_a_duration_is_read_as_it_was_written(ns):
    assert parse_duration(format_duration(ns)) == ns


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0s"), (1_500_000_000, "1.500s"), (-120_000, "-0.000120s"), (1, "0.000000001s"), (-(3 * 10**9), "-3s")],
)
def test_a_duration_has_no_three_six_or_nine_digits_as_protobuf_writes_it(ns, text):
    assert format_duration(ns) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-03-01T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "now",
        "2026-03-01T00:00:61Z",
        "2026-03-01T00:00:00.٣Z",
    ],
)
def test_what_is_no_time_is_refused(text):
    parse_time("2026-03-01T00:00:00Z")  # the minute is known by now, which must not make reading laxer
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@pytest.mark.parametrize("text", ["", "1", "1m", "s", "1.1234567890s", "-"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_a_virtual_clock_moves_only_by_hand_and_forward():
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(90) == START + timedelta(seconds=90)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="no time zone"):
        VirtualClock(datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused


def test_running_clocks_know_their_speed():
    scaled = ScaledClock(60, start=START)
    assert scaled.speed == 60
    assert START <= scaled.now() <= scaled.now()
    assert RealClock().speed == 1
    for speed in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="positive"):
            ScaledClock(speed)


def test_a_scaled_clock_continues_from_now_at_another_speed():
    wall = [100.0]
    clock = ScaledClock(60, start=START, wall=lambda: wall[0])
    wall[0] += 2
    clock.run(1)
    assert (clock.now(), clock.speed) == (START + timedelta(seconds=120), 1)
    wall[0] += 5
    clock.run(10)
    wall[0] += 1
    assert clock.now() == START + timedelta(seconds=120 + 5 + 10)
    with pytest.raises(ValueError, match="positive"):
        clock.run(0)
    assert clock.speed == 10


@pytest.mark.parametrize(
    ("ago", "passed"), [(0, 0), (0.5, 5), (1, 10), (2, 11), (6, 15), (7, 75), (8, 135), (9, 195), (-1, -10)]
)
def test_a_scaled_clock_knows_what_passed_at_earlier_speeds(ago, passed):
    wall = [100.0]
    clock = ScaledClock(60, start=START, wall=lambda: wall[0])
    for seconds, speed in ((2, 1), (5, 10)):
        wall[0] += seconds
        clock.run(speed)
    wall[0] += 1
    assert clock.passed(ago) == passed


def test_who_waits_for_a_time_does_not_oversleep_when_the_clock_gets_faster(monkeypatch):
    wall = [0.0]
    clock = ScaledClock(1, start=START, wall=lambda: wall[0])
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        wall[0] += seconds
        if len(slept) == 2:
            clock.run(6000)

    monkeypatch.setattr("vigil_emulator.clock.sleep", sleep)
    asyncio.run(sleep_until(clock, START + timedelta(seconds=60)))
    assert clock.now() >= START + timedelta(seconds=60)
    assert sum(slept) < 0.5
