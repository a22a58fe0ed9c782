"""google-cloud-logging and google-cloud-monitoring over TLS, with nothing changed but endpoint, credentials and environment."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from vigil_emulator.environment import variables

pytest.importorskip("grpc", reason="pip install vigil-emulator[grpc]")
pytest.importorskip("google.cloud.logging", reason="pip install google-cloud-logging")
pytest.importorskip("google.cloud.monitoring_v3", reason="pip install google-cloud-monitoring")

from tests.emulator.control.test_process import emulator
from vigil_emulator.rest.discovery import methods
from vigil_emulator.rpc.certificates import certificates
from vigil_emulator.rpc.convert import parts
from vigil_emulator.rpc.methods import services

CLIENT = """
import json, os, sys
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import logging, monitoring_v3
from google.cloud.logging_v2.services.config_service_v2 import ConfigServiceV2Client

options = {"credentials": AnonymousCredentials(), "client_options": {"api_endpoint": os.environ["VIGIL_EMULATOR_GRPC_TLS"]}}
client = logging.Client(project="rpc", **options)
client.logger("app").log_struct({"event": "order.rejected"}, severity="ERROR")
entries = client.list_entries(filter_='jsonPayload.event="order.rejected"')
found = {"entries": [[entry.payload["event"], entry.severity] for entry in entries]}

client.metric("orders", filter_="severity>=ERROR").create()
found["metrics"] = [metric.name for metric in client.list_metrics()]

config = ConfigServiceV2Client(**options)
bucket = {"parent": "projects/rpc/locations/global", "bucket_id": "logs", "bucket": {"analytics_enabled": True}}
found["bucket"] = config.create_bucket_async(bucket).result().name
link = config.create_link(parent=found["bucket"], link={}, link_id="data")
found["link"] = link.result(timeout=60).lifecycle_state.name

channels = monitoring_v3.NotificationChannelServiceClient(**options)
mail = {"type_": "email", "labels": {"email_address": "a@example.com"}}
channel = channels.create_notification_channel(name="projects/rpc", notification_channel=mail)
channel.display_name = "Mail"
changed = channels.update_notification_channel(notification_channel=channel, update_mask={"paths": ["display_name"]})
found["channel"] = [changed.display_name, changed.enabled]

policies = monitoring_v3.AlertPolicyServiceClient(**options)
try:
    policies.create_alert_policy(name="projects/rpc", alert_policy={"display_name": "x"})
except exceptions.InvalidArgument as error:
    found["refused"] = error.message
condition = {
    "display_name": "query",
    "condition_prometheus_query_language": {"query": "up > 0", "evaluation_interval": {"seconds": 60}},
}
policy = {"display_name": "P", "combiner": "OR", "conditions": [condition]}
policies.create_alert_policy(name="projects/rpc", alert_policy=policy)
found["policies"] = [one.display_name for one in policies.list_alert_policies(name="projects/rpc")]

metrics = monitoring_v3.MetricServiceClient(**options)
descriptor = {"type": "custom.googleapis.com/depth", "metric_kind": "GAUGE", "value_type": "INT64"}
metrics.create_metric_descriptor(name="projects/rpc", metric_descriptor=descriptor)
query = 'metric.type = starts_with("custom.googleapis.com/")'
listed = metrics.list_metric_descriptors(request={"name": "projects/rpc", "filter": query})
found["descriptors"] = [one.type for one in listed]
print(json.dumps(found))
"""


def test_the_clients_work_over_tls(tmp_path):
    with emulator("--state", str(tmp_path), "--grpc-port", "0", "--grpc-tls-port", "0") as (_process, url):
        environment = {**os.environ, **variables(url, tmp_path)}
        command = [sys.executable, "-W", "ignore", "-c", CLIENT]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "entries": [["order.rejected", "ERROR"]],
        "metrics": ["orders"],
        "bucket": "projects/rpc/locations/global/buckets/logs",
        "link": "ACTIVE",
        "channel": ["Mail", True],
        "refused": "Field alert_policy.combiner is required.",
        "policies": ["P"],
        "descriptors": ["custom.googleapis.com/depth"],
    }


TAIL = """
import itertools, json, os, signal, sys, threading, urllib.request
from google.auth.credentials import AnonymousCredentials
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import TailLogEntriesRequest

url, pid = os.environ["VIGIL_EMULATOR_URL"], int(sys.argv[1])
ready = threading.Event()

def write():  # the client waits for the first entry before it hands out the stream
    for number in itertools.count():
        severity = "ERROR" if number % 2 else "INFO"
        entry = {"logName": "projects/rpc/logs/app", "severity": severity, "jsonPayload": {"number": number}}
        body = json.dumps({"entries": [entry]}).encode()
        urllib.request.urlopen(urllib.request.Request(url + "/v2/entries:write", data=body))
        if ready.wait(0.02):
            return

client = LoggingServiceV2Client(
    credentials=AnonymousCredentials(), client_options={"api_endpoint": os.environ["VIGIL_EMULATOR_GRPC_TLS"]}
)
writer = threading.Thread(target=write)
writer.start()
request = TailLogEntriesRequest(resource_names=["projects/rpc"], filter="severity>=ERROR", buffer_window="0.1s")
stream = client.tail_log_entries(requests=iter([request]), timeout=60)
found = []
while len(found) < 3:
    found += [int(entry.json_payload["number"]) for entry in next(stream).entries]
ready.set()
writer.join()
os.kill(pid, signal.SIGTERM)
for response in stream:
    found += [int(entry.json_payload["number"]) for entry in response.entries]
print(json.dumps(found))
"""


def test_a_tail_has_what_is_stored_from_then_on_and_ends_with_the_server(tmp_path):
    with emulator("--state", str(tmp_path), "--grpc-tls-port", "0") as (process, url):
        environment = {**os.environ, **variables(url, tmp_path)}
        command = [sys.executable, "-W", "ignore", "-c", TAIL, str(process.pid)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""
    found = json.loads(done.stdout)
    assert found == list(range(found[0], found[0] + 2 * len(found), 2))  # each once, none missing
    assert found[0] % 2 == 1


def test_every_rpc_is_a_method_of_the_documents_and_has_its_messages():
    from vigil_emulator.rpc.server import _message

    known = {method.id for method in methods()}
    rpcs = [rpc for several in services().values() for rpc in several]
    assert len(rpcs) == 99
    for rpc in rpcs:
        assert rpc.method in known
        assert _message(rpc.request)().ByteSize() == 0
        assert _message(rpc.response)().ByteSize() == 0


@pytest.mark.parametrize(
    ("method", "request_message", "path", "query", "body"),
    [
        (
            "logging.projects.sinks.create",
            {"parent": "projects/p", "sink": {"name": "s"}, "uniqueWriterIdentity": True},
            {"parent": "projects/p"},
            {"uniqueWriterIdentity": "true"},
            {"name": "s"},
        ),
        (
            "monitoring.projects.alertPolicies.patch",
            {
                "alertPolicy": {"name": "projects/p/alertPolicies/1", "displayName": "x"},
                "updateMask": "displayName,conditions",
            },
            {"name": "projects/p/alertPolicies/1"},
            {"updateMask": "displayName,conditions"},
            {"name": "projects/p/alertPolicies/1", "displayName": "x"},
        ),
        (
            "monitoring.projects.timeSeries.list",
            {
                "name": "projects/p",
                "interval": {"startTime": "2026-01-01T00:00:00Z"},
                "aggregation": {"groupByFields": ["a", "b"]},
                "pageSize": 5,
            },
            {"name": "projects/p"},
            {"interval.startTime": "2026-01-01T00:00:00Z", "aggregation.groupByFields": "a,b", "pageSize": "5"},
            {},
        ),
        ("logging.entries.list", {"resourceNames": ["projects/p"]}, {}, {}, {"resourceNames": ["projects/p"]}),
    ],
)
def test_a_message_is_the_call_that_rest_would_make(method, request_message, path, query, body):
    found = next(one for one in methods() if one.id == method)
    made = parts(found, request_message)
    assert (made.path, made.query, made.body) == (path, query, body)


def test_certificates_are_kept_until_they_are_about_to_end_and_keys_are_the_owners_alone(tmp_path):
    x509 = pytest.importorskip("cryptography.x509", reason="pip install vigil-emulator[grpc]")
    first = certificates(tmp_path / "tls")
    assert certificates(tmp_path / "tls") == first
    assert stat.S_IMODE((tmp_path / "tls" / "server.key").stat().st_mode) == 0o600
    loaded = x509.load_pem_x509_certificate(first.certificate)
    assert (loaded.not_valid_after_utc - datetime.now(UTC)).days in range(360, 366)
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == ["ca.pem", "server.key", "server.pem"]


def test_a_port_in_use_is_reported(api):
    from vigil_emulator.rpc.server import RpcServer

    async def twice():
        first, second = (RpcServer(api.emulator.api, api.emulator.faults, api.emulator.data.tail) for _ in range(2))
        port, _ = await first.start("127.0.0.1", port=0)
        try:
            with pytest.raises(OSError, match=f"port {port} on 127.0.0.1"):
                await second.start("127.0.0.1", port=port)
        finally:
            await first.stop()

    asyncio.run(twice())


def test_the_environment_without_grpc_has_what_googles_tools_read(tmp_path):
    assert variables("http://127.0.0.1:8432/", tmp_path) == {
        "VIGIL_EMULATOR_URL": "http://127.0.0.1:8432",
        "GOOGLE_LOGGING_CUSTOM_ENDPOINT": "http://127.0.0.1:8432/v2/",
        "GOOGLE_MONITORING_CUSTOM_ENDPOINT": "http://127.0.0.1:8432/",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "emulator",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": "http://127.0.0.1:8432/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING": "http://127.0.0.1:8432/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    }
