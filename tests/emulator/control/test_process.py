"""The emulator as a process: its ready line, its refusals, its end, and what is there after a restart."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from vigil_emulator.__main__ import parse
from vigil_emulator.process import run

SINK = {"name": "s", "destination": "storage.googleapis.com/b"}


@contextmanager
def emulator(*arguments, environment=None):
    """A running process and its address."""
    command = [sys.executable, "-m", "vigil_emulator", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        ready = json.loads(line)
        assert ready["ready"] is True
        yield process, ready["url"]
    finally:
        process.kill()
        process.communicate()


def refused(capsys, *arguments):
    """The error of a start that fails."""
    assert run(parse([*arguments])) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1, printed.err
    return printed.err


def refused_as_a_process(*arguments, close_fds=True):
    """The error of a process that cannot start."""
    command = [sys.executable, "-m", "vigil_emulator", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, close_fds=close_fds)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def ask(url, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_a_connection_is_open(number):
    with emulator("--memory") as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /vigil/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            process.send_signal(number)
            assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_what_was_acknowledged_is_there_after_sigkill(tmp_path):
    with emulator("--state", str(tmp_path)) as (process, url):
        ask(url, "/v2/projects/p/sinks", SINK)
        process.kill()
        process.wait()
    with emulator("--state", str(tmp_path)) as (_process, url):
        assert ask(url, "/v2/projects/p/sinks/s")["destination"] == SINK["destination"]


def test_a_state_folder_in_use_is_one_line_that_names_folder_and_process(tmp_path, capsys):
    with emulator("--state", str(tmp_path)) as (process, _url):
        text = refused(capsys, "--state", str(tmp_path), "--port", "0")
        assert str(tmp_path) in text
        assert f"(process {process.pid})" in text
        assert "--state" in text


def test_a_port_in_use_is_one_line_that_names_it_and_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        text = refused_as_a_process("--memory", "--port", str(port))
    assert f"port {port} on 127.0.0.1 is in use" in text
    assert "--port" in text


def test_an_address_for_others_needs_a_token(capsys):
    assert "VIGIL_EMULATOR_TOKEN" in refused(capsys, "--memory", "--host", "0.0.0.0")
    with emulator("--memory", "--host", "0.0.0.0", environment={"VIGIL_EMULATOR_TOKEN": "t"}) as (_process, url):
        local = url.replace("0.0.0.0", "127.0.0.1")
        assert ask(local, "/vigil/v1/health") == {"status": "ok"}
        with pytest.raises(urllib.error.HTTPError, match="401") as refused_it:
            ask(local, "/v2/projects/p/sinks")
        refused_it.value.close()


@pytest.mark.parametrize(("given", "token"), [("t\r\n", "t"), ("  ", None), ("", None)])
def test_blanks_around_the_token_are_no_part_of_it(monkeypatch, given, token):
    monkeypatch.setenv("VIGIL_EMULATOR_TOKEN", given)
    assert parse(["--memory"]).token == token


@pytest.mark.parametrize("token", ["S3CR3T S3CR3T", "S3CR3T\nX: y", "S3CR3Té"])
def test_a_token_that_no_header_takes_is_refused_and_not_shown(monkeypatch, capsys, token):
    monkeypatch.setenv("VIGIL_EMULATOR_TOKEN", token)
    assert run(parse(["--memory", "--port", "0"])) == 2
    text = capsys.readouterr().err
    assert "VIGIL_EMULATOR_TOKEN holds a character that no header takes" in text
    assert "S3CR3T" not in text


def test_a_folder_that_is_a_file_and_a_file_that_is_no_database_are_reported(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert "cannot use the state folder" in refused(capsys, "--state", str(tmp_path / "file"), "--port", "0")
    (tmp_path / "resources.db").write_text("no database" * 100)
    assert "file is not a database" in refused(capsys, "--state", str(tmp_path), "--port", "0")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--memory", "--fd", "99"),
        ("--memory", "--speed", "0"),
        ("--memory", "--port", "70000"),
        ("--memory", "--metric-visibility", "-1"),
    ],
)
def test_values_that_make_no_sense_are_refused(arguments, capsys):
    assert arguments[1] in refused(capsys, *arguments)


def test_help_names_endpoints_options_and_exit_codes(capsys):
    with pytest.raises(SystemExit) as ended:
        parse(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for word in ("loggingCustomEndpoint", "/vigil/v1/faults", "--state", "Exit codes"):
        assert word in shown
