"""Reading a secret from Secret Manager by its documented REST API."""

import asyncio
import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from vigil_drains.secrets import FixedSecret, ManagedSecret, SecretManager, SecretUnavailableError, from_environment

NAME = "projects/shop/secrets/vercel-drain-secret"


@pytest.fixture
def google():
    stored = {"secret": b"the-secret-of-32-characters-long", "status": 200, "metadata": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/computeMetadata/v1/instance/service-accounts/default/token":
                status = stored["metadata"] if self.headers["Metadata-Flavor"] == "Google" else 403
                answer = {"access_token": "a-token", "expires_in": 3599}
            elif (
                self.path == f"/v1/{NAME}/versions/latest:access" and self.headers["Authorization"] == "Bearer a-token"
            ):
                status = stored["status"]
                answer = {"payload": {"data": base64.b64encode(stored["secret"] + b"\n").decode()}}
            else:
                status, answer = 401, {}
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args):
            """Tests write nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield stored, SecretManager(api=address, metadata=address).fetch(NAME)
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_latest_version_is_read_with_the_machines_identity(google):
    assert asyncio.run(google[1]()) == b"the-secret-of-32-characters-long"


def test_a_secret_without_version_is_none_and_found_once_it_is_there(google):
    stored, fetch = google
    now = [0.0]
    source = ManagedSecret(fetch, clock=lambda: now[0])
    stored["status"] = 404
    assert asyncio.run(source.current()) is None
    stored["status"] = 200
    assert asyncio.run(source.current()) is None
    now[0] = 10
    assert asyncio.run(source.current()) == b"the-secret-of-32-characters-long"


@pytest.mark.parametrize("broken", [{"status": 403}, {"metadata": 500}])
def test_what_is_refused_names_the_secret_and_the_role(google, broken):
    google[0].update(broken)
    with pytest.raises(SecretUnavailableError, match=r"vercel-drain-secret.*secretAccessor"):
        asyncio.run(google[1]())


def test_a_known_secret_is_used_on_while_secret_manager_is_down(google):
    stored, fetch = google
    now = [0.0]
    source = ManagedSecret(fetch, clock=lambda: now[0])
    known = asyncio.run(source.current())
    stored["status"] = 500
    now[0] = 1000
    assert asyncio.run(source.current()) == known


def test_a_value_or_a_name_in_the_environment():
    assert asyncio.run(from_environment("X", {"X": "value"}).current()) == b"value"
    assert isinstance(from_environment("X", {"X_NAME": NAME}), ManagedSecret)
    nothing = from_environment("X", {})
    assert isinstance(nothing, FixedSecret)
    assert asyncio.run(nothing.current()) is None
