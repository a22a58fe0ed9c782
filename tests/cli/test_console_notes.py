"""What a deployment sends to the console: timelines of proofs that `vigil test` kept, and the program's events."""

from pathlib import Path

from vigil_cli import console_notes


def test_the_timelines_of_one_alert_replace_its_earlier_ones_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "staging"
    console_notes.keep(
        folder, ["api/errors, fires: 2 to 18", "api/latency, fires: 6 to 22", "api/latency, near miss: silent"]
    )
    console_notes.keep(folder, ["api/latency, fires: 7 to 20, 30 to the end"])
    assert console_notes.proofs(folder) == [
        {"alert": "api/errors", "cases": [{"case": "fires", "open": "2 to 18"}]},
        {"alert": "api/latency", "cases": [{"case": "fires", "open": "7 to 20, 30 to the end"}]},
    ]


def test_a_case_whose_name_has_a_comma_keeps_its_name(tmp_path: Path) -> None:
    console_notes.keep(tmp_path, ["api/burn, quick burn, near miss: silent"])
    assert console_notes.proofs(tmp_path) == [
        {"alert": "api/burn", "cases": [{"case": "quick burn, near miss", "open": "silent"}]}
    ]


def test_a_folder_without_timelines_has_no_proofs(tmp_path: Path) -> None:
    assert console_notes.proofs(tmp_path) == []
