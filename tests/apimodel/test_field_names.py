"""A field's name in the protos and in JSON, as Google's own descriptions and the protobuf library have them."""

from collections.abc import Iterator

import pytest
from google.cloud.logging_v2.types import log_entry, logging, logging_config, logging_metrics
from google.cloud.monitoring_dashboard_v1.types import dashboard, widget, xychart
from google.cloud.monitoring_v3.types import alert, metric_service, notification_service, service, uptime
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel.field_names import camel_case, snake_case

MODULES = [
    log_entry, logging, logging_config, logging_metrics, dashboard, widget, xychart, alert, metric_service,
    notification_service, service, uptime,
]  # fmt: skip
PROTO_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,5}){0,3}", fullmatch=True)


def messages(message: Descriptor) -> Iterator[Descriptor]:
    """Return a message, and each one declared inside it."""
    yield message
    for inner in message.nested_types:
        yield from messages(inner)


def fields() -> Iterator[tuple[str, str]]:
    """Return each field that Google's clients know, as the proto has it and in JSON.

    For Python, the clients write `type_` for `type`.
    """
    for module in MODULES:
        for outer in vars(module).values():
            if hasattr(outer, "pb") and hasattr(outer, "meta"):
                for message in messages(outer.pb().DESCRIPTOR):
                    yield from ((field.name.removesuffix("_"), field.json_name) for field in message.fields)


def test_all_fields_of_googles_clients_have_their_name_in_json() -> None:
    known = set(fields())
    assert ("condition_prometheus_query_language", "conditionPrometheusQueryLanguage") in known
    assert {(name, camel_case(name)) for name, _ in known} == known


def test_all_fields_of_googles_clients_have_their_name_in_protos() -> None:
    known = set(fields())
    assert {(snake_case(json), json) for _, json in known} == known


@given(PROTO_NAMES)
def test_a_name_in_json_is_the_one_that_protobuf_makes(name: str) -> None:
    field = FieldDescriptorProto(name=name, number=1, type=FieldDescriptorProto.TYPE_STRING)
    file = FileDescriptorProto(name="any.proto", message_type=[DescriptorProto(name="Any", field=[field])])
    pool = DescriptorPool()
    pool.Add(file)
    assert camel_case(name) == pool.FindMessageTypeByName("Any").fields[0].json_name


@pytest.mark.parametrize(
    "name",
    ["displayName", "display_Name", "_name", "name_", "a__b", "", "AlertPolicy", "run.googleapis.com/name", "größe_x"],
)
def test_what_no_proto_calls_a_field_stays_as_it_is(name: str) -> None:
    assert camel_case(name) == name


def test_a_message_has_a_field_of_its_name() -> None:
    assert [snake_case(name) for name in ("AlertPolicy", "LogMetric", "x")] == ["alert_policy", "log_metric", "x"]
