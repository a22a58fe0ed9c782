"""Events that a proof makes up: everything that the class asks for, also what no line shows."""

from typing import ClassVar

import pytest

from vigil_proofs import samples
from vigil_telemetry import Dropped, Event, Identifier, Measure, Pseudonym
from vigil_telemetry.fields import Number


def test_a_field_that_no_line_shows_is_made_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Baked(Event, tag="samples.baked"):
        """A loaf was baked."""

        metric_labels: ClassVar[tuple[str, ...]] = ()
        baker: Pseudonym[str]
        gone: Dropped[str]
        weight: Dropped[int]
        batch: Identifier[int]
        took: Measure[Number]

    monkeypatch.setattr(samples, "registered", lambda: {"samples.baked": Baked})
    made = samples.sample("samples.baked", {})
    assert isinstance(made, Baked)
    assert (made.gone, made.weight) == ("a gone", 1)
