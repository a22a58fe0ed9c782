"""The orders service as a process: what it answers over HTTP, and what it writes to standard output."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.demo.service import Service, orders


@pytest.fixture
def service() -> Iterator[Service]:
    with orders() as started:
        yield started


def test_orders_are_created_listed_and_found(service: Service) -> None:
    created = service.http.post("/orders", json={"item": "compass", "quantity": 2})
    assert (created.status_code, created.json()) == (201, {"id": 1, "item": "compass", "quantity": 2})
    service.http.post("/orders", json={"item": "anvil", "quantity": 1})
    assert [order["id"] for order in service.http.get("/orders", params={"limit": 5}).json()] == [2, 1]
    assert service.http.get("/orders/1").json() == {"order": created.json(), "left": 998}
    assert service.http.get("/orders/9").status_code == 404
    assert service.http.post("/orders", json={"item": "unicorn", "quantity": 1}).status_code == 404
    assert service.http.post("/orders", json={"item": "anvil", "quantity": 0}).status_code == 422
    lines, err = service.stop()
    assert err == ""
    assert [line["event"] for line in lines if line["event"].startswith("order.")] == [
        "order.accepted",
        "order.confirmed",
        "order.accepted",
        "order.confirmed",
        "order.refused",
    ]


def test_every_request_is_one_line_with_its_route(service: Service) -> None:
    service.http.get("/orders")
    service.http.get("/orders/77")
    service.http.get("/nowhere")
    lines, _ = service.stop()
    assert lines[0]["event"] == "service.started"
    completed = [line for line in lines if line["event"] == "http.request.completed"]
    assert [(line["method"], line["route"], line["status_class"], line["severity"]) for line in completed] == [
        ("GET", "/orders", "2xx", "INFO"),
        ("GET", "/orders/{number}", "4xx", "WARNING"),
        ("GET", "(unmatched)", "4xx", "WARNING"),
    ]
    assert {line["service"] for line in lines} == {"api"}
    assert completed[0]["function"] == "demo.shop.api.list_orders"


def test_trouble_makes_real_errors_with_request_id_and_message_until_it_ends(service: Service) -> None:
    service.http.post("/orders", json={"item": "compass", "quantity": 2})
    service.http.post("/_demo/trouble")
    assert service.http.post("/orders", json={"item": "compass", "quantity": 2}).status_code == 500
    assert service.http.get("/orders/1").status_code == 500
    assert service.http.get("/orders").status_code == 200, "what needs no inventory still works"
    assert service.http.get("/healthz").status_code == 200
    service.http.delete("/_demo/trouble")
    assert service.http.post("/orders", json={"item": "compass", "quantity": 2}).status_code == 201
    lines, err = service.stop()
    assert err == "", "an error is one line of the log, not a traceback beside it"
    failed = [line for line in lines if line["event"] == "http.request.failed"]
    assert [(line["method"], line["route"], line["status"]) for line in failed] == [
        ("POST", "/orders", 500),
        ("GET", "/orders/{number}", 500),
    ]
    for line in failed:
        assert line["severity"] == "ERROR"
        assert line["request_id"]
        assert "inventory: connection refused" in line["message"]
        assert line["stack_trace"].startswith("Traceback")
        assert line["stack_trace"].rstrip().endswith("InventoryUnavailableError: inventory: connection refused")
        completed = [
            each
            for each in lines
            if each.get("request_id") == line["request_id"] and each["event"] == "http.request.completed"
        ]
        assert [each["status_class"] for each in completed] == ["5xx"]


@pytest.mark.timeout(100)
def test_a_request_that_does_not_end_does_not_keep_the_process_from_ending_in_order() -> None:
    with orders(hurried=True) as service, socket.create_connection(address(service)) as half:
        half.sendall(
            b"POST /orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        assert service.http.get("/healthz").is_success  # by now the half request is being read
        lines, _ = service.stop()
    assert lines[-1]["event"] == "service.stopping"


def address(service: Service) -> tuple[str, int]:
    url = service.http.base_url
    return url.host, url.port or 0


def test_a_port_in_use_ends_the_process_with_an_error() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = subprocess.run(
            [sys.executable, "-m", "demo.shop.api", "--port", str(holder.getsockname()[1])],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    assert done.returncode != 0
    assert "address already in use" in done.stdout + done.stderr
