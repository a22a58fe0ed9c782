"""One endpoint: how it is scraped, and what its answer becomes.

Source: Prometheus v3, `scrape/scrape.go` and `scrape/target.go`: labels of the target, conflicts, what is counted.
"""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.loopback import is_loopback, refusal
from vigil_emulator.scraping.configuration import Configuration, ScrapeJob
from vigil_emulator.scraping.errors import ScrapeError
from vigil_emulator.scraping.exporter import Exporter
from vigil_emulator.scraping.exposition import NAME_LABEL, Described, Exposition, Sample, labels_of, parse
from vigil_emulator.scraping.families import assembled
from vigil_emulator.scraping.normalization import MILLISECOND
from vigil_emulator.scraping.relabel import relabelled
from vigil_emulator.times import SECOND

ACCEPT: Final = (
    "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=1.0.0;q=0.5,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
"""OpenMetrics first, as Prometheus asks. Protocol buffers are left out, and with them native histograms."""
MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of an answer; more is a failed scrape."""

Samples = list[tuple[Mapping[str, str], int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint with the labels that all of its samples get."""

    job: ScrapeJob
    address: str
    scheme: str
    path: str
    query: str
    labels: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where it is, without its query, which may hold a secret."""
        return f"{self.scheme}://{self.address}{self.path}"

    @property
    def host(self) -> str:
        """Of its address."""
        return httpx.URL(self.url).host


def targets(job: ScrapeJob) -> list[Target]:
    """Return the endpoints of a job after its `relabel_configs`; those without an address are left out."""
    found: list[Target] = []
    for group in job.static_configs:
        for address in group.targets:
            discovered = {
                "job": job.job_name,
                "__address__": address,
                "__scheme__": job.scheme,
                "__metrics_path__": job.metrics_path,
                "__scrape_interval__": job.scrape_interval,
                "__scrape_timeout__": job.scrape_timeout,
                **{f"__param_{key}": values[0] for key, values in job.params.items() if values},
                **group.labels,
            }
            labels = relabelled(discovered, job.relabel_configs)
            if labels is None or not labels.get("__address__"):
                continue
            params = {key: list(values) for key, values in job.params.items()}
            for key in [key for key in labels if key.startswith("__param_")]:
                name = key.removeprefix("__param_")
                params[name] = [labels[key], *params.get(name, [])[1:]]
            at = labels["__address__"]
            public = {key: value for key, value in labels.items() if not key.startswith("__")}
            found.append(
                Target(
                    job=job,
                    address=at,
                    scheme=labels.get("__scheme__", "http"),
                    path=labels.get("__metrics_path__", "/metrics"),
                    query=urlencode(params, doseq=True),
                    labels={"instance": at, **public},
                )
            )
    return found


@dataclass(slots=True)
class Standing:
    """How a target's scrapes went."""

    up: bool | None = None
    """None before the first."""
    scrapes: int = 0
    failures: int = 0
    points: int = 0
    refused: int = 0
    """Points that Monitoring did not take."""
    last: int = 0
    """When the last scrape began, ns."""
    error: str = ""
    """Of the last scrape, or of what it wrote."""


@dataclass(slots=True)
class _Taken:
    """What was taken of an answer, as far as it was read."""

    samples: Samples = field(default_factory=list["tuple[Mapping[str, str], int, float]"])
    read: int = 0
    fresh: int = 0
    """Series that the scrape before had not."""


class TargetScraper:
    """Scrapes one target, and remembers what its next scrape is compared with."""

    def __init__(
        self,
        target: Target,
        configuration: Configuration,
        *,
        http: httpx.AsyncClient,
        onto_clock: Callable[[int], int],
        anywhere: bool,
    ) -> None:
        """`onto_clock` turns a wall time into the emulator's (ns); `anywhere` allows other machines."""
        self.target = target
        self.standing = Standing()
        self._http = http
        self._onto_clock = onto_clock
        self._anywhere = anywhere
        self._exporter = Exporter(configuration)
        self._labels: dict[str, Mapping[str, str] | None] = {}

    async def scrape(self, now: int) -> list[JsonObject]:
        """Return the series of one scrape that begins at `now` (ns), those about the scrape itself among them."""
        standing, at = self.standing, now // MILLISECOND * MILLISECOND
        began = time.monotonic()
        taken, described = _Taken(), dict[str, Described]()
        standing.scrapes += 1
        standing.last = now
        try:
            found = await self._ask()
            described = found.families
            self._take(found, at, taken)
            standing.up, standing.error = True, ""
        except ScrapeError as error:
            standing.up, standing.error = False, str(error)
            standing.failures += 1
        kept = taken.samples if standing.up else []
        report = {
            "up": float(standing.up),
            "scrape_duration_seconds": time.monotonic() - began,
            "scrape_samples_scraped": float(taken.read),
            "scrape_samples_post_metric_relabeling": float(len(taken.samples)),
            "scrape_series_added": float(taken.fresh),
        }
        of_the_scrape: Samples = [({NAME_LABEL: name, **self.target.labels}, at, one) for name, one in report.items()]
        return list(self._exporter.series(assembled([*kept, *of_the_scrape], described), at))

    async def _ask(self) -> Exposition:
        target = self.target
        if not self._anywhere and not is_loopback(target.host):
            raise ScrapeError(refusal(target.host))
        seconds = target.job.timeout / SECOND
        headers = {
            "accept": ACCEPT,
            "accept-encoding": "gzip",
            "user-agent": "vigil-emulator",
            "x-prometheus-scrape-timeout-seconds": f"{seconds:g}",
            **self._credentials(),
        }
        url = f"{target.url}?{target.query}" if target.query else target.url
        try:
            async with asyncio.timeout(seconds), self._http.stream("GET", url, headers=headers) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise ScrapeError(f"the endpoint answered {answer.status_code} {answer.reason_phrase}".rstrip())
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BODY:
                        raise ScrapeError(f"the answer is longer than {MAX_BODY} bytes")
                return parse(body.decode(), answer.headers.get("content-type", ""))
        except TimeoutError:
            raise ScrapeError(f"no whole answer within {seconds:g} s") from None
        except UnicodeDecodeError:
            raise ScrapeError("the answer is not UTF-8") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ScrapeError(f"{type(error).__name__}: {error}".removesuffix(": ")) from None

    def _credentials(self) -> dict[str, str]:
        job = self.target.job
        if job.basic_auth is not None:
            password = _secret(job.basic_auth.password, job.basic_auth.password_file)
            pair = f"{job.basic_auth.username}:{password}".encode()
            return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        if job.authorization is not None:
            credentials = _secret(job.authorization.credentials, job.authorization.credentials_file)
            return {"authorization": f"{job.authorization.type} {credentials}"}
        return {}

    def _take(self, found: Exposition, at: int, taken: _Taken) -> None:
        """Collect what relabelling keeps. Raises ScrapeError where the answer cannot be taken whole."""
        before, known = self._labels, dict[str, Mapping[str, str] | None]()
        try:
            for sample in found.samples:
                self._take_one(sample, at, taken, before, known)
            _check(found.problem)
        except ScrapeError:
            self._labels = {**before, **known}
            raise
        self._labels = known

    def _take_one(
        self,
        sample: Sample,
        at: int,
        taken: _Taken,
        before: Mapping[str, Mapping[str, str] | None],
        known: dict[str, Mapping[str, str] | None],
    ) -> None:
        job, series = self.target.job, sample.series
        taken.read += 1
        again = series in known
        if not again:
            new = series not in before
            known[series] = self._mutated(series) if new else before[series]
            taken.fresh += new and known[series] is not None
        labels, own = known[series], sample.time if job.honor_timestamps else None
        if labels is None or (again and own is None):
            return
        taken.samples.append((labels, at if own is None else self._onto_clock(own), sample.value))
        if job.sample_limit and len(taken.samples) > job.sample_limit:
            raise ScrapeError(f"more samples than sample_limit allows: {job.sample_limit}")

    def _mutated(self, series: str) -> Mapping[str, str] | None:
        try:
            labels = labels_of(series)
        except ValueError as error:
            raise ScrapeError(str(error)) from None
        joined = joined_labels(labels, self.target.labels, honor=self.target.job.honor_labels)
        kept = relabelled(joined, self.target.job.metric_relabel_configs)
        if kept is not None and NAME_LABEL not in kept:
            raise ScrapeError("relabelling took a sample's name away")
        return kept


def _check(problem: str) -> None:
    if problem:
        raise ScrapeError(problem)


def joined_labels(sample: Mapping[str, str], target: Mapping[str, str], *, honor: bool) -> dict[str, str]:
    """Return a sample's labels with its target's; of one that both have, the sample's becomes `exported_...`."""
    if honor:
        return {**target, **sample}
    found = {**sample, **target}
    for name in sorted((name for name in target if sample.get(name)), key=len):
        exported = f"exported_{name}"
        while found.get(exported):
            exported = f"exported_{exported}"
        found[exported] = sample[name]
    return found


def _secret(secret: str, file: str) -> str:
    if not file:
        return secret
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ScrapeError(f"the file {file} cannot be read: {reason}") from None
