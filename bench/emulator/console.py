"""How soon a dashboard of 40 charts over a day is there: the page, and then the pictures of the first screen."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from datetime import UTC, datetime
from html import unescape

import httpx

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator
from vigil_emulator.times import format_time, nanoseconds

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
CHARTS, SERIES, MINUTES, SCREEN = 40, 3, 1_440, 6
"""Charts, series of each, minutes of data, and pictures on the first screen (1440 by 900)."""


def seconds(rounds: int) -> tuple[float, float]:
    """The median wall time until the page has come, and until the pictures of its first screen have come as well.

    Half an hour passes before each round, so that no picture is known already.
    """
    clock = VirtualClock(MIDNIGHT)
    emulator = Emulator(clock=clock)
    _write(emulator, clock, minutes=MINUTES)
    name = _call(emulator, "POST", "/v1/projects/p/dashboards", _dashboard())["name"]
    pages: list[float] = []
    screens: list[float] = []
    with (
        in_thread(emulator.app, around=emulator.running) as url,
        httpx.Client(base_url=url, timeout=120, trust_env=False) as http,
    ):
        for turn in range(rounds + 1):
            _write(emulator, clock, minutes=30)
            started = time.perf_counter()
            page = http.get(f"/console/dashboards/{str(name).rpartition('/')[2]}", params={"range": "1d"})
            came = time.perf_counter()
            found = re.findall(r'<img[^>]* src="(/console/(?!static)[^"]+)"', page.raise_for_status().text)
            if len(found) != CHARTS:
                raise SystemExit(f"the page shows {len(found)} pictures, not {CHARTS}")
            for picture in found[:SCREEN]:
                http.get(unescape(picture)).raise_for_status()
            if turn:  # the first round loads the libraries
                pages.append(came - started)
                screens.append(time.perf_counter() - started)
    return statistics.median(pages), statistics.median(screens)


def _write(emulator: Emulator, clock: VirtualClock, *, minutes: int) -> None:
    for _ in range(minutes):
        clock.advance(60)
        minute = int((clock.now() - MIDNIGHT).total_seconds()) // 60
        at = format_time(nanoseconds(clock.now()))
        points = [
            {
                "metric": {"type": f"custom.googleapis.com/m{chart}", "labels": {"part": str(part)}},
                "resource": {"type": "global", "labels": {"project_id": "p"}},
                "points": [
                    {
                        "interval": {"endTime": at},
                        "value": {"doubleValue": float((minute * (part + 1) + chart) % 97)},
                    }
                ],
            }
            for chart in range(CHARTS)
            for part in range(SERIES)
        ]
        _call(emulator, "POST", "/v3/projects/p/timeSeries", {"timeSeries": points})


def _dashboard() -> JsonObject:
    tiles: list[JsonObject] = [
        {
            "xPos": 16 * (chart % 3),
            "yPos": 16 * (chart // 3),
            "width": 16,
            "height": 16,
            "widget": {
                "title": f"Chart {chart}",
                "xyChart": {
                    "dataSets": [
                        {"timeSeriesQuery": {"prometheusQuery": f"custom_googleapis_com:m{chart}"}, "plotType": "LINE"}
                    ]
                },
            },
        }
        for chart in range(CHARTS)
    ]
    return {"displayName": "Day", "mosaicLayout": {"columns": 48, "tiles": [*tiles]}}


def _call(emulator: Emulator, method: str, path: str, body: object) -> JsonObject:
    answer = asyncio.run(emulator.api.answer(Request(http=method, path=path, body=json.dumps(body).encode())))
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.body}")
    return json.loads(answer.body)
