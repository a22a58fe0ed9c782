"""Sessions of `entries.tail`: order within the window, dropped entries and their report, the refusals."""

import asyncio
from datetime import UTC, datetime

import pytest

from vigil_emulator.clock import VirtualClock
from vigil_emulator.errors import ApiError
from vigil_emulator.logging import tail
from vigil_emulator.server import Emulator


def entry(second, severity="ERROR"):
    return {
        "logName": "projects/p/logs/l",
        "severity": severity,
        "textPayload": str(second),
        "timestamp": f"2026-01-05T11:59:{second:02d}Z",
    }


async def responses(request, *batches):
    """The responses of a session to some writes, which all come before it reads."""
    emulator = Emulator(clock=VirtualClock(datetime(2026, 1, 5, 12, tzinfo=UTC)))
    try:
        session = emulator.data.tail.open({"resourceNames": ["projects/p"], **request})
        for batch in batches:
            emulator.data.write({"entries": batch})
        session.close()
        return [response async for response in session.responses()]
    finally:
        await emulator.stop()


def numbers(responses):
    return [[int(one["textPayload"]) for one in response.get("entries", [])] for response in responses]


def test_a_response_is_in_the_order_of_time_whatever_the_order_of_arrival():
    found = asyncio.run(responses({}, [entry(3)], [entry(1), entry(2, "INFO")]))
    assert numbers(found) == [[1, 2, 3]]


def test_filter_and_view_decide():
    assert numbers(asyncio.run(responses({"filter": "severity>=ERROR"}, [entry(1, "INFO"), entry(2)]))) == [[2]]
    view = "projects/p/locations/global/buckets/_Default/views/_AllLogs"
    assert numbers(asyncio.run(responses({"resourceNames": [view]}, [entry(1)]))) == [[1]]
    assert asyncio.run(responses({"resourceNames": ["projects/other"]}, [entry(1)])) == []


def test_a_slow_client_and_too_many_entries_are_reported_with_how_many_are_missing(monkeypatch):
    monkeypatch.setattr(tail, "WAITING", 2)
    *_, last = asyncio.run(responses({}, [entry(1), entry(2), entry(3)]))
    assert last == {"suppressionInfo": [{"reason": "NOT_CONSUMED", "suppressedCount": 1}]}
    monkeypatch.setattr(tail, "RATE_LIMIT", 1)
    *_, last = asyncio.run(responses({}, [entry(1), entry(2), entry(3)]))
    assert last == {"suppressionInfo": [{"reason": "RATE_LIMIT", "suppressedCount": 2}]}


@pytest.mark.parametrize(
    ("request_", "word"),
    [({"bufferWindow": "61s"}, "60000"), ({"filter": "("}, "filter"), ({"resourceNames": []}, "resourceNames")],
)
def test_what_google_refuses(request_, word):
    with pytest.raises(ApiError, match=word) as refused:
        asyncio.run(responses(request_))
    assert refused.value.status == "INVALID_ARGUMENT"
