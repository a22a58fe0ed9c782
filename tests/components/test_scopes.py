"""What the explorers of a project show first, and on which application's page its alerts are."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config

from vigil_components import (
    AlertSeverity,
    Application,
    AuditLog,
    DefaultScopes,
    DefaultScopesArgs,
    Email,
    LogScope,
    LogScopeArgs,
    MonitoringContext,
    Routing,
    RoutingArgs,
    Team,
    TraceScope,
)
from vigil_components import TraceScopeArgs as Args
from vigil_components.logs.scope_provider import DefaultScopesProvider, ScopesApiError
from vigil_components.systems import AuditPart, PartArgs
from vigil_components.testing import record

PARENT = "projects/example-shop/locations/global"
SETTING = f"{PARENT}/scopes/_Default"
LOGS, TRACES = f"{PARENT}/logScopes/all", f"{PARENT}/traceScopes/all"


class Served:
    """The scopes that the Observability API keeps for one project, and its requests."""

    def __init__(self) -> None:
        self.scope = {"logScope": f"//logging.googleapis.com/{PARENT}/logScopes/_Default"}
        self.requests: list[tuple[str, str, object]] = []
        self.status = 200
        self.url = ""


@pytest.fixture
def api() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            served.requests.append((self.command, self.path, body))
            assert self.headers["Authorization"] == "Bearer a-token"
            if served.status == 200:
                served.scope |= body or {}
            sent = json.dumps(
                served.scope if served.status == 200 else {"error": {"message": "no such scope"}}
            ).encode()
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_PATCH = answer  # noqa: N815 - names of the base class

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}"
        yield served
        server.shutdown()
        thread.join()


def provider() -> DefaultScopesProvider:
    made = DefaultScopesProvider()
    made.configure(ConfigureRequest(Config({"gcp:accessToken": "a-token"}, "vigil")))
    return made


def test_scopes_are_set_changed_read_and_given_back(api: Served) -> None:
    both = {"name": SETTING, "api": api.url, "logScope": LOGS, "traceScope": TRACES, "__provider": "pickled"}
    made = provider().create(both)
    assert made.id == SETTING
    assert "__provider" not in made.outs
    assert api.requests.pop() == (
        "PATCH",
        f"/v1/{SETTING}?updateMask=logScope%2CtraceScope",
        {"logScope": f"//logging.googleapis.com/{LOGS}", "traceScope": TRACES},
    )
    assert provider().read(SETTING, made.outs).outs["logScope"] == LOGS
    logs = {**both, "traceScope": None}
    assert provider().diff(SETTING, made.outs, logs).changes
    assert not provider().diff(SETTING, made.outs, both).changes
    provider().update(SETTING, made.outs, logs)
    assert api.scope["traceScope"] == f"{PARENT}/traceScopes/_Default"
    provider().delete(SETTING, logs)
    assert api.scope["logScope"] == f"//logging.googleapis.com/{PARENT}/logScopes/_Default"
    assert api.requests[-1][1].endswith("updateMask=logScope")


def test_a_refusal_says_what_to_do(api: Served) -> None:
    api.status = 404
    with pytest.raises(
        ScopesApiError, match=r"with 404 .*no such scope.*Remedy: the scope or the project does not exist"
    ):
        provider().create({"name": SETTING, "api": api.url, "logScope": LOGS})


def test_the_program_names_its_scopes_and_makes_them_the_defaults() -> None:
    def program() -> None:
        names = ["projects/example-shop"]
        logs = LogScope("logs", LogScopeArgs(project="example-shop", scope_id="all", resource_names=names))
        traces = TraceScope("traces", Args(project="example-shop", scope_id="all", resource_names=names))
        DefaultScopes(
            "first",
            DefaultScopesArgs(project="example-shop", log_scope=logs.scope_name, trace_scope=traces.scope_name),
        )

    run = record(program)
    made = run.one("pulumi-python:dynamic/observability:DefaultScopes").inputs
    assert (made["name"], made["logScope"], made["traceScope"]) == (SETTING, LOGS, TRACES)
    scope = run.one("gcp:observability/traceScope:TraceScope").inputs
    assert (scope["traceScopeId"], scope["location"], scope["resourceNames"]) == (
        "all",
        "global",
        ["projects/example-shop"],
    )


def test_policies_of_registered_services_and_workloads_have_the_labels_of_their_application() -> None:
    shop = Application(id="shop", location="global", services={"api": "shop-api"}, workloads={"mail": "shop-mail"})
    assert shop.labels("api") == {
        "apphub_application_id": "shop",
        "apphub_application_location": "global",
        "apphub_service_id": "shop-api",
    }
    assert shop.labels("mail")["apphub_workload_id"] == "shop-mail"
    assert shop.labels("other") == {}
    with pytest.raises(ValueError, match="api is in services and in workloads"):
        Application(id="shop", location="global", services={"api": "a"}, workloads={"api": "a"})


def test_a_policy_has_the_labels_beside_its_own() -> None:
    def program() -> None:
        team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
        routing = Routing("r", RoutingArgs(project="example-shop", environment="prod", pages=False, teams=[team]))
        context = MonitoringContext(
            project="example-shop",
            environment="prod",
            routing=routing,
            runbooks_url="https://shop.example",
            application=Application(id="shop", location="global", services={"audit": "shop-audit"}),
        )
        AuditPart("audit", PartArgs(context=context, source=AuditLog(), team="shop"))

    for policy in record(program).of_type("gcp:monitoring/alertPolicy:AlertPolicy"):
        labels = policy.inputs["userLabels"]
        assert (labels["team"], labels["apphub_service_id"]) == ("shop", "shop-audit")
