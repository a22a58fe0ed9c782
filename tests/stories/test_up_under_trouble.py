"""`vigil up` interrupted, beside another, and where it cannot run: nothing is left behind, and the command says why."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from demo.stand_ins.temporal import free_port
from tests.stories.running import Vigil

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

MOMENTS = ("Emulator ready", "deployed", "Log entries arrive", "The inventory service fails")


def arguments(state: Path) -> tuple[str, ...]:
    return (
        "up",
        "--only",
        "api",
        "--json",
        "--speed",
        "240",
        "--state",
        str(state),
        "--receiver-port",
        str(free_port()),
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_leaves_no_process_behind(moment: str, vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(*arguments(tmp_path))
    running.until(moment)
    assert len(running.alive()) > 1
    running.process.send_signal(signal.SIGINT)
    code, out, err = running.end()
    assert code == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert running.alive() == []


def test_a_signal_at_the_very_start_leaves_no_process_behind(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(*arguments(tmp_path))
    running.process.send_signal(signal.SIGTERM)
    assert running.end()[0] in {-signal.SIGTERM, 128 + signal.SIGTERM}
    assert running.nothing_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_other_ends_leave_no_process_behind_either(number: signal.Signals, vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(*arguments(tmp_path))
    running.until("deployed")
    running.process.send_signal(number)
    code, _, _ = running.end()
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    assert running.nothing_left(), running.alive()


def test_an_interrupted_run_is_no_hindrance_to_the_next(vigil: Vigil, tmp_path: Path) -> None:
    first = arguments(tmp_path)
    running = vigil.start(*first)
    running.until("The inventory service fails")
    running.process.send_signal(signal.SIGKILL)
    running.end()
    code, out, err = vigil.run(*first)
    assert code == 0, out + err


def test_a_second_run_beside_it_is_refused_and_names_the_running_process(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(*arguments(tmp_path))
    running.until("Emulator ready")
    code, out, _ = vigil.run(*arguments(tmp_path))
    assert code == 2
    error = json.loads(out)["error"]
    assert f"process {running.process.pid}" in error["message"]
    assert "--state" in error["remedy"]
    assert running.process.poll() is None


@pytest.mark.parametrize("option", ["--port", "--receiver-port"])
def test_a_port_in_use_is_refused_before_anything_starts(option: str, vigil: Vigil, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, out, err = vigil.run(*arguments(tmp_path), option, str(port))
    assert code == 2
    error = json.loads(out)["error"]
    assert f"Port {port} " in error["message"]
    assert option in error["remedy"]
    assert "Emulator ready" not in err
    assert not (tmp_path / "emulator.db").exists()


def test_errors_are_one_paragraph_for_people(vigil: Vigil, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = vigil.run("up", "--only", "api", "--state", str(tmp_path / "file" / "below"))
    assert (code, out) == (2, "")
    assert err.startswith("Error The folder ")
    assert err.count("\n") == 1


def mounted(folder: Path, options: str) -> tuple[str, ...]:
    """A prefix that runs a command with a separate disk mounted at `folder`."""
    folder.mkdir()
    script = f'mount -t tmpfs -o {options} vigil-test "$0" && exec "$@"'
    prefix = ("unshare", "--map-root-user", "--mount", "sh", "-c", script, str(folder))
    try:
        possible = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        possible = False
    if not possible:
        pytest.skip(
            "mounting a disk is not possible here: needs user namespaces (unshare --map-root-user --mount true)"
        )
    return prefix


def test_a_read_only_disk_is_refused(vigil: Vigil, tmp_path: Path) -> None:
    prefix = mounted(tmp_path / "disk", "ro")
    code, out, err = vigil.run(*arguments(tmp_path / "disk" / "local"), prefix=prefix)
    assert code == 2, out + err
    assert "read-only" in json.loads(out)["error"]["message"]


def test_a_full_disk_is_refused(vigil: Vigil, tmp_path: Path) -> None:
    prefix = mounted(tmp_path / "disk", "size=512k")
    code, out, err = vigil.run(*arguments(tmp_path / "disk" / "local"), prefix=prefix)
    assert code == 2, out + err
    error = json.loads(out)["error"]
    assert "the disk is full" in error["message"]
    assert "64 MiB" in error["remedy"]


def test_a_disk_that_fills_up_ends_the_run_with_the_reason(vigil: Vigil, tmp_path: Path) -> None:
    prefix = mounted(tmp_path / "disk", "size=72m")
    state = tmp_path / "disk" / "local"
    fill = (
        f"(for _ in $(seq 1200); do grep -qs http.request.failed {state}/logs/api.jsonl && "
        f'exec dd if=/dev/zero of={tmp_path}/disk/zeros bs=1M; sleep 0.05; done) >/dev/null 2>&1 & exec "$@"'
    )
    running = vigil.start(*arguments(state), prefix=(*prefix, "sh", "-c", fill, "sh"))
    code, out, err = running.end()
    assert code == 2, out + err
    assert "the disk is full" in json.loads(out)["error"]["message"]
    assert "Traceback" not in err
    assert running.nothing_left(), running.alive()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: run this as another user")
def test_a_folder_that_may_not_be_written_is_refused(vigil: Vigil, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    code, out, _ = vigil.run(*arguments(tmp_path / "local"))
    assert code == 2
    assert "permission is denied" in json.loads(out)["error"]["message"]
