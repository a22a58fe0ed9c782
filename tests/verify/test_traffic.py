"""How much of each event is logged, from entries as Google's client lists them."""

from datetime import UTC, datetime, timedelta

from google.cloud.logging_v2.entries import StructEntry

from vigil_verify.traffic import Traffic, measured

END = datetime(2026, 3, 1, 11, tzinfo=UTC)
START = END - timedelta(hours=1)


def entries(*minutes: int, event: str = "order.accepted"):
    return [
        StructEntry(payload={"event": event}, timestamp=END - timedelta(minutes=one), log_name="projects/p/logs/l")
        for one in minutes
    ]


def test_events_are_counted_over_the_whole_window():
    accepted, refused = measured([*entries(1, 20, 30), *entries(40, event="order.refused")], START, END)
    assert (accepted.event, accepted.entries, accepted.seconds) == ("order.accepted", 3, 3600)
    assert (refused.event, refused.entries) == ("order.refused", 1)
    assert accepted.bytes > 3 * len('{"event":"order.accepted"}')


def test_a_list_that_was_cut_off_began_with_its_oldest_entry():
    assert [one.seconds for one in measured(entries(1, 20), START, END, most=2)] == [1200]


def test_nothing_was_logged():
    assert measured([], START, END) == tuple[Traffic, ...]()
