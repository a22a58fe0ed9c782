"""What `make bench` publishes of a measured value: its ratio to the peer's, and whether the goal is met."""

import json

import pytest

from bench import figures
from bench.figures import against_goal, figure, publish


@pytest.mark.parametrize(
    ("value", "peer", "better", "ratio", "met"),
    [
        (3.0, 2.0, "less", 1.5, True),
        (3.2, 2.0, "less", 1.6, False),
        (3.0, 2.0, "more", 1.5, True),
        (2.8, 2.0, "more", 1.4, False),
        (2.0, 3.0, "times faster", 1.5, True),
        (2.0, 2.8, "times faster", 1.4, False),
    ],
)
def test_a_goal_is_reached_from_the_side_that_is_better(value, peer, better, ratio, met) -> None:
    found = figure("x", value, "s", "peer", peer, goal=1.5, better=better)
    assert (found["ratio"], found["met"]) == (pytest.approx(ratio), met)


def test_without_a_goal_nothing_is_met_or_missed() -> None:
    assert figure("x", 3.0, "s", "peer", 2.0)["met"] is None


def test_a_value_beside_its_goal_has_a_ratio_of_one_to_reach() -> None:
    assert [against_goal("x", value, "s", 300)["met"] for value in (299.0, 301.0)] == [True, False]
    assert [against_goal("x", value, "1/s", 300, better="more")["met"] for value in (299.0, 301.0)] == [False, True]


def test_an_area_is_one_file_and_each_figure_is_printed(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(figures, "FOLDER", tmp_path / "bench")
    found = [figure("one event", 1684.4, "ns", "structlog", 20000.0, goal=9, better="times faster")]
    publish("telemetry", found)
    assert json.loads((tmp_path / "bench" / "telemetry.json").read_text()) == found
    assert "one event: 1,684 ns, structlog: 20,000, ratio 11.9, goal 9: met" in capsys.readouterr().out
