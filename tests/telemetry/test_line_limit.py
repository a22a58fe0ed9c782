"""Behind a shipper that splits long lines, the limit keeps each line whole."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from vigil_telemetry import Event, Identifier, Text, configure, emit
from vigil_telemetry.outputs import StreamOutput

DOCKER = 16_384
"""Bytes at which Docker's copier splits a line, its end included."""


def test_a_long_text_is_cut_so_that_the_line_is_within_the_limit(recorded: Any) -> None:
    class Long(Event, tag="line_limit.long"):
        """A long note was written."""

        message: ClassVar[str] = "noted"
        note: Text
        order: Identifier[int]

    configure(service="s", output=recorded, line_limit=DOCKER)
    emit(Long(note="é" * 20_000, order=7))
    (line,) = recorded.raw
    assert len(line) <= DOCKER
    entry = json.loads(line)
    assert entry["cut_fields"] == ["note"]
    assert (entry["event"], entry["order"], entry["service"]) == ("line_limit.long", 7, "s")
    assert len(entry["note"]) > 5_000, "what fits is kept"


def test_a_line_below_the_limit_is_left_as_it_is(recorded: Any) -> None:
    class Short(Event, tag="line_limit.short"):
        """A short note was written."""

        note: Text

    configure(service="s", output=recorded, line_limit=DOCKER)
    emit(Short(note="x" * 10_000))
    assert "cut_fields" not in recorded.last
    configure(service="s", output=recorded)
    emit(Short(note="x" * 20_000))
    assert len(recorded.last["note"]) == 20_000, "Cloud Logging itself takes more"


def test_the_limit_is_read_from_the_environment(recorded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noted(Event, tag="line_limit.noted"):
        """A note was written."""

        note: Text

    monkeypatch.setenv("VIGIL_LINE_LIMIT", "5000")
    configure(service="s", output=recorded)
    emit(Noted(note="x" * 20_000))
    assert 4_000 < len(recorded.raw[0]) <= 5_000


@pytest.mark.parametrize("value", ["16k", "", "0", "-1", "4095", "250001"])
def test_a_malformed_limit_is_refused_by_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_LINE_LIMIT", value)
    if not value:
        configure(service="s", output=StreamOutput())
        return
    with pytest.raises(ValueError, match=f"VIGIL_LINE_LIMIT.*{value}.*4096 to 250000"):
        configure(service="s", output=StreamOutput())
