"""A command checks first what it needs from the machine, and says in words what is missing."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from vigil_cli.errors import REFUSED, CommandError
from vigil_cli.local.folder import NEEDED, default_state, refused, state_folder
from vigil_cli.local.ports import listen, port_of


def test_the_folder_is_made_with_its_logs(tmp_path: Path) -> None:
    with state_folder(tmp_path / "a" / "b", command="vigil up") as folder:
        assert (folder / "logs").is_dir()
        assert (folder / "lock").read_text() == f"{os.getpid()} vigil up"
        assert not (folder / "probe").exists()


def test_a_second_command_names_who_holds_the_folder(tmp_path: Path) -> None:
    with state_folder(tmp_path, command="vigil serve"):
        with pytest.raises(CommandError) as raised, state_folder(tmp_path, command="vigil up"):
            pytest.fail("the folder was given to two")
        assert "`vigil serve`" in raised.value.message
        assert f"process {os.getpid()}" in raised.value.message
        assert "--state" in raised.value.remedy
        assert raised.value.exit_code == REFUSED
    with state_folder(tmp_path, command="vigil up"):
        pass


def test_the_lock_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from vigil_cli.local.folder import state_folder\n"
        "with state_folder(Path(sys.argv[1]), command='vigil up'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    with state_folder(tmp_path, command="vigil up"):
        pass


def test_something_that_is_no_folder_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CommandError, match="not a folder") as raised,
        state_folder(tmp_path / "file", command="vigil up"),
    ):
        pytest.fail("a file was taken for a folder")
    assert str(tmp_path / "file") in raised.value.message


def test_a_full_disk_is_reported_with_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=NEEDED - 1))
    with pytest.raises(CommandError, match="the disk is full") as raised, state_folder(tmp_path, command="vigil up"):
        pytest.fail("there is no room")
    assert "64 MiB" in raised.value.remedy
    monkeypatch.undo()
    with state_folder(tmp_path, command="vigil up"):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_each_reason_has_its_words(number: int, words: str) -> None:
    error = refused(Path("/state"), OSError(number, os.strerror(number)))
    assert error.message == f"The folder /state cannot be written: {words}."


def test_the_default_folder_is_beside_the_projects_file_from_anywhere_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: vigil\n")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert default_state("local") == tmp_path / ".vigil" / "local"


def test_a_port_in_use_is_reported_with_its_purpose_and_the_option(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(CommandError) as raised:
            listen(port, purpose="the emulator", option="--port")
    assert f"Port {port} of 127.0.0.1, wanted for the emulator, is in use." in raised.value.message
    assert "--port" in raised.value.remedy
    listen(port, purpose="the emulator", option="--port").close()


def test_port_0_takes_a_free_one_on_loopback_only() -> None:
    with listen(0, purpose="a test", option="--port") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert port_of(listener) > 0


def test_answers_on_a_port_are_sent_at_once() -> None:
    """asyncio sets TCP_NODELAY where the listening socket names its protocol."""
    with listen(0, purpose="the mail server", option="--port") as listener:
        assert listener.proto == socket.IPPROTO_TCP
