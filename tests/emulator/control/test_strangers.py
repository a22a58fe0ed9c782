"""Who may speak to an emulator without a token: this machine, under a name that is its own."""

import os
import socket

import httpx
import pytest

from tests.emulator.control.test_process import emulator, refused, refused_as_a_process

EVERYWHERE = (
    "/",
    "/console/",
    "/console/logs?project=p",
    "/v2/projects/p/logs",
    "/v3/projects/p/notificationChannels",
    "/v1/projects/p/location/global/prometheus/api/v1/query?query=up",
    "/v1/projects/p/topics/t",
    "/vigil/v1/health",
    "/vigil/v1/queues",
    "/vigil/v1/deliveries",
    "/nothing",
)
"""A path of each kind: console, both APIs, Pub/Sub, the emulator's own, none."""


@pytest.fixture(scope="module")
def running():
    with emulator("--memory") as (_process, url):
        yield url


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8085", "127.0.0.1.evil.example", "192.168.0.1", "localhost.evil.example:80",
                                  "127.0.0.1@evil.example", "evil.example@127.0.0.1", "localhost:evil", "127.0.0.1:99999", "evil.example#@127.0.0.1", "[", "0.0.0.0", "localhost."])  # fmt: skip
def test_a_name_of_another_site_is_refused_on_every_path(running, path, host):
    answer = httpx.get(running + path, headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert "localhost" in answer.json()["error"]["message"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "127.5.5.5:1", "[::1]:8085"])
def test_names_of_this_machine_are_answered(running, host):
    assert httpx.get(running + "/v2/projects/p/sinks", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://[", "http://", "file://", "http://localhost.evil.example"]
)
def test_a_page_of_another_site_is_refused_however_it_names_itself(running, origin):
    assert httpx.get(running + "/v2/projects/p/sinks", headers={"origin": origin}).status_code == 403


def test_with_a_token_any_host_name_is_answered_for_requests_that_carry_it():
    with emulator("--memory", environment={"VIGIL_EMULATOR_TOKEN": "t"}) as (_process, url):
        named = {"host": "emulator.internal:8085"}
        assert httpx.get(url + "/v2/projects/p/sinks", headers=named).status_code == 401
        assert (
            httpx.get(url + "/v2/projects/p/sinks", headers={**named, "authorization": "Bearer t"}).status_code == 200
        )
        assert httpx.get(url + "/vigil/v1/health", headers=named).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_socket_that_others_reach_needs_a_token_however_it_comes(host, capsys):
    text = refused(capsys, "--memory", "--port", "0", "--host", host)
    assert f"--host {host}" in text
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        os.set_inheritable(listener.fileno(), True)
        text = refused_as_a_process("--memory", "--fd", str(listener.fileno()), close_fds=False)
    assert f"--fd {listener.fileno()}" not in text  # closed by now: the number was the open one's
    assert f"on {host}, would let other machines in" in text
    assert "VIGIL_EMULATOR_TOKEN" in text


def test_a_handed_over_socket_on_loopback_is_served_and_one_of_no_network_refused():
    left, right = socket.socketpair()
    with left, right:
        os.set_inheritable(left.fileno(), True)
        assert "is no socket of TCP" in refused_as_a_process("--memory", "--fd", str(left.fileno()), close_fds=False)
