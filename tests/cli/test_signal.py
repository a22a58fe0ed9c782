"""`vigil signal from-entry`: what it prints, writes and refuses."""

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.proofs.recorded_entries import line
from vigil_cli.app import app


def vigil(*arguments: str, given: str | None = None):
    return CliRunner().invoke(app, ["signal", "from-entry", *arguments], input=given)


LOST = json.dumps(line("ERROR", msg="payment lost", code="down"))


def test_standard_input_to_standard_output_with_what_was_found_beside_it() -> None:
    done = vigil("-", given=f"{LOST}\n{json.dumps(line(msg=''))}\n")
    assert done.exit_code == 0
    assert "PAYMENT_LOST = LogLines(" in done.stdout
    assert 'payment.lost: 1 entry, jsonPayload.msg="payment lost" AND severity>="WARNING"' in done.stderr
    assert "entry 2 is in no signal: it has no field that says what happened" in done.stderr


def test_entries_that_are_in_no_signal_are_listed_by_reason() -> None:
    done = vigil("-", given="\n".join([LOST, *[json.dumps(line(msg=""))] * 6]))
    assert "entries 2, 3, 4 and 3 more are in no signal: it has no field that says what happened" in done.stderr


def test_a_file_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "entries.json").write_text(LOST)
    target = tmp_path / "payments.py"
    done = vigil(str(tmp_path / "entries.json"), "-o", str(target), "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["ok"], document["file"]) == (0, True, str(target))
    assert [(one["name"], one["labels"]["code"]["seen"]) for one in document["signals"]] == [("payment.lost", ["down"])]
    written = target.read_text()
    assert 'payments.watch_logs(context, team="...")' in written
    again = vigil(str(tmp_path / "entries.json"), "-o", str(target))
    assert (again.exit_code, "exists. Nothing was written." in again.stderr) == (2, True)
    assert target.read_text() == written


def test_what_cannot_be_read_or_described_has_an_exit_code(tmp_path: Path) -> None:
    missing = vigil(str(tmp_path / "none.json"), "--json")
    assert (missing.exit_code, json.loads(missing.stdout)["ok"]) == (2, False)
    assert vigil("-", given="insertId: x").exit_code == 2
    assert vigil("-", "-o", str(tmp_path / "my-logs.py"), given=LOST).exit_code == 2
    nothing = vigil("-", "--json", given=json.dumps(line(msg="")))
    document = json.loads(nothing.stdout)
    assert (nothing.exit_code, document["ok"], len(document["undescribed"])) == (1, False, 1)
