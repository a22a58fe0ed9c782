"""The engine of the demo's database: SQLite in memory, or the one that an URL names."""

import contextlib
import threading
import time
from collections.abc import Generator

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import StaticPool

from vigil_telemetry.instrument import instrument_sqlalchemy, named_query

SLOW_AFTER = 0.5
"""Seconds from which a query is reported as slow."""
PATIENCE = 5
"""Seconds to wait for a connection, of the pool or of the server, before the call fails."""
POSTGRESQL = "postgresql"
_SLEEP = "SELECT pg_sleep(%s)"


class DatabaseUnavailableError(ConnectionError):
    """The database does not answer, or has no connection free; the caller may try again."""

    def __init__(self, cause: exc.SQLAlchemyError) -> None:
        """`cause` has the driver's message, which may quote values and is left out."""
        origin = cause.orig if isinstance(cause, exc.DBAPIError) else None
        self.error_type = type(origin or cause).__name__
        super().__init__(f"the database does not answer ({self.error_type})")


class Database:
    """A database whose statements are logged by name. Its methods wait: asyncio's code calls them on a thread."""

    def __init__(self, url: str = "") -> None:
        """`url` is SQLAlchemy's; without one, all is in memory and one call waits for another."""
        self._turn: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        if url:
            engine = _engine(sa.make_url(url))
        else:
            engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
            self._turn = threading.Lock()  # one connection for all threads: a transaction is one thread's
        self.delay = 0.0
        """Seconds by which it answers later than it could."""
        self._engine = instrument_sqlalchemy(engine, slow_after=SLOW_AFTER)
        event.listen(engine, "before_cursor_execute", self._wait)
        self._made = False
        self._making = threading.Lock()

    def close(self) -> None:
        """Give back all connections that nobody uses."""
        self._engine.dispose()

    @contextlib.contextmanager
    def transaction(self, *tables: sa.Table) -> Generator[sa.Connection]:
        """A transaction, committed with the block's end, in a database that has these tables.

        They are made where they are missing, so that a process may start before its database does. Raises
        DatabaseUnavailableError, of whose statements nothing is kept unless the very end of the commit was lost.
        """
        try:
            if not self._made:
                self._make(tables)
            with self._turn, self._engine.begin() as connection:
                yield connection
        except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            raise DatabaseUnavailableError(error) from error

    def _make(self, tables: tuple[sa.Table, ...]) -> None:
        with self._making, self._turn, self._engine.begin() as connection:
            for table in tables:
                create = sa.schema.CreateTable(table, if_not_exists=True)
                connection.execute(named_query(create, f"{table.name}.create"))
        self._made = True

    def _wait(self, _: sa.Connection, cursor: DBAPICursor, *__: object) -> None:
        if not self.delay:
            return
        if self._engine.dialect.name == POSTGRESQL:
            cursor.execute(_SLEEP, (self.delay,))  # the server itself is slow, and its figures show it
        else:
            time.sleep(self.delay)


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != POSTGRESQL:
        return sa.create_engine(url)
    if url.drivername == POSTGRESQL:  # the form that other programs take
        url = url.set(drivername=f"{POSTGRESQL}+psycopg")
    # a connection that broke is found out before it is used: requests fail while the server is away, and not after it
    return sa.create_engine(url, pool_pre_ping=True, pool_timeout=PATIENCE, connect_args={"connect_timeout": PATIENCE})
