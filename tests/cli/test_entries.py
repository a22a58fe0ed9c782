"""`vigil entries`: exported entries can be imported, once, and a mistake is named before anything is written."""

import json
from contextlib import chdir
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_emulator.environment import ADDRESSES
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator

PROJECT = "vigil-local"
MANY = 1200
"""More than a page and two batches."""


@pytest.fixture
def emulator():
    server = Emulator()
    with in_thread(server.app, around=server.running) as url:
        yield url


def line(number: int, **more: object) -> dict[str, object]:
    stamp = datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=number)
    body = {"event": "order.refused", "number": number}
    return {
        "logName": f"projects/{PROJECT}/logs/app",
        "timestamp": stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "severity": "ERROR" if number % 2 else "INFO",
        "jsonPayload": body,
        **more,
    }


def vigil(emulator: str, *arguments: str, given: str | None = None):
    return CliRunner().invoke(app, ["entries", *arguments, "--emulator", emulator], input=given)


def there(emulator: str, project: str = PROJECT) -> list[int]:
    body = {"resourceNames": [f"projects/{project}"], "orderBy": "timestamp asc", "pageSize": 1000}
    found: list[int] = []
    while True:
        answer = httpx.post(f"{emulator}/v2/entries:list", json=body, timeout=60).json()
        found += [int(one["jsonPayload"]["number"]) for one in answer.get("entries", [])]
        if not (token := answer.get("nextPageToken")):
            return found
        body["pageToken"] = token


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "entries.jsonl"
    path.write_text("".join(json.dumps(line(number)) + "\n" for number in range(MANY)))
    return path


def test_what_is_imported_twice_is_there_once_and_comes_out_as_it_went_in(emulator, file, tmp_path):
    for _ in range(2):
        ran = vigil(emulator, "import", str(file), "--json")
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.stdout) == {"ok": True, "entries": MANY, "file": str(file)}
    assert there(emulator) == list(range(MANY))
    out = tmp_path / "out.jsonl"
    assert json.loads(vigil(emulator, "export", str(out), "--json").stdout)["entries"] == MANY
    kept = [json.loads(one) for one in out.read_text().splitlines()]
    given = [json.loads(one) for one in file.read_text().splitlines()]
    assert [one["jsonPayload"] for one in kept] == [one["jsonPayload"] for one in given]
    assert vigil(emulator, "import", str(out)).exit_code == 0
    assert there(emulator) == list(range(MANY))


def test_equal_lines_without_an_id_stay_as_many_as_they_are(emulator):
    text = json.dumps(line(1)) + "\n"
    for _ in range(2):
        assert vigil(emulator, "import", "-", given=text * 2).exit_code == 0
    assert there(emulator) == [1, 1]


def test_a_query_chooses_and_the_stream_holds_entries_alone(emulator, file):
    assert vigil(emulator, "import", str(file)).exit_code == 0
    ran = vigil(emulator, "export", "-", "--filter", "severity>=ERROR AND jsonPayload.number<10")
    assert [json.loads(one)["jsonPayload"]["number"] for one in ran.stdout.splitlines()] == [1, 3, 5, 7, 9]


def test_entries_of_one_project_go_into_another(emulator):
    ran = vigil(emulator, "import", "-", "--project", "other", given=json.dumps(line(7)))
    assert ran.exit_code == 0, ran.output
    assert (there(emulator, "other"), there(emulator)) == ([7], [])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "Line 3 is not JSON"),
        ("[]", "Line 3 is no JSON object"),
        ('{"a": 1, "a": 1}', "Line 3: the key 'a' stands here again. Keep one of them."),
        ("[" * 100_000, "Line 3 is not JSON: it is nested too deep to be read."),
        (json.dumps({**line(2), "logName": "app"}), "Line 3: logName must be projects/PROJECT/logs/LOG, not 'app'"),
        (json.dumps({key: value for key, value in line(2).items() if key != "timestamp"}), "Line 3 has no timestamp"),
        (json.dumps(line(2, severity="LOUD")), "Lines 1 to 3 were refused: 400 INVALID_ARGUMENT"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(emulator, bad, message):
    given = f"{json.dumps(line(0))}\n\n{bad}\n"
    ran = vigil(emulator, "import", "-", given=given)
    assert ran.exit_code == 2
    assert message in " ".join(ran.output.split())
    assert there(emulator) == []


def test_a_refused_query_leaves_the_file_as_it_was(emulator, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    ran = vigil(emulator, "export", str(out), "--filter", "severity>=(")
    assert ran.exit_code == 2
    assert "INVALID_ARGUMENT" in ran.output
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out.jsonl", "before")]


def test_a_file_that_is_not_there_is_named(emulator, tmp_path):
    ran = vigil(emulator, "import", str(tmp_path / "none.jsonl"))
    assert ran.exit_code == 2
    assert "none.jsonl cannot be read: No such file or directory" in " ".join(ran.output.split())


def test_the_emulator_of_a_stack_is_found_by_its_state_folder(emulator, tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps(line(1)))
    addresses = tmp_path / ".vigil" / "staging" / ADDRESSES
    addresses.parent.mkdir(parents=True)
    addresses.write_text(json.dumps({"url": emulator}))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text(f"config:\n  gcp:project: {PROJECT}\n")
    with chdir(tmp_path):
        for arguments in (["import", "in.jsonl"], ["export", "out.jsonl"]):
            ran = CliRunner().invoke(app, ["entries", *arguments, "-s", "staging"])
            assert ran.exit_code == 0, ran.output
    assert json.loads((tmp_path / "out.jsonl").read_text())["jsonPayload"]["number"] == 1
