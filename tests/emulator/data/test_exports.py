"""What sinks send to Cloud Storage and BigQuery is in files, as Google lays them out."""

import json
from pathlib import Path

import pytest

from tests.emulator.data.conftest import World
from vigil_emulator.dataplane import DataPlane


class Exporting(World):
    """Its data plane keeps files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__()

    def _plane(self) -> DataPlane:
        return DataPlane(resources=self.resources, clock=self.clock, database=None, exports=self.folder)


@pytest.fixture
def exporting(tmp_path):
    return Exporting(tmp_path / "exports")


def sink(world, destination, filter_text=""):
    name = destination.rpartition("/")[2]
    world.resources.put(
        "logging.sinks", f"projects/p/sinks/{name}", {"name": name, "destination": destination, "filter": filter_text}
    )


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def files(world):
    return sorted(str(file.relative_to(world.folder)) for file in world.folder.rglob("*") if file.is_file())


def test_objects_of_a_bucket_are_by_log_and_hour(exporting):
    sink(exporting, "storage.googleapis.com/archive", "severity>=ERROR")
    log = "projects/p/logs/run.googleapis.com%2Fstdout"
    for time, severity in (("12:00:00", "ERROR"), ("12:59:59", "ERROR"), ("11:59:59", "ERROR"), ("12:00:01", "INFO")):
        exporting.write({"textPayload": time, "severity": severity, "logName": log, "timestamp": f"2026-03-01T{time}Z"})
    folder = "storage/archive/run.googleapis.com%2Fstdout/2026/03/01"
    assert files(exporting) == [f"{folder}/11:00:00_11:59:59_S0.json", f"{folder}/12:00:00_12:59:59_S0.json"]
    assert [entry["textPayload"] for entry in lines(exporting.folder / files(exporting)[1])] == ["12:00:00", "12:59:59"]


def test_tables_of_a_data_set_are_by_log_and_day(exporting):
    sink(exporting, "bigquery.googleapis.com/projects/q/datasets/logs")
    exporting.write({"jsonPayload": {"a": "one\ntwo"}, "logName": "projects/p/logs/run.googleapis.com%2Fstdout"})
    assert files(exporting) == ["bigquery/q/logs/run_googleapis_com_stdout_20260301.json"]
    (entry,) = lines(exporting.folder / files(exporting)[0])
    assert entry["jsonPayload"] == {"a": "one\ntwo"}
    assert entry["resource"]["type"] == "cloud_run_revision"


def test_an_entry_that_is_written_again_is_in_the_file_once(exporting):
    sink(exporting, "storage.googleapis.com/archive")
    for _ in range(2):
        exporting.write({"textPayload": "x", "insertId": "same", "timestamp": "2026-03-01T12:00:00Z"})
    assert len(lines(exporting.folder / files(exporting)[0])) == 1


def test_a_topic_and_a_log_bucket_are_no_files(exporting):
    sink(exporting, "pubsub.googleapis.com/projects/p/topics/t")
    exporting.write({"textPayload": "x"})
    assert not exporting.folder.exists()


def test_a_name_stays_below_the_folder(exporting):
    sink(exporting, "storage.googleapis.com/..")
    exporting.write({"textPayload": "x", "logName": "projects/p/logs/..%2F..%2Fetc"})
    (file,) = files(exporting)
    assert file.startswith("storage/%2E%2E/..%2F..%2Fetc/2026/")


def test_a_folder_that_cannot_be_written_to_is_a_named_problem_and_the_entries_are_stored(exporting):
    sink(exporting, "storage.googleapis.com/archive")
    exporting.folder.write_text("not a folder")
    exporting.write({"textPayload": "x"})
    assert [entry["textPayload"] for entry in exporting.entries()] == ["x"]
    assert "12:00:00_12:59:59_S0.json cannot be written" in exporting.plane.problems()["exports"]
