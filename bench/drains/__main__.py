"""`python -m bench.drains`: signed deliveries through the whole receiver, its lines written to /dev/null.

The limit compared with is the required 2,000 records a second on one core; a round is one process's CPU time, so that
what else runs on the machine does not count. Writes build/bench/drains.json.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figures import figure, publish
from vigil_drains import supabase_app, vercel_app
from vigil_drains.secrets import FixedSecret
from vigil_telemetry import configure
from vigil_telemetry.outputs import StreamOutput

SECRET = b"0123456789abcdef0123456789abcdef"
WANTED = 2_000
OVER_HTTP = "vercel logs, ndjson, over HTTP with uvicorn"
ROUNDS, RECORDS, BATCH = 7, 10_000, 100


def log(number: int) -> dict[str, object]:
    """A record as Vercel documents it; one in twenty is an error with a stack."""
    failed = number % 20 == 0
    return {
        "id": f"1573817187330377061717{number:08d}",
        "deploymentId": "dpl_233NRGRjVZX1caZrXWtz5g1TAksD",
        "source": "lambda",
        "host": "shop.vercel.app",
        "timestamp": 1_760_000_000_000 + number,
        "projectId": "prj_abc",
        "level": "error" if failed else "info",
        "message": "Error: connection refused\n    at fetch (/var/task/a.js:1:2)\n" * 8
        if failed
        else "GET /orders/1 200",
        "path": "/orders/[id]",
        "statusCode": 500 if failed else 200,
        "requestId": f"643af4e3-975a-4cc7-9e7a-{number:012d}",
        "environment": "production",
        "ja4Digest": "t13d1516h2_8daaf6152771_02713d6af862",
        "proxy": {
            "timestamp": 1_760_000_000_000 + number,
            "method": "GET",
            "host": "shop.vercel.app",
            "path": f"/orders/{number}?user=1",
            "userAgent": ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"],
            "region": "fra1",
            "statusCode": 500 if failed else 200,
            "clientIp": "203.0.113.9",
            "scheme": "https",
            "vercelId": f"fra1::{number}",
        },
    }


def vital(number: int) -> dict[str, object]:
    """A measurement as Vercel documents it."""
    return {
        "schema": "vercel.speed_insights.v1",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "projectId": "prj_abc",
        "ownerId": "team_abc",
        "deviceId": number,
        "metricType": ("LCP", "CLS", "INP", "TTFB")[number % 4],
        "value": 0.05 if number % 4 == 1 else 1234.5,
        "origin": "https://shop.example",
        "path": f"/orders/{number}",
        "route": "/orders/[id]",
        "country": "DE",
        "deviceType": "mobile",
    }


def line(number: int) -> dict[str, object]:
    """A line as Supabase sends it."""
    return {
        "id": f"9d0f3f58-0000-4000-8000-{number:012d}",
        "timestamp": 1_760_000_000_000_000,
        "event_message": "connection authorized: user=authenticator database=postgres application_name=postgrest",
        "metadata": [{"host": "db-abc", "parsed": [{"error_severity": "LOG", "command_tag": "authentication"}]}],
    }


async def deliver(app: Any, path: str, body: bytes, headers: dict[str, bytes]) -> None:  # noqa: ANN401 - any ASGI application
    """One POST, as a server would hand it over."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message.get("status", 200) != 200:
            raise SystemExit(f"{path} answered {message['status']}")

    pairs = [(name.encode(), value) for name, value in headers.items()]
    await app({"type": "http", "method": "POST", "path": path, "headers": pairs}, receive, send)


def batches(make: Any, form: str) -> list[tuple[bytes, dict[str, bytes]]]:  # noqa: ANN401 - one of the three above
    """Signed bodies of a hundred records each."""
    found: list[tuple[bytes, dict[str, bytes]]] = []
    for start in range(0, RECORDS, BATCH):
        some = [json.dumps(make(number)) for number in range(start, start + BATCH)]
        body = ("\n".join(some) if form == "ndjson" else f"[{','.join(some)}]").encode()
        signature = hmac.new(SECRET, body, hashlib.sha1).hexdigest().encode()
        headers = {"x-vercel-signature": signature, "x-vigil-drain-secret": SECRET}
        if form == "gzip":
            body = gzip.compress(body)
            headers["content-encoding"] = b"gzip"
        found.append((body, headers))
    return found


async def round_of(app: Any, path: str, found: list[tuple[bytes, dict[str, bytes]]]) -> float:  # noqa: ANN401 - as above
    """Records a second of CPU time."""
    started = time.process_time()
    for body, headers in found:
        await deliver(app, path, body, headers)
    return RECORDS / (time.process_time() - started)


def over_http(found: list[tuple[bytes, dict[str, bytes]]]) -> float:
    """Records a second of the CPU time of a receiver's own process, deliveries coming over a real connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "vigil_drains", "--kind", "vercel", "--fd", str(listener.fileno())],
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env=os.environ | {"VERCEL_DRAIN_SECRET": SECRET.decode(), "VIGIL_ENVIRONMENT": "prod"},
        )
        try:
            connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=60)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            before = spent(process.pid)
            for body, headers in found:
                connection.request(
                    "POST", "/vercel/logs", body, {name: value.decode() for name, value in headers.items()}
                )
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise SystemExit(f"the receiver answered {answer.status}")
            return RECORDS / (spent(process.pid) - before)
        finally:
            process.terminate()
            process.wait()


def spent(pid: int) -> float:
    """Seconds of CPU that a process has used, as Linux reports it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure every kind in turn, a fresh receiver each round, and write the table."""
    null = os.open(os.devnull, os.O_WRONLY)
    configure(service="drains", level="DEBUG", output=StreamOutput(null), pseudonym_key="k")
    secret = FixedSecret(SECRET)
    kinds = {
        "vercel logs, ndjson": ("/vercel/logs", batches(log, "ndjson")),
        "vercel logs, json": ("/vercel/logs", batches(log, "json")),
        "vercel speed insights, json": ("/vercel/speed-insights", batches(vital, "json")),
        "supabase logs, gzip": ("/supabase/logs", batches(line, "gzip")),
    }
    rates: dict[str, list[float]] = {name: [] for name in (*kinds, OVER_HTTP)}
    for _ in range(ROUNDS):
        for name, (path, found) in kinds.items():
            app = (
                supabase_app(secret=secret)
                if path.startswith("/supabase")
                else vercel_app(drains=secret, webhook=secret)
            )
            rates[name].append(asyncio.run(round_of(app, path, found)))
        rates[OVER_HTTP].append(over_http(kinds["vercel logs, ndjson"][1]))
    publish(
        "drains",
        [
            figure(
                f"drains: {name}",
                statistics.median(measured),
                "records/s of one core",
                "required",
                WANTED,
                goal=1,
                better="more",
            )
            for name, measured in rates.items()
        ],
    )


if __name__ == "__main__":
    main()
