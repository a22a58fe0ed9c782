"""The emulator's own endpoints, as the command uses them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal, Self, cast
from urllib.parse import urlencode

import httpx
import msgspec

from vigil_cli.errors import CommandError
from vigil_cli.local.pump import RetryableError

TOO_MANY = 429
SERVER_ERRORS = 500
BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
PICTURE_SCALE = 1.5
"""Pixels of a picture for each pixel of the page: sharp enough, and a third faster to draw than twice as many."""
PATIENCE = 30.0
"""Wall seconds that an answer may take, on a busy machine as well."""
TO_DRAW = 120.0
"""Wall seconds that a picture may take, with others before it."""
STARTED_AGAIN = 60.0
"""Wall seconds that an answer may take of an emulator that is being started again."""


class Clock(msgspec.Struct, frozen=True):
    """The emulator's time, and how many of its seconds pass in one wall second."""

    now: datetime
    speed: float


class Stats(msgspec.Struct, frozen=True):
    """How much the emulator holds."""

    entries: int
    points: int
    incidents: int
    deliveries: int


class Incident(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An incident, as `/vigil/v1/incidents` reports it."""

    name: str
    policy: str
    policy_name: str
    condition: str
    state: Literal["OPEN", "CLOSED"]
    open_time: datetime
    close_time: datetime | None = None
    value: float | None = None
    threshold: float | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The delivery of a notification to a channel, as `/vigil/v1/deliveries` reports it."""

    incident: str
    event: str
    channel: str
    attempts: int
    status: str | int | None
    time: datetime | None = None


class ScrapedTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that the emulator scrapes."""

    job: str
    instance: str
    up: bool | None = None
    """None before the first scrape."""
    points: int = 0
    error: str = ""


class Scraped(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the emulator's scraping, as `/vigil/v1/scraping` reports it."""

    scrapes: int = 0
    failures: int = 0
    points: int = 0
    problem: str = ""
    targets: tuple[ScrapedTarget, ...] = ()


class _Policy(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    user_labels: dict[str, str] = {}


class _Policies(msgspec.Struct, frozen=True, rename="camel"):
    alert_policies: tuple[_Policy, ...] = ()


class _Metric(msgspec.Struct, frozen=True):
    name: str


class _Metrics(msgspec.Struct, frozen=True):
    metrics: tuple[_Metric, ...] = ()


class _MetricLabels(msgspec.Struct, frozen=True):
    type: str
    labels: dict[str, str] = {}


class _Interval(msgspec.Struct, frozen=True, rename="camel"):
    end_time: str


class _Point(msgspec.Struct, frozen=True):
    interval: _Interval
    value: dict[str, object]


class _Series(msgspec.Struct, frozen=True):
    metric: _MetricLabels
    points: tuple[_Point, ...] = ()
    """The newest first."""

    def latest(self) -> tuple[str, str]:
        labels = ", ".join(f"{key}={value}" for key, value in sorted(self.metric.labels.items()))
        name = self.metric.type.rpartition("/")[2] + (f" {{{labels}}}" if labels else "")
        value = next(iter(self.points[0].value.values()), None)
        if isinstance(value, dict):  # a distribution, whose buckets would hide all else
            value = f"{cast('dict[str, object]', value).get('count')} observations"
        return name, f"{value} at {self.points[0].interval.end_time}"


class _SeriesList(msgspec.Struct, frozen=True, rename="camel"):
    time_series: tuple[_Series, ...] = ()


class _Answer(msgspec.Struct, frozen=True):
    data: dict[str, object] = {}


def _queries(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in cast("dict[str, object]", part).items():
            if key == "prometheusQuery" and isinstance(value, str):
                yield value
            else:
                yield from _queries(value)
    elif isinstance(part, list):
        for value in cast("list[object]", part):
            yield from _queries(value)


class Taken(msgspec.Struct, frozen=True):
    """The agent's answer."""

    entries: int


@dataclass(frozen=True, slots=True)
class LogSource:
    """Where log lines come from: what the agent writes into each entry."""

    project: str
    log: str
    resource: str
    labels: tuple[tuple[str, str], ...]

    def query(self) -> str:
        """Return the query parameters of the agent's endpoint."""
        return urlencode(
            [
                ("project", self.project),
                ("logName", f"projects/{self.project}/logs/{self.log}"),
                ("resourceType", self.resource),
                *((f"label.{key}", value) for key, value in self.labels),
            ]
        )


class Emulator:
    """A client of one running emulator."""

    def __init__(self, url: str) -> None:
        """`url` is as the emulator's ready line gives it."""
        self.url = url.rstrip("/")
        # loopback only: proxies of the environment are not used
        self._http = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def clock(self) -> Clock:
        """Return the time of the emulator's clock."""
        return msgspec.json.decode(await self._get("/vigil/v1/clock"), type=Clock)

    async def run_clock(self, speed: float) -> Clock:
        """Let its clock go on at another speed. Raises RetryableError where it cannot be reached."""
        answer = await self._post("/vigil/v1/clock", msgspec.json.encode({"speed": speed}), kind="application/json")
        return msgspec.json.decode(answer, type=Clock)

    async def stats(self) -> Stats:
        """Return how much it holds."""
        return msgspec.json.decode(await self._get("/vigil/v1/stats"), type=Stats)

    async def scraping(self) -> Scraped:
        """Return how its scraping goes."""
        return msgspec.json.decode(await self._get("/vigil/v1/scraping"), type=Scraped)

    async def incidents(self) -> list[Incident]:
        """Return all incidents, open and closed."""
        return msgspec.json.decode(await self._get("/vigil/v1/incidents"), type=list[Incident])

    async def deliveries(self) -> list[Delivery]:
        """Return all notifications, with how their delivery went."""
        return msgspec.json.decode(await self._get("/vigil/v1/deliveries"), type=list[Delivery])

    async def send(self, source: LogSource, lines: list[bytes], batch: str) -> int:
        """Hand lines of a process's output to the agent; returns how many became entries.

        Lines that are sent again as the same `batch` are taken once, also by an emulator that was started again.
        Raises RetryableError where the emulator could not be reached or asks to be left alone for now.
        """
        path = f"/vigil/v1/agent?{source.query()}&{urlencode({'batch': batch})}"
        answer = await self._post(path, b"\n".join(lines) + b"\n", kind="text/plain; charset=utf-8")
        return msgspec.json.decode(answer, type=Taken).entries

    async def write(self, project: str, series: Sequence[Mapping[str, object]]) -> None:
        """Write points of Google's own metrics. Raises RetryableError as `send`."""
        body = {"name": f"projects/{project}", "timeSeries": series}
        await self._post("/vigil/v1/points", msgspec.json.encode(body), kind="application/json")

    async def dashboards(self, project: str) -> dict[str, list[str]]:
        """Return the PromQL of each dashboard's charts, by the dashboard's title."""
        listed = msgspec.json.decode(await self._get(f"/v1/projects/{project}/dashboards?pageSize=1000"))
        return {each["displayName"]: list(_queries(each)) for each in listed.get("dashboards", [])}

    async def answers(self, project: str, query: str, *, at: datetime) -> bool:
        """Return whether a query has any data at a time of the cloud."""
        parameters = urlencode({"query": query, "time": at.isoformat()})
        path = f"/v1/projects/{project}/location/global/prometheus/api/v1/query?{parameters}"
        found = msgspec.json.decode(await self._get(path), type=_Answer)
        return bool(found.data.get("result"))

    async def picture(self, title: str, *, since: datetime, until: datetime) -> bytes:
        """Return a dashboard as PNG, by its title, of a time of the cloud. Raises CommandError."""
        listed = msgspec.json.decode(await self._get("/console/dashboards.json"))
        names = {each["displayName"]: each["name"].rpartition("/")[2] for each in listed["dashboards"]}
        parameters = urlencode({"since": since.isoformat(), "until": until.isoformat(), "scale": PICTURE_SCALE})
        return await self._get(f"/console/dashboards/{names[title]}/picture.png?{parameters}", patience=TO_DRAW)

    async def policy(self, project: str, labels: Mapping[str, str]) -> str | None:
        """Return the name of the alert policy that has these user labels, None where there is none."""
        listed = await self._get(f"/v3/projects/{project}/alertPolicies?pageSize=1000")
        for each in msgspec.json.decode(listed, type=_Policies).alert_policies:
            if labels.items() <= each.user_labels.items():
                return each.name
        return None

    async def latest_points(self, project: str) -> list[tuple[str, str]]:
        """Return the last point of each series of the project's log-based metrics: its name, value and time."""
        since = (await self.clock()).now - timedelta(hours=1)
        metrics = msgspec.json.decode(await self._get(f"/v2/projects/{project}/metrics"), type=_Metrics).metrics
        found: list[tuple[str, str]] = []
        for metric in metrics:
            query = {
                "filter": f'metric.type="logging.googleapis.com/user/{metric.name}"',
                "interval.startTime": since.isoformat(),
                "interval.endTime": (since + timedelta(hours=1)).isoformat(),
            }
            listed = await self._get(f"/v3/projects/{project}/timeSeries?{urlencode(query)}")
            found += [
                each.latest() for each in msgspec.json.decode(listed, type=_SeriesList).time_series if each.points
            ]
        return found

    async def _post(self, path: str, body: bytes, *, kind: str) -> bytes:
        try:
            answer = await self._http.post(path, content=body, headers={"content-type": kind})
        except httpx.TransportError as problem:
            raise RetryableError(f"{type(problem).__name__} {problem}".strip()) from problem
        if answer.status_code == TOO_MANY or answer.status_code >= SERVER_ERRORS:
            raise RetryableError(f"it answers {answer.status_code} {answer.text[:300]}")
        self._accept(answer)
        return answer.content

    async def _get(self, path: str, *, patience: float = PATIENCE) -> bytes:
        try:
            try:
                answer = await self._http.get(path, timeout=patience)
            except BROKEN:  # it ended while it answered: query the one that starts in its place
                answer = await self._http.get(path, timeout=max(patience, STARTED_AGAIN))
        except httpx.TransportError as problem:
            raise CommandError(
                f"The emulator at {self.url} does not answer: {type(problem).__name__} {problem}".rstrip() + ".",
                remedy="Start one with `vigil serve`, or name a running one with --emulator.",
            ) from problem
        self._accept(answer)
        return answer.content

    def _accept(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            raise CommandError(
                f"The emulator answered {answer.status_code} to {answer.request.method} {answer.request.url.path}: "
                f"{answer.text[:500]}",
                remedy="This is a fault in Vigil; the emulator's log says more.",
            )
