"""A room for a Docker engine: processes, mounts and (on request) its own network, gone with the process.

The room is a set of Linux namespaces. Its first process reads from a pipe that this process holds: where this process
ends, however it ends, the pipe closes, the first process ends, and the kernel kills every other process of the room
and drops its mounts and its network.
"""

import contextlib
import os
import socket
import subprocess
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ctypes import CDLL, get_errno
from pathlib import Path

CLONE_NEWNET = 0x40000000
"""https://man7.org/linux/man-pages/man2/setns.2.html"""
_FIRST = """\
mount --bind "$1" /etc/hosts
ip link set lo up
echo ready
read -r
"""


class Room:
    """Namespaces for one engine, open inside `Room.opened`."""

    def __init__(self, first: "subprocess.Popen[bytes]", process: int, *, network: bool) -> None:
        self._first = first
        self._process = process
        self._network = network

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, *, hosts: Mapping[str, str], network: bool) -> "Generator[Room]":
        """Open a room whose hosts file also has `hosts` (name to address); `network`: with its own network.

        A room with its own network reaches nothing outside. Raises OSError where the kernel refuses namespaces.
        """
        folder.mkdir(parents=True, exist_ok=True)
        own = folder / "hosts"
        lines = [Path("/etc/hosts").read_text(), *(f"{address} {name}" for name, address in hosts.items())]
        own.write_text("\n".join(lines) + "\n")
        kinds = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *(["--net"] if network else [])]
        first = subprocess.Popen(
            ["unshare", *kinds, "bash", "-ec", _FIRST, "room", str(own)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            assert first.stdout is not None  # noqa: S101 - stdout=PIPE
            if first.stdout.readline() != b"ready\n":
                _, errors = first.communicate()
                raise OSError(f"no namespaces for the engine: {errors.decode(errors='replace').strip()}")
            (child,) = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
            yield cls(first, int(child), network=network)
        finally:
            for pipe in (first.stdin, first.stdout, first.stderr):
                if pipe is not None:
                    pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                first.wait(10)
            first.kill()
            first.wait()

    def start(self, words: Sequence[str], *, environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
        """Start a program in the room; what it says goes to `log`."""
        with log.open("ab") as file:
            return subprocess.Popen(
                ["nsenter", "--target", str(self._process), "--mount", "--pid", "--net", "--", *words],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def tcp(self) -> socket.socket:
        """Return a TCP socket of the room's network, usable from this process."""
        if not self._network:
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with ThreadPoolExecutor(1) as thread:  # a network is a property of a thread: this one ends with it
            return thread.submit(self._socket_inside).result()

    def _socket_inside(self) -> socket.socket:
        descriptor = os.open(f"/proc/{self._process}/ns/net", os.O_RDONLY)
        try:
            if CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
                raise OSError(get_errno(), "cannot enter the room's network")
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            os.close(descriptor)
