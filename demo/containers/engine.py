"""A Docker engine in a room: folders, socket and control groups that go when it goes."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from demo.containers.room import Room

PATIENCE = 120.0
"""Wall seconds in which the engine must answer; it takes three where the machine has nothing else to do."""
_PROGRAMS = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "containerd": "docker.io",
    "unshare": "util-linux",
    "ip": "iproute2",
    "iptables": "iptables",
}


class EngineError(Exception):
    """The engine, or a command that it was given, failed; the message has its last words."""


def missing() -> str:
    """Return what keeps an engine from running here, with the remedy; empty where nothing does."""
    if os.name != "posix" or not Path("/proc/self/ns").exists():
        return "a separate Docker engine needs Linux namespaces: run it on Linux"
    if os.geteuid() != 0:
        return "a Docker engine needs root: sudo make containers"
    packages = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    if packages:
        return f"Docker's engine is not installed: apt-get install {' '.join(packages)}"
    return ""


def damaged(error: EngineError, folder: Path) -> bool:
    """Return whether the engine's own store of images in `folder` is what failed: files of it are missing."""
    message = str(error)
    gone = f"{folder / 'data'}{os.sep}" in message and "no such file or directory" in message
    return gone or any(words in message for words in _DAMAGED)


_DAMAGED = ("layer does not exist", "failed to get layer")
"""What Docker says of a store whose files went, as where a machine stopped while it wrote them."""


class Engine:
    """A Docker engine; `Engine.running` starts one."""

    def __init__(self, folder: Path, room: Room, environment: Mapping[str, str], options: Sequence[str]) -> None:
        self.folder = folder
        self.room = room
        self.log = folder / "engine.log"
        self._environment = environment
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = Path(f"/run/vigil-{os.getpid()}-{id(self):x}.sock")  # a socket's path has 107 bytes at most

    @classmethod
    @contextmanager
    def running(
        cls, folder: Path, room: Room, *, environment: Mapping[str, str], options: Sequence[str] = ()
    ) -> "Generator[Engine]":
        """Run an engine that keeps images in `folder`; `options` are more of `dockerd`'s own.

        Raises EngineError where it does not start, and where another engine uses the folder. At the end its containers
        are removed; the images stay.
        """
        engine = cls(folder, room, environment, options)
        with _alone(folder):
            shutil.rmtree(folder / "exec", ignore_errors=True)  # files of an engine that ended with its machine
            _remove_groups("vigil-*")  # likewise; one that is in use stays
            _remove_sockets()
            try:
                engine.start()
                yield engine
            finally:
                with contextlib.suppress(EngineError, subprocess.TimeoutExpired):
                    engine.remove_containers()
                engine.stop()
                _remove_groups(engine.group)
                shutil.rmtree(folder / "exec", ignore_errors=True)

    @property
    def group(self) -> str:
        """Name of the control group that holds its containers."""
        return f"vigil-{os.getpid()}"

    @property
    def address(self) -> str:
        """What `DOCKER_HOST` is for its clients."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the engine, and wait until it answers. Raises EngineError where it does not."""
        pid = self.folder / "engine.pid"
        pid.unlink(missing_ok=True)
        self._process = self.room.start(
            [
                "dockerd",
                *("--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec")),
                *("-H", self.address, "--pidfile", str(pid), "--cgroup-parent", f"/{self.group}"),
                *self._options,
            ],
            environment=self._environment,
            log=self.log,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            answer = subprocess.run(self._words("version"), capture_output=True, check=False)
            if answer.returncode == 0:
                return
            time.sleep(0.2)
        raise EngineError(f"The Docker engine does not start. Its last words: {self.tail()}")

    def stop(self) -> None:
        """End the engine in order, as a machine that is shut down does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the engine at once; its containers go on until the next one starts."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        # nsenter has become a parent of dockerd, which is in another process namespace: it passes no signal on
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for child in children.read_text().split() if children.exists() else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), how)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._socket.unlink(missing_ok=True)

    def docker(self, *words: str, given: bytes | None = None, patience: float = PATIENCE) -> str:
        """Run a `docker` command and return its output. Raises EngineError where it fails."""
        answer = subprocess.run(
            self._words(*words),
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=patience,
            env={**os.environ, "DOCKER_BUILDKIT": "0"},  # the classic builder needs no plug-in of the client
        )
        if answer.returncode != 0:
            output = (answer.stderr or answer.stdout).decode(errors="replace").strip()
            raise EngineError(f"docker {words[0]} ended with exit code {answer.returncode}: {output[-2000:]}")
        return answer.stdout.decode(errors="replace").strip()

    def has(self, image: str) -> bool:
        """Return whether the engine holds the image."""
        return bool(self.docker("images", "--quiet", image))

    def remove_containers(self) -> None:
        """Remove all containers and the networks made for them."""
        if containers := self.docker("ps", "--all", "--quiet").split():
            self.docker("rm", "--force", "--volumes", *containers)
        self.docker("network", "prune", "--force")

    def tail(self, size: int = 2000) -> str:
        """Return the end of the engine's log."""
        return self.log.read_text(errors="replace")[-size:].strip() if self.log.exists() else ""

    def _words(self, *words: str) -> list[str]:
        return ["docker", "--host", self.address, *words]


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Hold the folder, since two engines spoil each other's images. Raises EngineError where another run holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EngineError(
                f"another run uses {folder}: wait until it ends, or give another folder with VIGIL_CONTAINERS"
            ) from error
        yield


def _remove_sockets() -> None:
    """Remove the sockets of engines whose process was killed."""
    for each in Path("/run").glob("vigil-*-*.sock"):
        if not Path(f"/proc/{each.name.split('-')[1]}").exists():
            each.unlink(missing_ok=True)


def _remove_groups(name: str) -> None:
    """Remove the control groups that Docker leaves behind, innermost first; the kernel keeps those in use."""
    groups = Path("/sys/fs/cgroup")
    for top in [*groups.glob(f"*/{name}"), *groups.glob(name)]:
        folders = sorted((each for each in top.rglob("*") if each.is_dir()), reverse=True)
        for folder in [*folders, top]:
            with contextlib.suppress(OSError):
                folder.rmdir()
