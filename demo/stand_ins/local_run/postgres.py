"""The run's own PostgreSQL: the programs that are installed, and a cluster in the state folder.

Its server runs as a process of the run, on loopback, with a password that is made for it. PostgreSQL refuses to run as
root: there it runs as the account `postgres`, or else `nobody`, to whom its folder is given. Where that account
cannot come to the state folder, the cluster is in a folder of the temporary ones, which is removed with the run.
"""

import asyncio
import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

import demo.shop
from demo.stand_ins.database.invented_figures import CONNECTIONS
from vigil_cli.local.ports import HOST
from vigil_cli.local.processes import Account, Child, Crew

VARIABLE = "VIGIL_POSTGRES"
"""Variable that names the folder of PostgreSQL's programs; `none` leaves PostgreSQL out."""
NONE = "none"
NAME = "postgres"
"""The server's process, its database, and the role that may do anything: as Supabase has it."""
SHOP = "shop"
"""The role of the demo's applications."""
SCRIPT = Path(demo.shop.__file__).with_name("shop.sql")
"""Makes it, and its schema."""
ENDING = signal.SIGINT
"""Asks for a fast shutdown, which does not wait for clients (https://www.postgresql.org/docs/current/server-shutdown.html)."""
READY = 60.0
"""Wall seconds in which the server must take connections: after a crash it reads its log first."""
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
"""Where Debian's and PostgreSQL's own packages have them, outside of PATH."""
ELSEWHERE = "vigil-postgres-"
"""Begins the name of a cluster's folder among the temporary ones."""
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": str(CONNECTIONS),
    "shared_buffers": "16MB",
    "max_wal_size": "32MB",
    "fsync": "off",  # orders of a demo survive a killed process, and need not survive a power cut
    "dynamic_shared_memory_type": "mmap",  # files of the cluster: a server that is killed leaves nothing elsewhere
}


class MissingPostgresError(RuntimeError):
    """There is no PostgreSQL that could be run; the text says what is missing and how to get it."""


class BrokenPostgresError(RuntimeError):
    """PostgreSQL is installed and does not come up; the text says why."""


def find() -> Path:
    """Return the folder of PostgreSQL's programs. Raises MissingPostgresError: none there, or none wanted."""
    if (named := os.environ.get(VARIABLE)) == NONE:
        raise MissingPostgresError(f"{VARIABLE}={NONE} leaves it out")
    for folder in [Path(named)] if named else _places():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    where = f" in {named}, which {VARIABLE} names" if named else ""
    raise MissingPostgresError(
        f"no initdb and postgres{where}; Debian and Ubuntu have them: apt-get install postgresql"
    )


def _places() -> Iterator[Path]:
    if (found := shutil.which("initdb")) is not None:
        yield Path(found).resolve().parent
    for pattern in PLACES:
        yield from sorted(Path("/").glob(pattern.lstrip("/")), key=_version_of, reverse=True)
    if (program := shutil.which("pg_config")) is not None:  # present with the client's headers alone, too
        answer = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())


def _version_of(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", str(folder))))


def account() -> Account | None:
    """Return who the server runs as; None for whoever runs the command. Raises MissingPostgresError."""
    if os.geteuid() != 0:
        return None
    for name in (NAME, "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(name, found.pw_uid, found.pw_gid)
    raise MissingPostgresError(f"it refuses to run as root, and there is no account {NAME} or nobody to run it as")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster on disk, and how its server is run."""

    programs: Path
    data: Path
    port: int
    account: Account | None
    password: str = field(repr=False)

    @property
    def command(self) -> tuple[str, ...]:
        """Runs the server in the foreground."""
        settings = (part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}"))
        return (str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings)

    def url(self, role: str) -> str:
        """Return its address for a role, with the password."""
        return f"postgresql://{role}:{self.password}@{HOST}:{self.port}/{NAME}"


async def prepare(crew: Crew, *, programs: Path, home: Path, port: int, runs_as: Account | None) -> Cluster:
    """Return the cluster in this folder, made where there is none. Raises BrokenPostgresError."""
    try:
        major = _major(programs)  # another version does not read its files
        data, secret = home / major, home / f"{major}.password"
        password = _password(data, secret)
        if password is None:
            password = _begin(data, secret, runs_as)
            fresh = _fresh(data)
            command = (
                str(programs / "initdb"), "--pgdata", str(fresh), "--username", NAME, "--pwfile", str(secret),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--wal-segsize", "1", "--no-sync",
            )  # fmt: skip
            child = await crew.start("initdb", command, piped=False, essential=False, account=runs_as)
            if await child.process.wait() != 0:
                raise BrokenPostgresError(f"initdb says: {child.tail() or 'nothing'}")
            fresh.replace(data)  # it appears whole or not at all
        else:
            await _settled(data)
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise BrokenPostgresError(f"its cluster cannot be made: {error}") from error
    return Cluster(programs=programs, data=data, port=port, account=runs_as, password=password)


def _major(programs: Path) -> str:
    answer = subprocess.run([programs / NAME, "--version"], capture_output=True, text=True, check=True)
    return re.findall(r"\d+", answer.stdout)[0]


def _password(data: Path, secret: Path) -> str | None:
    """That of the cluster; None where there is no cluster, or nobody knows its password any more."""
    if not (data.is_dir() and secret.is_file()):
        return None
    return secret.read_text(encoding="ascii").strip()


async def _settled(data: Path) -> None:
    """Wait for what a server that was killed has left to end, and have the next one not take its ghost for it.

    The state folder is held for this run, so no other one has a server here. A process that was killed together with
    its starter may stay as a zombie for as long as nobody asks for its end, as in a container without an init process;
    PostgreSQL would take it for a server that runs.
    """
    deadline = time.monotonic() + READY
    while _at_work(data) and time.monotonic() < deadline:  # noqa: ASYNC110 - the kernel has no event for it
        await asyncio.sleep(0.05)
    with contextlib.suppress(OSError, IndexError):
        lock = data / "postmaster.pid"
        state = (Path("/proc") / lock.read_text().split()[0] / "stat").read_text().rpartition(")")[2].split()[0]
        if state in "ZX":
            lock.unlink()


def _at_work(data: Path) -> bool:
    """Whether a process of a server runs on this data, which is the folder that it is in; known on Linux alone."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == data.resolve():
                return True
    return False


def _fresh(data: Path) -> Path:
    return data.with_name(f"{data.name}.new")


def _begin(data: Path, secret: Path, runs_as: Account | None) -> str:
    """Remove what is left of earlier ones, and write a new password where initdb reads it."""
    for each in (_fresh(data), data):
        shutil.rmtree(each, ignore_errors=True)
    secret.unlink(missing_ok=True)
    password = secrets.token_urlsafe(24)
    handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(password + "\n")
        if runs_as is not None:
            os.fchown(handle, runs_as.user, runs_as.group)
    return password


def home(state: Path, runs_as: Account | None) -> Path:
    """Return the folder for clusters, which is the account's: in the state folder, or else among the temporary ones.

    One of the latter that an earlier run left, since it was killed, is removed. Raises BrokenPostgresError.
    """
    try:
        note = state / "postgres.elsewhere"
        with contextlib.suppress(FileNotFoundError):
            discard(Path(note.read_text(encoding="utf-8")))
            note.unlink()
        usual = state / NAME
        usual.mkdir(mode=0o700, exist_ok=True)
        if _may_write(usual, runs_as):
            return usual
        with contextlib.suppress(OSError):
            usual.rmdir()
        other = Path(tempfile.mkdtemp(prefix=ELSEWHERE))
        note.write_text(str(other), encoding="utf-8")
        if _may_write(other, runs_as):
            return other
    except OSError as error:
        raise BrokenPostgresError(f"no folder for its data: {error}") from error
    raise BrokenPostgresError(f"no folder for its data: {usual} and {other} are out of the account's reach")


def discard(folder: Path) -> None:
    """Remove a folder that `home` made among the temporary ones; any other stays."""
    if folder.name.startswith(ELSEWHERE):
        shutil.rmtree(folder, ignore_errors=True)


def _may_write(folder: Path, runs_as: Account | None) -> bool:
    """Whether the account, its new owner, may write it: only the system knows the rights of the folders above."""
    if runs_as is None:
        return True
    os.chown(folder, runs_as.user, runs_as.group)
    answer = subprocess.run(
        ["test", "-w", folder], cwd="/", user=runs_as.user, group=runs_as.group, extra_groups=(), check=False
    )
    return answer.returncode == 0


async def ready(cluster: Cluster, child: Child) -> str:
    """Return the server's version once it takes connections and has the role. Raises BrokenPostgresError."""
    deadline = time.monotonic() + READY
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(cluster.url(NAME), connect_timeout=10) as connection:
                known = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (SHOP,))
                if known.rowcount == 0:
                    await connection.execute(SCRIPT.read_bytes())
                secret = sql.Literal(cluster.password)
                await connection.execute(sql.SQL("ALTER ROLE shop PASSWORD {}").format(secret))
                return connection.info.parameter_status("server_version") or ""
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or child.process.returncode is not None:
                raise BrokenPostgresError(f"its server does not come up; it says: {child.tail() or error}") from error
            await asyncio.sleep(0.05)
