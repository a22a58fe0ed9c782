"""The run's own PostgreSQL: found, made once, run without root, and gone with the run."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from demo.stand_ins.local_run import postgres
from demo.stand_ins.local_run.orders_database import Database, database
from demo.stand_ins.local_run.postgres import NAME, SHOP, VARIABLE, MissingPostgresError
from tests.cli.test_processes import until_gone
from tests.postgres import programs, reachable
from vigil_cli.console import Progress, output
from vigil_cli.local.processes import Crew

pytestmark = pytest.mark.timeout(300)

COUNT = "SELECT count(*) FROM kept"


def installed(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("initdb", NAME):
        (folder / name).touch()
    return folder


def test_the_newest_of_several_versions_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    for version in ("9.6", "17", "15"):
        installed(tmp_path / version / "bin")
    monkeypatch.setattr(postgres, "PLACES", (f"{tmp_path}/*/bin",))
    assert postgres.find() == tmp_path / "17" / "bin"


def test_the_folder_that_is_named_goes_before_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(installed(tmp_path / "mine")))
    assert postgres.find() == tmp_path / "mine"
    (tmp_path / "mine" / "initdb").unlink()
    with pytest.raises(MissingPostgresError, match=f"in {tmp_path}/mine, which {VARIABLE} names"):
        postgres.find()


def test_without_postgresql_the_way_to_install_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(postgres, "PLACES", ())
    with pytest.raises(MissingPostgresError, match="apt-get install postgresql"):
        postgres.find()


def run(state: Path, work: str = COUNT) -> tuple[Database, list[tuple[int]]]:
    """A run's database from its begin to its end, and the answer to a query of the application's role meanwhile."""
    (state / "logs").mkdir(exist_ok=True)

    async def scene(found: Database) -> list[tuple[int]]:
        async with Crew(state / "logs") as crew:
            settings = await found.begin(crew)
            assert found.cluster is not None, found.description
            assert settings == {"DATABASE_URL": found.cluster.url(SHOP)}
            with psycopg.connect(settings["DATABASE_URL"]) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
                return connection.execute(work).fetchall()

    with database(state, Progress(output())) as found:
        answered = asyncio.run(scene(found))
    return found, answered


def test_without_it_the_run_continues_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "none")

    async def scene() -> None:
        async with Crew(tmp_path) as crew:
            assert await found.begin(crew) == {}
        assert crew.children == []

    with database(tmp_path, Progress(output())) as found:
        asyncio.run(scene())
    assert (found.cluster, found.variables) == (None, {})
    assert (
        found.description
        == "SQLite in memory, with invented metrics (no PostgreSQL: VIGIL_POSTGRES=none leaves it out)"
    )


def test_a_server_that_does_not_start_is_reported_with_its_error_and_the_run_continues(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(state: Path) -> str:
        async with Crew(state) as crew:
            found = Database(state, Progress(output()))
            assert await found.begin(crew) == {}
            return found.description

    with reachable() as state:
        broken = installed(state / "bin")
        (broken / NAME).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n")
        (broken / "initdb").write_text("#!/bin/sh\necho 'no room for a cluster' >&2; exit 1\n")
        for name in ("initdb", NAME):
            (broken / name).chmod(0o755)
        monkeypatch.setenv(VARIABLE, str(broken))
        description = asyncio.run(scene(state))
    assert description.endswith("(no PostgreSQL: initdb says: no room for a cluster)")


def test_the_next_run_reads_what_one_run_wrote(capfd: pytest.CaptureFixture[str]) -> None:
    programs()
    with reachable() as state:
        first, _ = run(state, "INSERT INTO kept VALUES (1) RETURNING id")
        second, answered = run(state)
        assert first.cluster is not None
        assert second.cluster is not None
        assert answered == [(1,)]
        assert second.cluster.data == first.cluster.data
        assert second.cluster.data.parent == state / NAME
        assert stat.S_IMODE((state / NAME).stat().st_mode) == 0o700
        assert not (second.cluster.data / "postmaster.pid").exists(), "it was ended in order"
        assert "PostgreSQL " in second.description
        logs = "".join(file.read_text() for file in (state / "logs").iterdir())
        shown = capfd.readouterr()
        for text in (repr(second.cluster), second.description, logs, shown.out, shown.err):
            assert second.cluster.password not in text


def test_a_cluster_whose_creation_was_interrupted_is_created_again() -> None:
    programs()
    with reachable() as state:
        first, _ = run(state, "INSERT INTO kept VALUES (1) RETURNING id")
        assert first.cluster is not None
        data = first.cluster.data
        data.rename(data.with_name(f"{data.name}.new"))
        assert run(state)[1] == [(0,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="it is root that runs it as somebody else: run this as root")
def test_where_its_account_cannot_come_its_data_is_elsewhere_and_removed_at_the_end() -> None:
    programs()
    with reachable() as state:
        state.chmod(0o700)
        first, _ = run(state)
        assert first.cluster is not None
        elsewhere = first.cluster.data.parent
        assert not elsewhere.is_relative_to(state)
        assert not elsewhere.exists()
        elsewhere.mkdir()  # as if the run had been killed
        run(state)
        assert not elsewhere.exists()


STARTER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from vigil_cli.console import Progress, errors
    from demo.stand_ins.local_run.orders_database import Database
    from vigil_cli.local.processes import Crew

    async def main():
        async with Crew(Path(sys.argv[1])) as crew:
            database = Database(Path(sys.argv[1]), Progress(errors()))
            await database.begin(crew)
            print(database.child.pid, database.cluster.url("shop"), flush=True)
            await asyncio.sleep(600)

    asyncio.run(main())
    """
)


def test_a_starter_that_is_killed_leaves_no_server_and_its_orders_are_there_for_the_next() -> None:
    programs()
    with reachable() as state:
        with subprocess.Popen(
            [sys.executable, "-c", STARTER, str(state)], stdout=subprocess.PIPE, text=True
        ) as starter:
            assert starter.stdout is not None
            pid, url = starter.stdout.readline().split()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
                backend = connection.info.backend_pid
                starter.send_signal(signal.SIGKILL)
                starter.wait()
                assert asyncio.run(until_gone(int(pid)))
                assert asyncio.run(until_gone(backend))
        assert run(state, "SELECT id FROM kept")[1] == [(7,)]


def status_of(pid: int) -> dict[str, str]:
    return dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())


@pytest.mark.skipif(os.geteuid() != 0, reason="it is root that runs it as somebody else: run this as root")
def test_as_root_it_runs_as_the_account_alone() -> None:
    programs()
    account = postgres.account()
    assert account is not None
    with reachable() as state:

        async def scene() -> dict[str, str]:
            async with Crew(state) as crew:
                found = Database(state, Progress(output()))
                await found.begin(crew)
                assert found.child is not None
                return status_of(found.child.pid)

        status = asyncio.run(scene())
    assert set(status["Uid"].split()) == {str(account.user)}
    assert set(status["Gid"].split()) == {str(account.group)}
    assert status["Groups"].split() == []
