"""The tables about fields that the discovery documents lack agree with the published protos and the samples."""

import importlib
import json

import pytest

from vigil_apimodel.dashboards import SEEN
from vigil_emulator.rest.discovery import APIS, document
from vigil_emulator.rest.presence import NUMBERS, ONE_OF, PRESENT

WRAPPERS = {"BoolValue", "Int64Value", "DoubleValue", "StringValue"}


@pytest.fixture(scope="module")
def messages():
    """Every message of the two clients' protos, by its last name."""
    proto = pytest.importorskip("proto", reason="pip install proto-plus")
    files, found = {}, {}
    for module in ("google.cloud.monitoring_v3", "google.cloud.logging_v2.types"):
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, type) and issubclass(value, proto.Message):
                collect(value.pb().DESCRIPTOR.file, files)
    for file in files.values():
        for message in file.message_types_by_name.values():
            walk(message, found)
    return found


def collect(file, files):
    """The file and what it imports, but for protobuf's own."""
    if file.name not in files and not file.name.startswith("google/protobuf/"):
        files[file.name] = file
        for dependency in file.dependencies:
            collect(dependency, files)


def walk(message, found):
    """The message and those inside it."""
    found.setdefault(message.name, []).append(message)
    for inner in message.nested_types:
        walk(inner, found)


def schema_properties(name):
    for api in APIS:
        schema = document(api)["schemas"].get(name)
        if schema is not None:
            yield schema["properties"]


def test_scalars_with_presence_are_those_of_the_protos(messages):
    expected = set()
    for name, several in messages.items():
        for field in [field for message in several for field in message.fields]:
            wrapped = field.message_type is not None and field.message_type.name in WRAPPERS
            documented = any(field.json_name in properties for properties in schema_properties(name))
            if documented and ((field.has_presence and field.message_type is None) or wrapped):
                expected.add((name, field.json_name))
    assert expected == PRESENT


def test_exclusive_fields_are_those_of_the_protos(messages):
    for name, several in messages.items():
        if name not in ONE_OF:
            continue
        for message in several:
            for one_of in message.oneofs:
                if len(one_of.fields) > 1:
                    assert set(ONE_OF[name][one_of.name]) == {field.json_name for field in one_of.fields}, name


def test_enum_numbers_are_those_of_the_protos(messages):
    for name, several in messages.items():
        for field in [field for message in several for field in message.fields]:
            if field.enum_type is None:
                continue
            for properties in schema_properties(name):
                declared = properties.get(field.json_name, {})
                declared = declared.get("items", declared)
                exceptions = NUMBERS.get((name, field.json_name), {})
                for position, value in enumerate(declared.get("enum", ())):
                    published = field.enum_type.values_by_name.get(value)
                    if published is not None:
                        assert exceptions.get(value, position) == published.number, (name, field.json_name, value)


def test_unnamed_fields_are_exactly_those_that_google_serves_and_does_not_document(corpus):
    schemas = document("monitoring.v1")["schemas"]
    found = {}

    def visit(schema, value):
        properties = schemas[schema]["properties"]
        for key, item in value.items():
            if key not in properties:
                found.setdefault(schema, set()).add(key)
            else:
                inside(properties[key], item)

    def inside(declared, value):
        if "$ref" in declared:
            visit(declared["$ref"], value)
        elif declared.get("type") == "array":
            for item in value:
                inside(declared["items"], item)

    for file in (corpus / "monitoring-dashboard-samples" / "dashboards").rglob("*.json"):
        visit("Dashboard", json.loads(file.read_text()))
    assert found
    assert all(fields <= SEEN[schema] for schema, fields in found.items())
