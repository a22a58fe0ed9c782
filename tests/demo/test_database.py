"""The demo with a real PostgreSQL: its orders and its figures, also while it is crowded or killed."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from starlette.testclient import TestClient

from demo.shop.database import Database, DatabaseUnavailableError
from demo.shop.orders import KEPT, OrderRequest, Orders
from demo.stand_ins import dependencies as outside
from demo.stand_ins.database.exposition import Figure, exposition
from demo.stand_ins.database.invented_figures import CONNECTIONS, State
from demo.stand_ins.database.server_figures import Server as Read
from demo.stand_ins.database.server_figures import machine
from demo.stand_ins.local_run.postgres import NAME, SHOP
from tests.demo.service import orders
from tests.postgres import PATIENCE, Server, server
from tests.stories.running import found_within
from vigil_apimodel.metrics import supabase
from vigil_emulator.scraping.exposition import labels_of, parse

pytestmark = pytest.mark.timeout(400)

RESERVED = 3
"""Connections that PostgreSQL keeps for superusers (superuser_reserved_connections)."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as found:
        yield found


def until(look: Callable[[], object]) -> bool:
    return bool(found_within(look, within=PATIENCE))


def read(url: str) -> dict[str, float]:
    """One reading: the sum of each name's values."""
    return summed(asyncio.run(Read(url).figures()))


def summed(figures: list[Figure]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in figures:
        found[each.name] = found.get(each.name, 0) + each.value
    return found


# -- figures -----------------------------------------------------------------------------------------------------------


def test_a_figure_is_written_whole_with_its_kind_and_its_labels_escaped() -> None:
    text = exposition(
        [
            Figure("pg_database_size_bytes", 8_529_123_456, {"datname": 'a"b\\c\nd'}),
            Figure("pg_stat_database_xact_commit_total", 12_345_678),
            Figure("pg_database_size_bytes", 1, {"datname": "e"}),
        ]
    )
    assert text.splitlines()[0] == "# TYPE pg_database_size_bytes gauge"
    assert text.splitlines()[3] == "# TYPE pg_stat_database_xact_commit_total counter"
    found = parse(text)
    assert not found.problem
    assert [(labels_of(each.series).get("datname"), each.value) for each in found.samples] == [
        ('a"b\\c\nd', 8_529_123_456), ("e", 1), (None, 12_345_678),
    ]  # fmt: skip


def test_the_machine_is_reported_where_the_data_is_on_it(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  2048 kB\nMemAvailable:  1024 kB\nHugePages_Total:  0\n")
    found = {each.name: each for each in machine(tmp_path, proc=tmp_path)}
    assert found["node_memory_MemTotal_bytes"].value == 2 * 1024**2
    assert found["node_memory_MemAvailable_bytes"].value == 1024**2
    assert found["node_filesystem_size_bytes"].labels == {"mountpoint": "/data"}
    assert found["node_filesystem_size_bytes"].value > found["node_filesystem_avail_bytes"].value > 0
    assert machine(None) == []
    assert machine(tmp_path / "of another machine") == []


def test_figures_are_the_server_s_own_under_documented_names(running: Server) -> None:
    with running.connect(SHOP) as shop:
        before = next(found for _ in range(30) if (found := read(running.cluster.url(NAME)))["pg_up"])
        for _ in range(50):
            shop.execute("SELECT 1")
        with pytest.raises(psycopg.Error), shop.transaction():
            shop.execute("SELECT 1/0")
        shop.execute("SELECT pg_stat_force_next_flush()")
        shop.execute("SELECT 1")
        after = next(found for _ in range(30) if (found := read(running.cluster.url(NAME)))["pg_up"])
        assert after["max_connections_connection_count"] == CONNECTIONS
        assert after["connection_stats_connection_count"] == 2, "this one's and the reader's"
        assert after["pg_stat_database_xact_commit_total"] - before["pg_stat_database_xact_commit_total"] >= 50
        assert after["pg_stat_database_xact_rollback_total"] - before["pg_stat_database_xact_rollback_total"] == 1
        assert after["pg_database_size_bytes"] == pytest.approx(after["pg_database_size_mb"] * 1024**2)
        assert after["pg_wal_size_mb"] >= 1
        assert "physical_replication_lag_physical_replication_lag_seconds" not in after, "it is no replica"
        shop.execute("BEGIN")
        assert until(lambda: read(running.cluster.url(NAME))["pg_stat_activity_xact_runtime"] > 0)
        shop.execute("ROLLBACK")
    found = parse(exposition(asyncio.run(Read(running.cluster.url(NAME)).figures())))
    assert not found.problem
    names = {labels_of(each.series)["__name__"] for each in found.samples}
    assert len(names) > 25
    for name in names:
        assert supabase.get(name).type == f"prometheus.googleapis.com/{name}/{found.families[name].kind}"


def test_deadlocks_are_counted(running: Server) -> None:
    with running.connect(SHOP) as one, running.connect(SHOP) as other, ThreadPoolExecutor() as threads:
        one.execute("CREATE TABLE pair AS SELECT generate_series(1, 2) AS id")
        before = read(running.cluster.url(NAME))["pg_stat_database_deadlocks_total"]
        for connection, number in ((one, 1), (other, 2)):
            connection.execute("BEGIN")
            connection.execute("SELECT FROM pair WHERE id = %s FOR UPDATE", (number,))
        waiting = threads.submit(one.execute, "SELECT FROM pair WHERE id = 2 FOR UPDATE")
        ends = [threads.submit(other.execute, "SELECT FROM pair WHERE id = 1 FOR UPDATE"), waiting]
        errors = [each.exception(PATIENCE) for each in ends]
        assert [type(each) for each in errors if each is not None] == [psycopg.errors.DeadlockDetected]
        for connection in (one, other):
            connection.execute("ROLLBACK")
        assert until(lambda: read(running.cluster.url(NAME))["pg_stat_database_deadlocks_total"] == before + 1)


def test_that_it_is_read_only_is_reported(running: Server) -> None:
    with running.connect() as admin:
        admin.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        assert read(running.cluster.url(NAME))["pg_settings_default_transaction_read_only"] == 1
        admin.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
    assert read(running.cluster.url(NAME))["pg_settings_default_transaction_read_only"] == 0


# -- the endpoint ------------------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("DATABASE_URL", running.cluster.url(SHOP))
    monkeypatch.setenv("DATABASE_METRICS_URL", running.cluster.url(NAME))
    with TestClient(outside.build()) as client:
        yield client


def scraped(endpoint: TestClient) -> dict[str, float]:
    answer = endpoint.get(outside.METRICS, auth=(outside.USERNAME, outside.PASSWORD))
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for each in parse(answer.text).samples:
        name = labels_of(each.series)["__name__"]
        found[name] = found.get(name, 0) + each.value
    return found


def switched(endpoint: TestClient, state: State) -> int:
    return endpoint.put("/_demo/trouble", json={"database": state}).status_code


def test_a_crowd_takes_all_connections_but_those_reserved_and_gives_them_back(
    running: Server, endpoint: TestClient
) -> None:
    assert endpoint.get(outside.METRICS).status_code == 401
    assert switched(endpoint, State.CROWDED) == 200
    limit = CONNECTIONS - RESERVED

    def full() -> bool:
        figures = scraped(endpoint)
        return figures["pg_up"] == 1 and figures["pg_stat_database_num_backends"] > limit

    assert until(full)
    with pytest.raises(psycopg.OperationalError, match="remaining connection slots"):
        running.connect(SHOP)
    assert scraped(endpoint)["pgbouncer_pools_client_waiting_connections"] == 9
    assert until(lambda: scraped(endpoint)["pg_stat_activity_xact_runtime"] > 0), (
        "a transaction each, that does not end"
    )
    assert switched(endpoint, State.WELL) == 200
    assert until(lambda: scraped(endpoint)["pg_stat_database_num_backends"] < 5)
    assert scraped(endpoint)["pgbouncer_pools_client_waiting_connections"] == 0
    running.connect(SHOP).close()


def test_a_server_that_is_gone_is_reported_and_a_crowd_comes_back_with_it(
    running: Server, endpoint: TestClient
) -> None:
    def full() -> bool:
        return scraped(endpoint).get("pg_stat_database_num_backends", 0) > CONNECTIONS - RESERVED

    switched(endpoint, State.CROWDED)
    assert until(full)
    running.end()
    gone = scraped(endpoint)
    assert (gone["pg_up"], gone["postgresql_restarts_total"]) == (0, 0)
    assert endpoint.get("/_demo/trouble").json()["database"] == "down"
    assert "pg_stat_database_num_backends" not in gone, "what cannot be known is not reported"
    assert gone["node_filesystem_size_bytes"] > 0, "its machine is still there"
    running.start()
    assert until(full)
    assert scraped(endpoint)["postgresql_restarts_total"] == 1
    assert endpoint.get("/_demo/trouble").json()["database"] == "crowded"
    switched(endpoint, State.WELL)


def test_a_real_database_is_not_reported_as_down(endpoint: TestClient) -> None:
    answer = endpoint.put("/_demo/trouble", json={"database": "down"})
    assert answer.status_code == 409
    assert "end its process" in answer.json()["detail"]
    assert scraped(endpoint)["pg_up"] == 1


# -- orders ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def database(running: Server) -> Iterator[Database]:
    found = Database(running.cluster.url(SHOP))
    yield found
    found.close()


def test_only_the_last_orders_are_kept_by_it_too(running: Server, database: Database) -> None:
    kept = Orders(database)
    first = kept.add(OrderRequest(item="anvil", quantity=1))
    with running.connect() as admin:
        admin.execute("SELECT setval('shop.orders_id_seq', %s)", (first.id + KEPT,))
    last = kept.add(OrderRequest(item="beacon", quantity=2))
    assert last.id == first.id + KEPT + 1
    assert kept.find(first.id) is None
    assert kept.latest(1) == [last]


def test_a_slow_database_waits_in_the_server(running: Server, database: Database) -> None:
    kept = Orders(database)
    kept.latest(1)
    database.delay = 600
    with running.connect() as admin, ThreadPoolExecutor() as threads:
        waiting = threads.submit(kept.latest, 1)
        query = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%pg_sleep%%' AND usename = %s"
        assert until(lambda: admin.execute(query, (SHOP,)).fetchall())
        assert not waiting.done()
        admin.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = %s", (SHOP,))
        with pytest.raises(DatabaseUnavailableError, match="QueryCanceled"):
            waiting.result(PATIENCE)
    database.delay = 0
    kept.latest(1)


def test_a_process_may_start_before_its_database_does() -> None:
    with server() as late, ExitStack() as stack:
        late.end()
        service = stack.enter_context(orders(DATABASE_URL=late.cluster.url(SHOP)))
        assert service.http.get("/healthz").status_code == 200
        assert service.http.get("/orders").status_code == 503
        late.start()
        assert until(lambda: service.http.get("/orders").status_code == 200)


def test_orders_acknowledged_before_the_server_was_killed_are_there_after_and_meanwhile_requests_get_503() -> None:
    with server() as found, orders(DATABASE_URL=found.cluster.url(SHOP)) as service:
        wanted = {"item": "compass", "quantity": 2}
        acknowledged: list[int] = []
        refused = 0

        def order() -> int:
            answer = service.http.post("/orders", json=wanted)
            if answer.status_code == httpx.codes.CREATED:
                acknowledged.append(answer.json()["id"])
            return answer.status_code

        for _ in range(20):
            assert order() == 201
        with ThreadPoolExecutor(4) as threads:  # orders under way as it is killed
            under_way = [threads.submit(order) for _ in range(40)]
            found.end(signal.SIGKILL)
            refused = sum(each.result(PATIENCE) == 503 for each in under_way)
        answer = service.http.get("/orders")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json() == {"detail": "the database does not answer (OperationalError)"}
        assert service.http.get("/healthz").status_code == 200
        assert service.http.get("/orders/export").status_code == 503
        found.start()
        assert until(lambda: order() == 201), "with fresh connections, by itself"
        for number in acknowledged:
            assert service.http.get(f"/orders/{number}").json()["order"] == {"id": number, **wanted}
        lines, err = service.stop()
    assert err == ""
    unavailable = [line for line in lines if line["event"] == "orders.unavailable"]
    assert len(unavailable) >= refused + 2
    assert {line["severity"] for line in unavailable} == {"ERROR"}
    failed = [line for line in lines if line["event"] == "http.request.failed"]
    assert {line["status"] for line in failed} == {503}
    assert {line["request_id"] for line in unavailable} == {line["request_id"] for line in failed}
    assert found.cluster.password not in "".join(map(str, lines))
