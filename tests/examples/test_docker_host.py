"""Lines of the demo, as each way from a Docker host ships them, are found by the filters of `DockerHost`.

Here each configuration file is read, and its steps are applied as the agent's documentation describes them, so that a wrong
field, order or name in a file is noticed. The Collector itself runs in test_otel_collector.py, Docker's driver itself in
tests/containers; the Ops Agent and Fluent Bit were not run.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.system import application_lines
from tests.demo.service import orders
from vigil_apimodel import lql
from vigil_components import DockerHost
from vigil_emulator import data_methods
from vigil_emulator.calls import Call
from vigil_emulator.clock import RealClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources import ResourceStore

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "docker-host"
GCE = {"type": "gce_instance", "labels": {"project_id": "p", "instance_id": "1", "zone": "europe-west1-b"}}
FRACTION_AND_ZONE = "%Y-%m-%dT%H:%M:%S.%L%z"
"""Both agents' `%L` is a fraction of a second, and their `%z` takes `Z`: Docker's times and ours."""
OPTIONS_OF_GCPLOGS = {
    "gcp-project",
    "gcp-log-cmd",
    "gcp-meta-id",
    "gcp-meta-name",
    "gcp-meta-zone",
    "labels",
    "labels-regex",
    "env",
    "env-regex",
}
"""https://docs.docker.com/engine/logging/drivers/gcplogs/: any other one keeps the container from starting."""

Record = dict[str, Any]


def read(path: str) -> Any:
    text = (FOLDER / path).read_text()
    return json.loads(text) if path.endswith(".json") else yaml.safe_load(text)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What the demo's API writes for an order that it takes, and for one that it refuses."""
    with orders() as service:
        assert service.http.post("/orders", json={"item": "compass", "quantity": 2}).status_code == 201
        assert service.http.post("/orders", json={"item": "unicorn", "quantity": 1}).status_code == 404
        out, _ = service.output()
    return out.splitlines()


def docker_line(line: str) -> str:
    """What the driver `json-file` writes: https://docs.docker.com/engine/logging/drivers/json-file/"""
    return json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-03-01T12:00:00.123456789Z"})


def parsed(text: str, step: Record) -> Record:
    """A JSON text as fields; the field with the time leaves them, as both agents do."""
    assert step["time_format"] == FRACTION_AND_ZONE
    record = json.loads(text)
    written = record.pop(step["time_key"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z", written), written
    return {**record, "": written}


def entry_of(record: Record, special: dict[str, str], resource: Record) -> Record:
    """A LogEntry: special fields at their place, all others in jsonPayload."""
    fields = dict(record)
    entry: Record = {"timestamp": fields.pop(""), "resource": resource, "logName": "projects/p/logs/containers"}
    entry |= {name: fields.pop(key) for key, name in special.items() if key in fields}
    return {**entry, "jsonPayload": fields}


def by_gcplogs(line: str) -> Record:
    """https://docs.docker.com/engine/logging/drivers/gcplogs/: the line is one field, without severity."""
    options = read("gcplogs/compose.yaml")["services"]["orders"]["logging"]["options"]
    metadata = dict.fromkeys(options["labels"].split(","), "orders")
    container = {"name": "/shop-orders-1", "id": "c", "imageName": "orders:1", "metadata": metadata}
    return {
        "logName": "projects/p/logs/gcplogs-docker-driver",
        "resource": GCE,
        "jsonPayload": {"message": line, "container": container, "instance": {"id": "1"}},
    }


def by_ops_agent(line: str) -> Record:
    """https://docs.cloud.google.com/logging/docs/agent/ops-agent/configuration"""
    logging = read("ops-agent/config.yaml")["logging"]
    (pipeline,) = logging["service"]["pipelines"].values()
    (receiver,) = (logging["receivers"][name] for name in pipeline["receivers"])
    assert receiver["type"] == "files"
    record: Record = {"message": docker_line(line)}
    entry: Record = {}
    for step in (logging["processors"][name] for name in pipeline["processors"]):
        if step["type"] == "parse_json":
            record = parsed(record[step.get("field", "message")], step)
            continue
        assert step["type"] == "modify_fields"
        for target, source in step["fields"].items():
            value = record.pop(source["move_from"].removeprefix("jsonPayload."), None)
            if value is not None and target.startswith("jsonPayload."):
                record[target.removeprefix("jsonPayload.").strip('"')] = value
            elif value is not None:
                entry[target] = value
    prefix = "logging.googleapis.com/"
    names = ("httpRequest", "severity", "labels", "operation", "sourceLocation", "trace", "spanId")
    return {**entry_of(record, {f"{prefix}{name}": name for name in names}, GCE), **entry}


def by_fluent_bit(line: str) -> Record:
    """https://docs.fluentbit.io/manual/data-pipeline/outputs/stackdriver and its page of special fields."""
    document = read("fluent-bit/fluent-bit.yaml")
    parsers = {one["name"]: one for one in document["parsers"]}
    (source,), (output,) = document["pipeline"]["inputs"], document["pipeline"]["outputs"]
    record = parsed(docker_line(line), parsers[source["parser"]])
    for step in document["pipeline"]["filters"]:
        assert step["match"] == source["tag"] == output["match"]
        if step["name"] == "parser":
            record = parsed(record[step["key_name"]], parsers[step["parser"]])
        for old, new in (rename.split() for rename in step.get("rename", ())):
            if old in record:
                record[new] = record.pop(old)
    prefix = "logging.googleapis.com/"
    names = ("labels", "operation", "insertId", "sourceLocation", "trace", "traceSampled", "spanId")
    special = {f"{prefix}{name}": name for name in names}
    special |= {f"{prefix}http_request": "httpRequest", output["severity_key"]: "severity"}
    labels = {name: output[name] for name in ("location", "namespace", "node_id")}
    resource = {"type": output["resource"], "labels": {"project_id": "p", **labels}}
    return entry_of(record, special, resource)


WAYS = {
    "gcplogs": (by_gcplogs, DockerHost(name="api", shipper="gcplogs")),
    "ops-agent": (by_ops_agent, DockerHost(name="api", shipper="ops-agent")),
    "fluent-bit": (by_fluent_bit, DockerHost(name="api", shipper="fluent-bit", resource="generic_node")),
}


def listed(entries: list[Record], query: lql.Expr) -> list[Record]:
    """What the emulator finds of the entries."""
    plane = DataPlane(resources=ResourceStore(), clock=RealClock(), database=None)
    plane.write({"entries": [{**entry, "insertId": str(number)} for number, entry in enumerate(entries)]})
    body = {"resourceNames": ["projects/p"], "filter": lql.render(query), "pageSize": 1000}
    call = Call(method="logging.entries.list", body=body)
    return data_methods.handlers(plane)["logging.entries.list"](call).get("entries", [])


@pytest.mark.parametrize("way", WAYS)
def test_all_lines_of_the_service_are_found_and_no_other_s(lines, way):
    ship, host = WAYS[way]
    foreign = [line.replace('"service":"api"', '"service":"api-2"') for line in lines]
    assert foreign != lines
    entries = [ship(line) for line in (*lines, *foreign)]
    assert len(listed(entries, host.entry_filter)) == len(lines) > 4


@pytest.mark.parametrize("way", WAYS)
def test_an_event_is_found_by_its_name(lines, way):
    ship, host = WAYS[way]
    query = lql.all_of(host.entry_filter, host.event_filter("order.refused"))
    (found,) = listed([ship(line) for line in lines], query)
    assert "unknown_item" in json.dumps(found["jsonPayload"])


@pytest.mark.parametrize("way", ["ops-agent", "fluent-bit"])
def test_an_agent_also_understands_severity_time_and_request(lines, way):
    ship, host = WAYS[way]
    entries = [ship(line) for line in lines]
    (refused,) = listed(entries, lql.all_of(host.entry_filter, host.event_filter("order.refused")))
    (line,) = (json.loads(one) for one in lines if '"order.refused"' in one)
    assert (refused["severity"], refused["jsonPayload"]["reason"]) == ("WARNING", "unknown_item")
    assert refused["timestamp"][:23] == line["time"][:23]
    completed = listed(entries, lql.all_of(host.entry_filter, host.event_filter("http.request.completed")))
    assert sorted(one["httpRequest"]["status"] for one in completed) == [201, 404]
    assert not {"severity", "time", "httpRequest"} & set(refused["jsonPayload"])


@pytest.mark.parametrize("way", WAYS)
def test_the_stack_s_bucket_keeps_the_lines_and_not_what_others_write_on_the_host(lines, way):
    ship, _ = WAYS[way]
    entries = [ship(line) for line in lines]
    assert len(listed(entries, application_lines("INFO"))) == len(lines)
    others = [{**one, "logName": "projects/p/logs/syslog", "jsonPayload": {"message": "eth0 is up"}} for one in entries]
    assert listed(others, application_lines("INFO")) == []


@pytest.mark.parametrize("way", ["ops-agent", "fluent-bit"])
def test_the_stack_s_bucket_keeps_an_agent_s_lines_from_the_level_of_the_environment(lines, way):
    ship, _ = WAYS[way]
    kept = listed([ship(line) for line in lines], application_lines("WARNING"))
    assert {one["severity"] for one in kept} == {"WARNING"}


def test_through_the_driver_an_entry_has_no_severity(lines):
    ship, host = WAYS["gcplogs"]
    worth_a_look = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "INFO")
    assert listed([ship(line) for line in lines], lql.all_of(host.entry_filter, worth_a_look)) == []


@pytest.mark.parametrize("path", ["gcplogs/daemon.json", "ops-agent/daemon.json", "fluent-bit/daemon.json"])
def test_a_daemon_s_options_are_those_of_its_driver(path):
    daemon = read(path)
    known = {"gcplogs": OPTIONS_OF_GCPLOGS, "json-file": {"max-size", "max-file"}}[daemon["log-driver"]]
    assert set(daemon["log-opts"]) <= known
    assert all(isinstance(value, str) for value in daemon["log-opts"].values()), "Docker refuses what is no string"


def test_the_composed_service_s_options_are_those_of_the_driver():
    service = read("gcplogs/compose.yaml")["services"]["orders"]
    logging = service["logging"]
    assert service["environment"]["VIGIL_LINE_LIMIT"] == "16384", "Docker splits what is longer"
    assert logging["driver"] == "gcplogs"
    assert set(logging["options"]) <= OPTIONS_OF_GCPLOGS


def test_every_file_is_named_in_the_page_that_explains_them():
    page = (ROOT / "docs" / "docker-hosts.md").read_text()
    for file in FOLDER.rglob("*"):
        if file.is_file() and file.parent.name != "__pycache__":
            assert f"examples/docker-host/{file.relative_to(FOLDER)}" in page, file
