"""A PostgreSQL server of a test's own, made and run by the code that makes and runs the local run's."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from demo.stand_ins.local_run import postgres
from demo.stand_ins.local_run.postgres import NAME, Cluster
from demo.stand_ins.temporal import free_port
from vigil_cli.local.processes import SUPERVISOR, Child, Crew

PATIENCE = 120.0
"""Wall seconds for anything, on a machine that is busy."""


def programs() -> Path:
    """PostgreSQL's programs; where there are none, the test is skipped with how to get them."""
    try:
        return postgres.find()
    except postgres.MissingPostgresError as error:
        pytest.skip(f"no PostgreSQL to run: {error}")


@contextlib.contextmanager
def reachable() -> Iterator[Path]:
    """A folder below which every account may be, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@dataclass
class Server:
    cluster: Cluster
    logs: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it takes connections."""
        account = self.cluster.account
        runs_as = "-" if account is None else f"{account.user}:{account.group}"
        with (self.logs / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-IS", str(SUPERVISOR), str(os.getpid()), "-", runs_as, *self.cluster.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        asyncio.run(self._ready())

    async def _ready(self) -> None:
        """Ask as the run does; the server is no child of this loop."""
        process = self.process
        assert process is not None

        class Process:
            @property
            def returncode(self) -> int | None:
                return process.poll()

        child = Child(name=NAME, process=Process(), log=self.logs / "postgres.log", lifeline=None)  # pyright: ignore[reportArgumentType]
        await postgres.ready(self.cluster, child)

    def end(self, number: signal.Signals = postgres.ENDING) -> None:
        """By a signal; returns when it has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)

    def connect(self, role: str = NAME) -> psycopg.Connection:
        return psycopg.connect(self.cluster.url(role), autocommit=True, connect_timeout=round(PATIENCE))


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A server that runs until the block ends."""
    found = programs()
    with reachable() as state:

        async def prepared() -> Cluster:
            runs_as = postgres.account()
            async with Crew(state) as crew:
                home = postgres.home(state, runs_as)
                return await postgres.prepare(crew, programs=found, home=home, port=free_port(), runs_as=runs_as)

        running = Server(asyncio.run(prepared()), state)
        try:
            running.start()
            yield running
        finally:
            running.end()
