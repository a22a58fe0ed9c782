"""Whole numbers that Cloud Logging cannot keep, and other plain values, come out as text."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import logging
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigil_telemetry import Event, Identifier, Label, Measure, Number, Pseudonym, counters, emit
from vigil_telemetry.bridges.stdlib import BridgeHandler
from vigil_telemetry.validate import problems

EACH = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Sold(Event, tag="integers.sold"):
    message: ClassVar = "order {order}"
    order: Identifier[int]
    ok: Label[bool]
    customer: Pseudonym[str]
    items: Measure[Number] | None = None


def _kept(value: object) -> int:
    """What is read back from Cloud Logging, which keeps a number as a double."""
    return int(value) if isinstance(value, str) else int(float(value))  # type: ignore[arg-type] - from JSON


@EACH
@given(order=st.integers(), items=st.none() | st.integers(min_value=2**52))
def test_a_whole_number_of_an_event_is_read_back_as_it_was(recorded, order, items) -> None:
    emit(Sold(order=order, ok=True, customer="c", items=items))
    entry = recorded.last
    assert _kept(entry["order"]) == order
    assert entry["message"] == f"order {order}"
    assert items is None or _kept(entry["items"]) == items
    assert isinstance(entry["order"], int) == (abs(order) <= 2**53)
    assert entry["customer"].startswith("hmac:")
    assert problems(recorded.raw[-1]) == []
    assert counters.repaired == 0


@EACH
@given(st.integers(), st.integers())
def test_a_whole_number_of_a_record_is_read_back_as_it_was(recorded, number, nested) -> None:
    BridgeHandler().handle(logging.makeLogRecord({"name": "x", "msg": "m", "order": number, "all": {"x": [nested]}}))
    extra = recorded.last["extra"]
    assert (_kept(extra["order"]), _kept(extra["all"]["x"][0])) == (number, nested)


def test_a_number_of_more_digits_than_python_writes_is_one_valid_line(recorded) -> None:
    emit(Sold(order=10**5000, ok=True, customer="c"))
    BridgeHandler().handle(logging.makeLogRecord({"name": "x", "msg": "m", "order": 10**5000}))
    assert [entry["event"] for entry in recorded.entries] == ["integers.sold", "log"]
    assert int(recorded.last["extra"]["order"], 16) == 10**5000


class Colour(enum.Enum):
    RED = "red"


class Shade(str, enum.Enum):  # noqa: UP042 - the older form, whose `str` is `Shade.DARK`
    DARK = "dark"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "2026-01-02T00:00:00+00:00"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.time(3, 4), "03:04:00"),
        (dt.timedelta(hours=1), "1:00:00"),
        (Decimal("12.30"), "12.30"),
        (Fraction(1, 3), "1/3"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (PurePosixPath("/srv/x"), "/srv/x"),
        (ipaddress.ip_address("203.0.113.7"), "[ip]"),
        (ipaddress.ip_address("127.0.0.1"), "127.0.0.1"),
        (Colour.RED, "red"),
        (Shade.DARK, "dark"),
        (Level.HIGH, 3),
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (b"abc", "<3 bytes>"),
        (ValueError, "builtins.ValueError"),
        (object(), "<object>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_values_come_out_readable(recorded, value: object, written: object) -> None:
    extra = {"value": value, "nested": {"list": [value]}}
    BridgeHandler().handle(logging.makeLogRecord({"name": "x", "msg": "m"} | extra))
    assert recorded.last["extra"] == {"value": written, "nested": {"list": [written]}}


def test_keys_of_plain_types_come_out_readable(recorded) -> None:
    totals = {uuid.UUID(int=5): 1, dt.date(2026, 1, 2): 2, Colour.RED: 3, 2**60: 4}
    BridgeHandler().handle(logging.makeLogRecord({"name": "x", "msg": "m", "totals": totals}))
    assert recorded.last["extra"]["totals"] == {
        "00000000-0000-0000-0000-000000000005": 1, "2026-01-02": 2, "red": 3, str(2**60): 4,
    }  # fmt: skip
