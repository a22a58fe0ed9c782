"""A search that looks before it decodes finds what decoding everything finds."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigil_emulator import data_methods
from vigil_emulator.calls import Call
from vigil_emulator.logging.entries_list import entry_of
from vigil_emulator.logging.filters import compiled, parsed
from vigil_emulator.logging.scan import BATCH, needle
from vigil_emulator.times import parse_time

TEXTS = st.text(st.sampled_from('aAbB1 "\\\n\té\u0130\u212a\ud83d\ude00{}:,.'), max_size=8)
QUERIES = (
    'jsonPayload.x=~"a"', 'jsonPayload.x=~"^a"', 'jsonPayload.x=~"b$"', 'jsonPayload.x=~"^aB$"', 'jsonPayload.x=~"\\\\bab\\\\b"',
    'jsonPayload.x=~"a.b"', 'jsonPayload.x=~"[^a]b"', 'jsonPayload.x=~"a|^1"', 'jsonPayload.x=~"[\\"$]"', 'jsonPayload.x:"a"', 'jsonPayload.x:"AB"',
    'jsonPayload.x="ab"', 'jsonPayload.x:"i"', 'jsonPayload.x:"k"', '"a b"', '"ab" AND jsonPayload.y:"1"', 'jsonPayload.y=~"1[.]5"',
    'NOT jsonPayload.x=~"a"', 'textPayload=~"^$"', 'jsonPayload.x=~"é"', 'jsonPayload.x=~"(?i)ab"', 'jsonPayload.x=~"a\\\\n"',
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(TEXTS, st.one_of(TEXTS, st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5))),
        max_size=12,
    )
)
def test_every_query_finds_the_same(make_world, payloads):
    world = make_world()
    world.write(
        *({"jsonPayload": {"x": x, "y": y, "n": n}} for n, (x, y) in enumerate(payloads)), {"textPayload": "plain"}
    )
    everything = world.entries(pageSize=1000)
    for query in QUERIES:
        holds = compiled(query)
        expected = [e for e in everything if holds(entry_of(e, parse_time(e["timestamp"])))]
        assert world.entries(query, pageSize=1000) == expected, query
    asyncio.run(world.plane.stop())


@pytest.mark.parametrize("query", QUERIES[:12])
def test_these_searches_do_look_first(query):
    assert needle(parsed(query)) is not None


def test_hits_are_found_in_every_batch(world):
    world.write(*({"textPayload": "needle" if n % (BATCH - 1) == 0 else "hay"} for n in range(2 * BATCH + 10)))
    assert len(world.entries('"needle"', pageSize=1000)) == 3


def test_hits_are_found_around_what_was_deleted(world):
    other = "projects/p/logs/other"
    world.write(
        *({"textPayload": f"needle {n}" if n in {3, 4, 1500} else "hay", **({"logName": other} if n % 3 == 0 else {})}
          for n in range(2 * BATCH))
    )  # fmt: skip
    data_methods.handlers(world.plane)["logging.projects.logs.delete"](Call(method="", path={"logName": other}))
    assert [entry["textPayload"] for entry in world.entries('"needle"')] == ["needle 4"]
    assert world.entries('"needle 1500"') == []
