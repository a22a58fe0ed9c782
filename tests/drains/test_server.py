"""The start command: a real process, real HTTP, lines on its standard output."""

import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

SECRET = b"0123456789abcdef0123456789abcdef"


@contextmanager
def started(kind, **environment):
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("VERCEL", "SUPABASE", "VIGIL"))
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:  # it takes connections before the process accepts them
        process = subprocess.Popen(
            [sys.executable, "-m", "vigil_drains", "--kind", kind, "--fd", str(listener.fileno())],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env=inherited | {"VIGIL_ENVIRONMENT": "prod"} | environment,
        )
        port = listener.getsockname()[1]
    lines = []
    try:
        assert get(port, "/healthz").status == 200
        yield port, lines
    finally:
        process.terminate()
        out, err = process.communicate(timeout=60)
        lines += [json.loads(line) for line in out.splitlines()]
        assert process.returncode in (0, -15), err.decode()


def post(port, path, body, **headers):
    return call(port, "POST", path, body, headers)


def get(port, path):
    return call(port, "GET", path, None, {})


def call(port, method, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_vercel_with_its_secret_and_code():
    body = json.dumps([{"metricType": "LCP", "value": 900, "route": "/a", "deviceType": "mobile"}]).encode()
    signature = hmac.new(SECRET, body, hashlib.sha1).hexdigest()
    environment = {"VERCEL_DRAIN_SECRET": SECRET.decode(), "VERCEL_VERIFICATION_CODE": "the-code"}
    with started("vercel", **environment) as (port, lines):
        answer = post(port, "/vercel/speed-insights", body, **{"x-vercel-signature": signature})
        assert (answer.status, answer.headers["x-vercel-verify"]) == (200, "the-code")
        assert post(port, "/vercel/speed-insights", body, **{"x-vercel-signature": "0" * 40}).status == 403
        assert post(port, "/vercel/deployments", body, **{"x-vercel-signature": signature}).status == 503
    events = [line["event"] for line in lines]
    assert events[0] == "service.started"
    assert events.count("frontend.vital.measured") == 1
    vital = next(line for line in lines if line["event"] == "frontend.vital.measured")
    assert (vital["milliseconds"], vital["rating"], vital["service"]) == (900, "good", "drains")


def test_supabase_with_its_secret():
    body = json.dumps([{"event_message": "ready", "id": "1"}]).encode()
    with started("supabase", SUPABASE_DRAIN_SECRET=SECRET.decode()) as (port, lines):
        assert post(port, "/supabase/logs", body, **{"x-vigil-drain-secret": SECRET.decode()}).status == 200
        assert post(port, "/supabase/logs", body).status == 403
    assert [line["event"] for line in lines].count("database.line.logged") == 1


def test_without_a_kind_it_lists_the_kinds():
    run = subprocess.run([sys.executable, "-m", "vigil_drains", "--port", "1"], capture_output=True, check=False)
    assert run.returncode == 2
    assert b"--kind" in run.stderr
