"""Google's own client for HTTP against a real server, with nothing changed but endpoint and credentials.

google-cloud-monitoring and google-cloud-logging speak gRPC (tests/emulator/control/test_grpc.py); of HTTP the latter has
its own, older transport.
"""

import pytest

from vigil_emulator.http_server import drop, in_thread
from vigil_emulator.server import Emulator


@pytest.fixture(scope="module")
def url():
    emulator = Emulator(drop=drop)
    with in_thread(emulator.app, around=emulator.running) as address:
        yield address


@pytest.fixture
def build(url):
    discovery = pytest.importorskip("googleapiclient.discovery", reason="pip install google-api-python-client")
    credentials = pytest.importorskip(
        "google.auth.credentials", reason="pip install google-auth"
    ).AnonymousCredentials()
    made = []

    def client(api, version):
        made.append(
            discovery.build(
                api, version, credentials=credentials, client_options={"api_endpoint": url}, static_discovery=True
            )
        )
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_google_api_python_client_keeps_sinks_and_metrics(build):
    logging = build("logging", "v2")
    sinks = logging.projects().sinks()
    body = {"name": "s", "destination": "storage.googleapis.com/bucket", "filter": "severity>=ERROR"}
    made = sinks.create(parent="projects/client", body=body, uniqueWriterIdentity=True).execute()
    assert made["writerIdentity"].endswith("@gcp-sa-logging.iam.gserviceaccount.com")
    changed = sinks.patch(sinkName="projects/client/sinks/s", body={"filter": "a"}, updateMask="filter").execute()
    assert changed["filter"] == "a"
    listed = sinks.list(parent="projects/client", pageSize=2)
    names = []
    while listed is not None:
        page = listed.execute()
        names += [sink["name"] for sink in page["sinks"]]
        listed = sinks.list_next(listed, page)
    assert names == ["_Required", "_Default", "s"]


def test_google_api_python_client_sees_errors_as_googles(build):
    errors = pytest.importorskip("googleapiclient.errors", reason="pip install google-api-python-client")
    monitoring = build("monitoring", "v3")
    with pytest.raises(errors.HttpError) as caught:
        monitoring.projects().alertPolicies().create(name="projects/client", body={"displayName": "x"}).execute()
    assert caught.value.resp.status == 400
    assert caught.value.reason == "Field alert_policy.combiner is required."


def test_google_api_python_client_sends_long_filters_another_way(build):
    monitoring = build("monitoring", "v3")
    query = " AND ".join(f'user_labels.k{number}="v"' for number in range(200))
    assert len(query) > 2048
    assert monitoring.projects().notificationChannels().list(name="projects/client", filter=query).execute() == {}


def test_google_api_python_client_writes_and_reads_entries(build):
    entries = build("logging", "v2").entries()
    written = {
        "logName": "projects/client/logs/app",
        "resource": {"type": "global"},
        "entries": [{"jsonPayload": {"event": "x"}, "severity": "ERROR", "insertId": "1"}],
    }
    assert entries.write(body=written).execute() == {}
    found = entries.list(body={"resourceNames": ["projects/client"], "filter": 'jsonPayload.event="x"'}).execute()
    assert [entry["insertId"] for entry in found["entries"]] == ["1"]


def test_google_cloud_logging_over_http(url):
    logging = pytest.importorskip("google.cloud.logging", reason="pip install google-cloud-logging")
    credentials = pytest.importorskip(
        "google.auth.credentials", reason="pip install google-auth"
    ).AnonymousCredentials()
    client = logging.Client(
        project="plain", credentials=credentials, _use_grpc=False, client_options={"api_endpoint": url}
    )
    client.logger("app").log_struct({"event": "order.rejected", "items": 3}, severity="WARNING")
    found = list(client.list_entries(filter_='jsonPayload.event="order.rejected"'))
    assert [(entry.payload["items"], entry.severity) for entry in found] == [(3, "WARNING")]
    metric = client.metric("orders", filter_="severity>=WARNING", description="d")
    assert not metric.exists()
    metric.create()
    assert [one.name for one in client.list_metrics()] == ["orders"]
    sink = client.sink("export", filter_="a", destination="storage.googleapis.com/bucket")
    sink.create(unique_writer_identity=True)
    assert sink.writer_identity.startswith("serviceAccount:service-")
    client._connection.http.close()
