"""The images as Docker builds them: their contents, the account that runs them, and how they end."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.containers import images
from demo.containers.stage import ROOT, until

pytestmark = pytest.mark.timeout(900)

BUILT = ["api", "worker", "agent", "llm", "outside", "vercel-drain", "supabase-drain"]
CLOUD_RUN = 10.0
"""Seconds from SIGTERM to SIGKILL: https://docs.cloud.google.com/run/docs/container-contract"""


def inside(stage, name, program, *options):
    """What a program of Python prints in the image."""
    image = stage.services[name].image
    words = ["run", "--rm", "--log-driver", "none", "--network", "none", "--entrypoint", "/app/bin/python"]
    return stage.engine.docker(*words, *options, image, "-c", program)


@pytest.mark.parametrize("name", BUILT)
def test_an_image_runs_as_a_number_that_is_not_root_and_checks_its_health(stage, name):
    (image,) = json.loads(stage.engine.docker("inspect", stage.services[name].image))
    assert image["Config"]["User"] == "10001"
    assert image["Config"]["Healthcheck"]["Test"][0] == "CMD"


@pytest.mark.parametrize("name", ["api", "vercel-drain"])
def test_an_image_has_no_compiler_nothing_writable_and_the_locks_versions(stage, name):
    found = json.loads(inside(stage, name, _LOOK, "--read-only"))
    assert found["user"] == 10001
    assert found["compilers"] == []
    assert found["writable"] == []
    locked = dict(re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    parts = {one["name"].lower().replace("_", "-"): one["version"] for one in found["sbom"]["components"]}
    assert parts.keys() >= {"uvicorn", "httpx", "vigil-telemetry"}
    assert {
        each: version for each, version in parts.items() if each != "vigil-telemetry" and locked.get(each) != version
    } == {}
    assert found["sbom"]["bomFormat"] == "CycloneDX"


_LOOK = """
import json, os, shutil
known = ("cc", "gcc", "g++", "clang", "make", "rustc", "go", "uv")
writable = [each for each in ("/", "/app", "/srv", "/etc", "/usr") if os.access(each, os.W_OK)]
print(json.dumps({"user": os.getuid(), "compilers": [each for each in known if shutil.which(each)],
                  "writable": writable, "sbom": json.load(open("/app/sbom.cdx.json"))}))
"""


@pytest.mark.parametrize("name", ["api", "vercel-drain"])
def test_no_layer_holds_a_secret_or_a_place_of_the_machine_that_built_it(stage, name):
    image = stage.services[name].image
    history = stage.engine.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    (config,) = json.loads(stage.engine.docker("inspect", image))
    metadata = history + json.dumps(config["Config"]["Env"])
    assert not re.search(r"(?i)(password|secret|token|api_key)=\S", metadata)
    assert str(Path.home()) not in config["Config"]["Env"]
    assert str(ROOT) not in metadata
    files = inside(
        stage, name, "import os\nfor at, _, names in os.walk('/srv'):\n  for one in names: print(at + '/' + one)"
    )
    assert not re.search(r"\.env$|credentials|account\.json|\.pem$|\.key$|/\.git/|Pulumi\.", files, re.MULTILINE)


def test_an_image_that_a_newer_build_replaced_is_removed_and_others_stay(stage):
    words = ["build", "--quiet", "--network", "none", "--label", "vigil.sources=test", "--tag", "vigil-test", "-"]
    old, new = (
        stage.engine.docker(*words, given=f"FROM {stage.services['api'].image}\nENV BUILD={build}\n".encode())
        for build in ("old", "new")
    )
    images.remove_replaced(stage.engine)
    kept = stage.engine.docker("images", "--quiet", "--no-trunc").split()
    assert old not in kept
    assert {new, stage.engine.docker("inspect", "--format", "{{.Id}}", stage.services["api"].image)} <= {*kept}
    stage.engine.docker("rmi", "vigil-test")


@pytest.fixture(scope="module")
def ended(stage):
    """An API as Cloud Run starts it: its own PORT, no writable disk; it gets SIGTERM while a request is in flight."""
    service = stage.services["api"]
    words = ["run", "--detach", "--name", "contract", "--read-only", "--cap-drop", "ALL"]
    words += ["--publish", "127.0.0.1:9200:9200"]
    settings = {
        "PORT": "9200",
        "K_SERVICE": "contract",
        "K_REVISION": "contract-00001",
        "VIGIL_ENVIRONMENT": "staging",
        "VIGIL_LOG_LEVEL": "DEBUG",
        "OUTSIDE_URL": "http://127.0.0.1:9300",
    }
    variables = [word for key, value in settings.items() for word in ("--env", f"{key}={value}")]
    stage.engine.docker(*words, *variables, service.image, *service.keys.get("command", ()))
    stage.engine.docker("exec", "--detach", "contract", "/app/bin/python", "-c", _SLOW_CARRIER)
    until(lambda: _answers(stage), stage.engine.tail)
    status, _ = stage.ask(9200, "GET", "/healthz")
    assert stage.ask(9200, "POST", "/orders", {"item": "compass", "quantity": 1})[0] == 201
    with ThreadPoolExecutor(1) as customer:
        quote = customer.submit(stage.ask, 9200, "GET", "/orders/1/quote")
        entered = 'jsonPayload.container.name="/contract" AND jsonPayload.message=~"GET /orders/1/quote"'
        until(lambda: stage.lines(entered), stage.engine.tail)
        began = time.monotonic()
        stage.engine.docker("stop", "--time", str(int(CLOUD_RUN)), "contract")
        took = time.monotonic() - began
        answer = quote.result()
    (found,) = json.loads(stage.engine.docker("inspect", "contract"))
    return status, took, found["State"], answer


_SLOW_CARRIER = """
import socket, time
def listens():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 9200)) == 0
server = socket.create_server(("127.0.0.1", 9300))
client, _ = server.accept()
client.recv(65536)
client.sendall(b"HTTP/1.1 200 OK\\r\\n")
while listens():
    client.sendall(b"x-wait: 1\\r\\n")
    time.sleep(0.1)
body = b'{"carrier":"slow","price":7}'
client.sendall(b"content-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (len(body), body))
time.sleep(60)
"""
"""Answers its one request when the API takes no new ones any more, which is after SIGTERM."""


def _answers(stage):
    try:
        return stage.ask(9200, "GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_a_container_listens_at_port_and_ends_in_order_at_sigterm(ended):
    status, _, state, _ = ended
    assert status == 200
    assert state["ExitCode"] == 0, "137 would be SIGKILL after ten seconds"
    assert state["OOMKilled"] is False


def test_a_request_in_flight_at_sigterm_is_answered_and_its_line_arrives(stage, ended):
    *_, (status, body) = ended
    assert (status, json.loads(body)) == (200, {"carrier": "slow", "price": 7})
    lines = until(
        lambda: _with(stage.lines('jsonPayload.container.name="/contract"'), "service.stopping"), stage.engine.tail
    )
    events = [json.loads(line) for line in lines]
    (quoted,) = (one for one in events if one.get("route") == "/orders/{number}/quote" and "status" in one)
    assert (quoted["event"], quoted["status"]) == ("http.request.completed", 200)
    assert events.index(quoted) < [one["event"] for one in events].index("service.stopping")


def test_its_last_lines_arrive(stage, ended):
    lines = until(
        lambda: _with(stage.lines('jsonPayload.container.name="/contract"'), "service.stopping"), stage.engine.tail
    )
    events = [json.loads(line) for line in lines]
    assert events[0]["event"] == "service.started"
    assert {one["service"] for one in events} == {"api"}


def _with(lines, event):
    return lines if any(f'"event":"{event}"' in line for line in lines) else []
