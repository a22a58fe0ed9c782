"""The database of a local run: PostgreSQL where it is installed, otherwise SQLite in memory."""

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from demo.stand_ins.local_run import postgres
from demo.stand_ins.local_run.postgres import BrokenPostgresError, Cluster, MissingPostgresError
from demo.stand_ins.temporal import free_port
from vigil_cli.console import Progress
from vigil_cli.local.processes import Child, Crew


class Database:
    """What the demo's orders are in, and where the figures of the database come from."""

    def __init__(self, state: Path, progress: Progress) -> None:
        self.cluster: Cluster | None = None
        """None until a PostgreSQL runs, and where none can."""
        self.child: Child | None = None
        self.description = ""
        """Which database it is, in words."""
        self._state, self._progress = state, progress
        self._home: Path | None = None

    async def begin(self, crew: Crew) -> Mapping[str, str]:
        """Start PostgreSQL, if that is possible; returns the API's settings for it.

        Where it is not, the run continues without it and says why.
        """
        self._progress.doing("starting PostgreSQL")
        try:
            programs, account = postgres.find(), postgres.account()
            self._home = postgres.home(self._state, account)
            cluster = await postgres.prepare(
                crew, programs=programs, home=self._home, port=free_port(), runs_as=account
            )
            child = await crew.start(
                postgres.NAME, cluster.command, piped=False, essential=False, account=cluster.account,
                ending=postgres.ENDING,
            )  # fmt: skip
            version = await postgres.ready(cluster, child)
        except (MissingPostgresError, BrokenPostgresError) as error:
            reason = " ".join(str(error).split())
            self.description = f"SQLite in memory, with invented metrics (no PostgreSQL: {reason})"
            self._progress.done("No PostgreSQL: orders are in SQLite, the database's metrics invented", details=reason)
            return {}
        self.cluster, self.child = cluster, child
        self.description = f"PostgreSQL {version}, its data in {cluster.data}"
        self._progress.done("PostgreSQL ready", details=f"{version}, port {cluster.port}")
        return {"DATABASE_URL": cluster.url(postgres.SHOP)}

    @property
    def variables(self) -> dict[str, str]:
        """Settings of the endpoint of its metrics; none where the figures are invented."""
        if self.cluster is None:
            return {}
        return {
            "DATABASE_URL": self.cluster.url(postgres.SHOP),
            "DATABASE_METRICS_URL": self.cluster.url(postgres.NAME),
        }

    def clear(self) -> None:
        """Leave no data outside of the state folder, once nothing runs."""
        if self._home is not None:
            postgres.discard(self._home)


@contextlib.contextmanager
def database(state: Path, progress: Progress) -> Generator[Database]:
    """The database of a run, which begins and ends inside the block."""
    found = Database(state, progress)
    try:
        yield found
    finally:
        found.clear()
