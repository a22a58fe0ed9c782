"""Scrapes all targets of a configuration for as long as the emulator runs, on its clock."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, json_list
from vigil_emulator.clock import Clock, sleep_until
from vigil_emulator.metrics.recorder import Write, save
from vigil_emulator.scraping.configuration import Configuration, ScrapeJob, load
from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.target import TargetScraper, targets
from vigil_emulator.times import SECOND, format_time, nanoseconds

LOOK = 0.2
"""Wall seconds between two looks at the file."""

_log = logging.getLogger(__name__)


Stamp = tuple[int, int]
"""When a file was changed (ns), and its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeSettings:
    """Where the configuration is, what its `${env:...}` are read from, and whether other machines may be scraped."""

    file: Path
    variables: Mapping[str, str]
    anywhere: bool = False
    first: tuple[Stamp, Configuration] | None = None
    """The configuration as it was last read; the file is read again once its stamp changes."""


class Scraping:
    """Follows a configuration file: what it says is scraped, and when it changes, what it says then."""

    def __init__(
        self, settings: ScrapeSettings, *, clock: Clock, write: Write, onto_clock: Callable[[int], int]
    ) -> None:
        """`onto_clock` turns a wall time into the clock's, both in ns."""
        self._settings = settings
        self._clock = clock
        self._write = write
        self._onto_clock = onto_clock
        self._project = ""
        self._scrapers: list[TargetScraper] = []
        self._clients: list[httpx.AsyncClient] = []
        self._running: list[asyncio.Task[None]] = []
        self._following: asyncio.Task[None] | None = None
        self._read: Stamp | None = None
        self._problem = ""

    async def start(self) -> None:
        """Read the file and scrape until `stop`. A file that is not there yet is waited for."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
            await self.look()

    async def stop(self) -> None:
        """End all scrapes."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
            self._following = None
        await self._end()

    async def look(self) -> None:
        """Follow the file if it has changed. If it cannot be read, report that and keep the previous targets."""
        file, first = self._settings.file, self._settings.first
        try:
            stamp = _stamp(file)
        except OSError as error:
            self._complain(f"{file}: {error.strerror}: nothing new is scraped until it is there")
            return
        if stamp == self._read:
            return
        self._read = stamp
        try:
            await self._use(first[1] if first is not None and first[0] == stamp else read(self._settings))
        except ConfigurationError as error:
            self._complain(str(error))

    async def scrape_all(self) -> None:
        """Scrape every target once, now; `look` must have found some."""
        await asyncio.gather(*(self._once(scraper) for scraper in self._scrapers))

    def status(self) -> JsonObject:
        """Return how scraping goes, in all and by target."""
        standings = [scraper.standing for scraper in self._scrapers]
        return {
            "file": str(self._settings.file),
            **({"problem": self._problem} if self._problem else {}),
            "scrapes": sum(one.scrapes for one in standings),
            "failures": sum(one.failures for one in standings),
            "points": sum(one.points for one in standings),
            "refused": sum(one.refused for one in standings),
            "targets": json_list([_status(scraper) for scraper in self._scrapers]),
        }

    def _complain(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            _log.warning("scraping: %s", problem)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self.look()

    async def _use(self, configuration: Configuration) -> None:
        self._problem, self._project = "", configuration.project
        clients: list[httpx.AsyncClient] = []
        scrapers: list[TargetScraper] = []
        for job in configuration.jobs:
            http = _client(job)
            clients.append(http)
            scrapers += [
                TargetScraper(
                    target,
                    configuration,
                    http=http,
                    onto_clock=self._onto_clock,
                    anywhere=self._settings.anywhere,
                )
                for target in targets(job)
            ]
        await self._replace(scrapers, clients)

    async def _replace(self, scrapers: list[TargetScraper], clients: list[httpx.AsyncClient]) -> None:
        await self._end()
        self._scrapers, self._clients = scrapers, clients
        if self._following is not None:
            self._running = [asyncio.create_task(self._again(scraper)) for scraper in scrapers]

    async def _end(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running = []
        for http in self._clients:
            await http.aclose()

    async def _again(self, scraper: TargetScraper) -> None:
        while True:
            due = self._clock.now() + timedelta(seconds=scraper.target.job.interval / SECOND)
            try:
                await self._once(scraper)
            except Exception as error:  # noqa: BLE001 - what one answer does must not end the scraping
                scraper.standing.error = f"{type(error).__name__}: {error}"
                _log.exception("scraping %s failed", scraper.target.url)
            await sleep_until(self._clock, due)

    async def _once(self, scraper: TargetScraper) -> None:
        standing = scraper.standing
        before = standing.up
        series = await scraper.scrape(nanoseconds(self._clock.now()))
        if standing.up is False and before is not False:
            _log.warning("scraping %s fails: %s", scraper.target.url, standing.error)
        for start in range(0, len(series), limits.TIME_SERIES_OF_REQUEST):
            save(self._write, self._project, series[start : start + limits.TIME_SERIES_OF_REQUEST], standing)


def read(settings: ScrapeSettings) -> Configuration:
    """Return the file's settings. Raises ConfigurationError, with its name, where it cannot be read or followed."""
    try:
        return load(settings.file.read_text(encoding="utf-8"), settings.variables)
    except OSError as error:
        raise ConfigurationError(f"{settings.file}: {error.strerror}; give another file, or mend this one") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{settings.file}: it is not UTF-8; mend the file") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.file}: {error}") from None


def read_first(settings: ScrapeSettings) -> ScrapeSettings:
    """Return the settings with what the file says, if it is there. Raises ConfigurationError like `read`."""
    try:
        stamp = _stamp(settings.file)
    except OSError:
        return settings
    return replace(settings, first=(stamp, read(settings)))


def _stamp(file: Path) -> Stamp:
    status = file.stat()
    return status.st_mtime_ns, status.st_size


def _client(job: ScrapeJob) -> httpx.AsyncClient:
    verify: ssl.SSLContext | bool = not job.tls_config.insecure_skip_verify
    if job.tls_config.ca_file and verify:
        try:
            verify = ssl.create_default_context(cafile=job.tls_config.ca_file)
        except OSError as error:
            raise ConfigurationError(
                f"job {job.job_name}: tls_config.ca_file {job.tls_config.ca_file} cannot be read ({error}); mend it"
            ) from error
    # proxies of the environment are not used; how long a scrape may take is decided by the job's timeout
    return httpx.AsyncClient(verify=verify, trust_env=False, timeout=None)  # noqa: S113 - each scrape has its own


def _status(scraper: TargetScraper) -> JsonObject:
    standing, target = scraper.standing, scraper.target
    return {
        "job": target.job.job_name,
        "instance": target.labels["instance"],
        "url": target.url,
        "up": standing.up,
        "scrapes": standing.scrapes,
        "failures": standing.failures,
        "points": standing.points,
        "refused": standing.refused,
        **({"last": format_time(standing.last)} if standing.last else {}),
        **({"error": standing.error} if standing.error else {}),
    }
