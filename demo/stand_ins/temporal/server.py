"""Finds, builds and runs Temporal's development server."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc

from vigil_cli.local.ports import free_port

MODULE = Path(__file__).parent
TOOLS = MODULE.parents[2] / ".vigil" / "tools"
"""Where a built server is kept: outside of version control, shared by tests and demo."""
PACKAGE = "github.com/temporalio/cli/cmd/temporal"

_READY_WITHIN = 120.0
_FIRST_CALL = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"
_OWN = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))
"""No proxy, and no connection that an earlier try left waiting."""


class MissingServerError(RuntimeError):
    """There is no Temporal server, and none could be built; the text says what is missing."""


def find() -> Path | None:
    """Return the server's binary: `temporal` on `PATH`, else the one built before. None where there is neither."""
    on_path = shutil.which("temporal")
    if on_path is not None:
        return Path(on_path)
    built = TOOLS / "temporal"
    return built if built.exists() else None


def build() -> Path:
    """Build the server from its Go module, pinned by `go.mod` and `go.sum`; processes that ask at once build it once.

    Raises:
        MissingServerError: where there is no Go, or the build fails.
    """
    go = shutil.which("go")
    if go is None:
        raise MissingServerError(
            "no Temporal server: put `temporal` on PATH (https://docs.temporal.io/cli), "
            "or install Go and run `python -m demo.stand_ins.temporal build`"
        )
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "temporal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = TOOLS / "temporal"
        if built.exists():
            return built
        fresh = TOOLS / f"temporal.{os.getpid()}"
        command = ["nice", go, "build", "-mod=readonly", "-o", str(fresh), PACKAGE]
        done = subprocess.run(command, cwd=MODULE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MissingServerError(
                "no Temporal server: `go build` in demo/stand_ins/temporal failed (are Go modules reachable?): "
                f"{done.stderr[-2000:].strip()}"
            )
        fresh.replace(built)
        return built


def require() -> Path:
    """Return the server's binary, built where there is none yet.

    Raises:
        MissingServerError: as `build`.
    """
    return find() or build()


class BrokenServerError(RuntimeError):
    """The Temporal server is there and does not come up: a fault, which must not pass for a missing server."""

    def __init__(self, binary: Path, words: str) -> None:
        """`words` are the end of what it wrote."""
        words = words.strip() or "nothing"
        super().__init__(
            f"the Temporal server {binary} does not start; it printed: {words}. Remedy: run `{binary} server "
            "start-dev` by hand; delete it and run `python -m demo.stand_ins.temporal build` if it is another program "
            "or half of one"
        )


class TemporalServer:
    """A development server in a separate process, on loopback, in memory; it ends with the block.

    ```python
    with TemporalServer(require()) as server:
        client = await Client.connect(server.address)
    ```
    """

    def __init__(self, binary: Path, *, port: int = 0, namespace: str = "default") -> None:
        self._binary = binary
        self._port = port or free_port()
        self._http_port = free_port()
        self._namespace = namespace
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`

    @property
    def address(self) -> str:
        """Host and port of the frontend."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Starts the server and waits until it serves clients.

        Raises:
            BrokenServerError: where it ends, or is not ready within two minutes; with the end of its log.
        """
        command = [
            str(self._binary), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(self._port),
            "--http-port", str(self._http_port), "--namespace", self._namespace, "--log-level", "error",
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            self._log.close()
            raise BrokenServerError(self._binary, str(error)) from error
        until = time.monotonic() + _READY_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                words = self._tail()
                self._log.close()
                raise BrokenServerError(self._binary, words)
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End the server."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _answers(self) -> bool:
        """Return whether the frontend serves the first call of each client; its port is open a moment earlier."""
        with grpc.insecure_channel(self.address, options=_OWN) as channel:
            try:
                channel.unary_unary(_FIRST_CALL)(b"", timeout=1)
            except grpc.RpcError:
                return False
        return True

    def _tail(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._log.close()
