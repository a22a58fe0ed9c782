"""Each RPC of each of Google's clients has an answer: its own, or UNIMPLEMENTED with the method's name."""

import json
import re

import pytest

pytest.importorskip("grpc", reason="pip install vigil-emulator[grpc]")
pytest.importorskip("google.cloud.monitoring_dashboard_v1", reason="pip install google-cloud-monitoring-dashboards")

import grpc
from google.api_core import exceptions
from google.cloud import monitoring_dashboard_v1, monitoring_v3
from google.cloud.logging_v2.services.config_service_v2 import ConfigServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client

from tests.emulator.control.test_process import emulator
from vigil_emulator.environment import ADDRESSES
from vigil_emulator.resources.channels import verification_code
from vigil_emulator.rest.discovery import methods
from vigil_emulator.rest.schema import encode
from vigil_emulator.rpc.methods import STREAMING, services

CLIENTS = [
    LoggingServiceV2Client, ConfigServiceV2Client, MetricsServiceV2Client, monitoring_dashboard_v1.DashboardsServiceClient,
    *(client for name, client in vars(monitoring_v3).items() if name.endswith("Client") and "Async" not in name),
]  # fmt: skip
NOT_OF_A_SERVICE = {"grpc_channel", "kind", "operations_client", "cancel_operation", "get_operation", "list_operations"}


def rpcs(client):
    transport = client.get_transport_class("grpc")
    names = (name for name, value in vars(transport).items() if isinstance(value, property))
    return {"".join(part.capitalize() for part in name.split("_")) for name in names if name not in NOT_OF_A_SERVICE}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_every_rpc_of_a_client_is_served(client):
    service = client.get_transport_class("grpc").__module__
    served = {
        rpc.name
        for full, of in services().items()
        for rpc in of
        if full.rpartition(".")[2] + "Client" == client.__name__
    }
    served |= {STREAMING.rpc.name} if client is LoggingServiceV2Client else set()
    assert rpcs(client) - served == set(), service


def test_every_rpc_stands_for_a_method_of_a_document():
    known = {method.id for method in methods()}
    assert {rpc.method for of in services().values() for rpc in of} <= known


@pytest.fixture(scope="module")
def channel(tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    with emulator("--state", str(state), "--grpc-port", "0"):
        opened = grpc.insecure_channel(json.loads((state / ADDRESSES).read_text())["grpc"])
        yield opened
        opened.close()


def client_of(kind, channel):
    return kind(transport=kind.get_transport_class("grpc")(channel=channel))


def test_dashboards_are_made_read_listed_changed_and_deleted(channel):
    client = client_of(monitoring_dashboard_v1.DashboardsServiceClient, channel)
    text = {"text": {"content": "hello"}}
    made = client.create_dashboard(
        {"parent": "projects/p", "dashboard": {"display_name": "d", "grid_layout": {"widgets": [text]}}}
    )
    assert made.grid_layout.widgets[0].text.content == "hello"
    made.display_name = "e"
    assert client.update_dashboard({"dashboard": made}).display_name == "e"
    assert [one.display_name for one in client.list_dashboards(parent="projects/p")] == ["e"]
    assert client.get_dashboard(name=made.name).etag
    client.delete_dashboard(name=made.name)
    with pytest.raises(exceptions.NotFound):
        client.get_dashboard(name=made.name)


def test_monitored_resources_are_described_by_both_apis(channel):
    metrics = client_of(monitoring_v3.MetricServiceClient, channel)
    listed = list(metrics.list_monitored_resource_descriptors(request={"name": "projects/p", "page_size": 5}))
    assert {"cloud_run_revision", "global", "k8s_container"} <= {one.type for one in listed}
    found = metrics.get_monitored_resource_descriptor(name="projects/p/monitoredResourceDescriptors/cloud_run_revision")
    assert "service_name" in [label.key for label in found.labels]
    only = metrics.list_monitored_resource_descriptors(
        request={"name": "projects/p", "filter": 'resource.type = "global"'}
    )
    assert [one.type for one in only] == ["global"]
    logging = client_of(LoggingServiceV2Client, channel)
    assert {one.type for one in logging.list_monitored_resource_descriptors(request={})} == {one.type for one in listed}


def test_a_channel_is_verified_by_its_code(channel):
    client = client_of(monitoring_v3.NotificationChannelServiceClient, channel)
    made = client.create_notification_channel(
        name="projects/p", notification_channel={"type_": "email", "labels": {"email_address": "a@example.com"}}
    )
    client.send_notification_channel_verification_code(name=made.name)
    with pytest.raises(exceptions.FailedPrecondition):
        client.get_notification_channel_verification_code(request={"name": made.name})
    with pytest.raises(exceptions.InvalidArgument):
        client.verify_notification_channel(name=made.name, code="G-1")
    verified = client.verify_notification_channel(name=made.name, code=verification_code(made.name))
    assert verified.verification_status.name == "VERIFIED"
    assert client.get_notification_channel_verification_code(request={"name": made.name}).code == verification_code(
        made.name
    )
    with pytest.raises(exceptions.NotFound):
        client.send_notification_channel_verification_code(name="projects/p/notificationChannels/1")


def test_what_is_not_implemented_says_so_by_name(channel):
    client = client_of(monitoring_v3.QueryServiceClient, channel)
    with pytest.raises(exceptions.MethodNotImplemented, match=re.escape("monitoring.projects.timeSeries.query")):
        next(iter(client.query_time_series(request={"name": "projects/p", "query": "fetch x"})))


def test_enums_inside_any_are_numbers_where_numbers_are_requested():
    operation = {
        "name": "operations/1",
        "metadata": {"@type": "type.googleapis.com/google.logging.v2.BucketMetadata", "state": "OPERATION_STATE_SUCCEEDED"},
        "response": {"@type": "type.googleapis.com/google.logging.v2.LogBucket", "lifecycleState": "ACTIVE", "retentionDays": 30},
    }  # fmt: skip
    written = encode("logging.v2", "Operation", operation)
    assert written["response"] == {**operation["response"], "lifecycleState": 1}
    assert isinstance(written["metadata"]["state"], int)
    unknown = {"response": {"@type": "type.googleapis.com/of.another.Api", "state": "ACTIVE"}}
    assert encode("logging.v2", "Operation", unknown) == unknown
