"""No drift: each metric counts what the application really emits for its event, and nothing else.

The events of the whole catalog are generated, emitted by the library as an application emits them, read back by the
rules of the logging agent, and matched with the filters that the program registers.
"""

import enum
import json
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vigil_telemetry
from tests import rendered
from vigil_emulator.logging.agent import LineContext, entries_of_line
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.extract import extractor
from vigil_emulator.logging.filters import compiled
from vigil_telemetry import Event, EventSchema, FieldSchema, Role, Severity, catalog, emit


def _run(service: str) -> dict[str, Any]:
    return {
        "type": "cloud_run_revision",
        "labels": {"project_id": "vigil-local", "location": "europe-west1", "service_name": service},
    }


def _pool(name: str) -> dict[str, Any]:
    return {
        "type": "cloud_run_worker_pool",
        "labels": {"project_id": "vigil-local", "location": "europe-west1", "worker_pool_name": name},
    }


PLATFORM = {
    "run.crashed",
    "run.exited",
    "run.killed.memory",
    "run.no_instance",
    "run.not_ready",
    "run.not_started",
}
"""What is counted of the lines that Cloud Run writes about a service."""
RESOURCES = {
    "api": _run("api"),
    "workers": _pool("workers"),
    "agents": _pool("agents"),
    "database": _run("supabase-drain"),
    "frontend": _run("vercel-drain"),
    "logging": _run("logging"),
}
"""Where each part's lines come from, as Cloud Run attaches it."""


class Lines:
    """An output that keeps what is written."""

    direct = None

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    def write_many(self, lines: list[bytes]) -> None:
        self.lines.extend(lines)

    def flush(self, deadline: float) -> None:
        """Nothing is held."""


@pytest.fixture(scope="module", autouse=True)
def written():
    output = Lines()
    vigil_telemetry.configure(
        service="api", environment="local", project="vigil-local", level=Severity.DEBUG, output=output
    )
    yield output
    vigil_telemetry.configure()


@pytest.fixture(scope="module")
def metrics() -> list[dict[str, Any]]:
    return [metric.inputs for metric in rendered.run("local").of_type("gcp:logging/metric:Metric")]


NUMBERS = {
    bool: st.booleans(),
    int: st.integers(min_value=0, max_value=2**40),
    float: st.floats(min_value=0, max_value=1e6),
}


def values(field: FieldSchema) -> st.SearchStrategy[Any]:
    if isinstance(field.type, type) and issubclass(field.type, enum.Enum):
        return st.sampled_from(list(field.type))
    if field.type in NUMBERS:
        return NUMBERS[field.type]
    if field.values is not None:
        return st.sampled_from(field.values)
    if field.role is Role.LABEL:
        return st.text("abcdefghijklmnop/{}-_.", min_size=1, max_size=20)
    return st.text(max_size=40)


def events(schema: EventSchema) -> st.SearchStrategy[Event]:
    fields = {field.name: values(field) if field.required else st.none() | values(field) for field in schema.fields}
    return st.fixed_dictionaries(fields).map(lambda given_: schema.cls(**given_))


def received(line: bytes, service: str) -> Entry:
    context = LineContext(arrival_ns=1_700_000_000_000_000_000, project="vigil-local")
    (body,) = entries_of_line(line.decode(), context)
    name = "projects/vigil-local/logs/run.googleapis.com%2Fstdout"
    body |= {"logName": name, "resource": RESOURCES[service], "insertId": "x"}
    return Entry(
        body=body, time=context.arrival_ns, received=context.arrival_ns, severity=0, log_name=name, insert_id="x"
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_metric_s_filter_matches_its_event_and_no_other(data, written: Lines, metrics):
    schema = data.draw(st.sampled_from([one for one in catalog() if one.cls.__module__.startswith("vigil_telemetry.")]))
    event = data.draw(events(schema))
    written.lines.clear()
    emit(event)
    line = next(line for line in written.lines if json.loads(line)["event"] == schema.name)
    entries = {service: received(line, service) for service in {metric["name"].split("/")[0] for metric in metrics}}
    for metric in metrics:
        service, counted = metric["name"].split("/")[:2]
        entry = entries[service]
        assert compiled(metric["filter"])(entry) == (counted == schema.name), metric["name"]
        if counted != schema.name:
            continue
        for name, text in (metric.get("labelExtractors") or {}).items():
            value = getattr(event, name)
            written_value = value.value if isinstance(value, enum.Enum) else value
            expected = (
                None if value is None else str(written_value).lower() if value in (True, False) else str(written_value)
            )
            assert extractor(text)(entry) == expected, (metric["name"], name)


def test_the_same_event_of_another_service_is_not_counted(written: Lines, metrics):
    written.lines.clear()
    emit(vigil_telemetry.ServiceStarted(**_started()))
    (started,) = [metric for metric in metrics if metric["name"] == "api/service.started"]
    assert compiled(started["filter"])(received(written.lines[0], "api"))
    assert not compiled(started["filter"])(received(written.lines[0], "workers"))
    assert not compiled(started["filter"])(received(written.lines[0], "frontend"))


def _started() -> dict[str, Any]:
    schema = vigil_telemetry.schema_of(vigil_telemetry.ServiceStarted)
    samples = {str: "x", int: 1, float: 1.0, bool: True}
    return {
        field.name: samples.get(field.type, next(iter(get_args(field.type)), "x"))
        for field in schema.fields
        if field.required
    }


def test_a_metric_over_an_event_that_is_not_in_the_catalog_does_not_exist(metrics):
    """Cloud Run writes the lines that the others count, and says nothing of events."""
    names = {schema.name for schema in catalog()}
    ours = {metric["name"].split("/")[1] for metric in metrics if "jsonPayload.event" in metric["filter"]}
    assert ours <= names
    assert {metric["name"].split("/")[1] for metric in metrics} - ours == PLATFORM
