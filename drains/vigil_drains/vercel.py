"""Vercel's records as catalog events: log lines, page views, web vitals, deployments.

Sources: https://vercel.com/docs/drains/reference/logs, .../analytics, .../speed-insights,
https://vercel.com/docs/webhooks/webhooks-api (2026). Addresses of clients, queries, referrers, agents and fingerprints
are not even read.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import ClassVar, Final, Literal

import msgspec

from vigil_drains.batches import decode
from vigil_drains.once import Once
from vigil_drains.pages import Pages
from vigil_drains.texts import shortened
from vigil_telemetry import Event
from vigil_telemetry.events.drains import Delivered
from vigil_telemetry.events.frontend import (
    DeploymentChanged,
    DeploymentState,
    Device,
    FrontendErrorRaised,
    FrontendRequestCompleted,
    FrontendSource,
    PageViewed,
    Rating,
    Target,
    Vital,
    WebVitalMeasured,
)

MAX_TEXT = 16_000
"""Characters of a message that are kept. Scanning for personal data takes time for each of them."""
NO_ANSWER = -1
"""`statusCode` of a function that crashed before it answered; of a proxy, a revalidation in the background."""
_SERVER_ERROR = 500
_STATUSES = range(100, 600)
_NOT_FOUND = frozenset({400, 404, 405, 406, 410, 414})
"""Statuses of a page that the site does not have: its path becomes no label."""
_PASSED_ON = range(200, 300)
"""Statuses of a middleware that let the request pass: another record reports how the request ended."""
_CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")
_SOURCES: Mapping[str, FrontendSource] = MappingProxyType(
    {
        "lambda": "function",
        "edge": "edge",
        "static": "static",
        "build": "build",
        "external": "external",
        "firewall": "firewall",
        "redirect": "redirect",
    }
)
_TARGETS: Mapping[str | None, Target] = MappingProxyType({"production": "production", "preview": "preview"})
_DEVICES: Mapping[str | None, Device] = MappingProxyType(
    {"desktop": "desktop", "mobile": "mobile", "tablet": "tablet", "bot": "bot"}
)
_VITALS: Mapping[Vital, tuple[float, float]] = MappingProxyType(
    {
        "LCP": (2500, 4000),
        "INP": (200, 500),
        "CLS": (0.1, 0.25),
        "FCP": (1800, 3000),
        "TTFB": (800, 1800),
        "FID": (100, 300),
    }
)
"""Up to the first value a vital is good, beyond the second poor (https://web.dev/articles/vitals)."""
_STATES: Mapping[str, DeploymentState] = MappingProxyType(
    {
        "deployment.created": "created",
        "deployment.ready": "ready",
        "deployment.succeeded": "succeeded",
        "deployment.error": "error",
        "deployment.canceled": "canceled",
        "deployment.promoted": "promoted",
        "deployment.rollback": "rolled_back",
    }
)


_MIDDLEWARE: Final = frozenset({"middleware", "middleware-invocation"})
_MIDDLEWARE_PATH = re.compile(r"/?(?:src/)?_?middleware(?:\.[jt]s)?")


class _Proxy(msgspec.Struct, rename="camel"):
    path: str | None = None
    status_code: int | None = None


class _LogRecord(msgspec.Struct, rename="camel"):
    id: str
    source: str
    type: str | None = None
    level: str = "info"
    deployment_id: str | None = None
    message: str | None = None
    path: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    environment: str | None = None
    proxy: _Proxy | None = None


class _PageView(msgspec.Struct, rename="camel"):
    event_type: Literal["pageview", "event"]
    route: str | None = None
    path: str | None = None
    device_type: str | None = None
    country: str | None = None
    vercel_environment: str | None = None
    deployment: str | None = None


class _Vital(msgspec.Struct, rename="camel"):
    metric_type: Vital
    value: float
    route: str | None = None
    path: str | None = None
    device_type: str | None = None
    vercel_environment: str | None = None


class _Named(msgspec.Struct):
    id: str
    meta: dict[str, object] = {}


class _Change(msgspec.Struct):
    deployment: _Named
    target: str | None = None


class _Delivery(msgspec.Struct):
    id: str
    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")


_log = msgspec.json.Decoder(_LogRecord)
_view = msgspec.json.Decoder(_PageView)
_vital = msgspec.json.Decoder(_Vital)
_delivery = msgspec.json.Decoder(_Delivery)
_change = msgspec.json.Decoder(_Change)


class Logs:
    """Log records. Each line of a request is one: its exit counts once, and the failure of each of its parts once.

    A request has records of its middleware and of what answered it, in any order. The middleware's `statusCode` is
    what it returned itself, 200 where it passed the request on; what the visitor got is in `proxy`.
    """

    kind: ClassVar[Delivered] = "logs"

    def __init__(self) -> None:
        self._pages, self._exits, self._failures = Pages(), Once(), Once()

    def key(self, record: bytes) -> object:
        """Return the record's id."""
        return decode(_log, record).id

    def events(self, record: bytes) -> list[Event]:
        """Return the events of the record; none of a build, which the webhook reports. Raises UnreadableError."""
        found = decode(_log, record)
        source = _SOURCES.get(found.source)
        if source is None or source == "build":
            return []
        before, crashed, status = _is_middleware(found), found.status_code == NO_ANSWER, _answered(found)
        target = _TARGETS.get(found.environment, "other")
        request = found.request_id or found.id
        found_events: list[Event] = []
        if (crashed or status is not None) and self._exits.first(request):
            found_events.append(
                FrontendRequestCompleted(
                    page="(static)" if source == "static" else self._page_answered(found, before=before),
                    source=source,
                    status_class="5xx" if crashed or status is None else _CLASSES[status // 100 - 1],
                    target=target,
                    deployment=found.deployment_id,
                )
            )
        own = found.status_code if before else status
        broken = own is not None and own >= _SERVER_ERROR and source in ("function", "edge")
        if (crashed or broken or found.level in ("error", "fatal")) and self._failures.first((request, before)):
            found_events.append(
                FrontendErrorRaised(
                    page="(static)" if source == "static" else self._page(found),
                    source=source,
                    target=target,
                    error=shortened(found.message or "", MAX_TEXT)
                    or ("the function gave no answer" if crashed else f"answered {own}"),
                    deployment=found.deployment_id,
                )
            )
        return found_events

    def _page(self, found: _LogRecord) -> str:
        status = _answered(found)
        path = found.proxy.path if found.proxy is not None else None
        return self._pages.of(found.path, path, found=status is None or status not in _NOT_FOUND)

    def _page_answered(self, found: _LogRecord, *, before: bool) -> str:
        """The page that the visitor requested, not the middleware's."""
        if before and found.proxy is not None and found.proxy.path:
            status = _answered(found)
            return self._pages.of(None, found.proxy.path, found=status is None or status not in _NOT_FOUND)
        return self._page(found)


def _is_middleware(found: _LogRecord) -> bool:
    return found.type in _MIDDLEWARE or _MIDDLEWARE_PATH.fullmatch(found.path or "") is not None


def _answered(found: _LogRecord) -> int | None:
    """The status that the visitor got, as far as this record says."""
    own, proxied = found.status_code, found.proxy.status_code if found.proxy is not None else None
    if not _is_middleware(found):
        return next((status for status in (own, proxied) if status in _STATUSES), None)
    if proxied in _STATUSES:
        return proxied
    return own if own in _STATUSES and own not in _PASSED_ON else None


class Views:
    """Web Analytics: page views. Custom events are the team's own and in no catalog of ours."""

    kind: ClassVar[Delivered] = "analytics"

    def __init__(self) -> None:
        self._pages = Pages()

    def key(self, record: bytes) -> object:
        """Return a digest: these records have no id."""
        return _digest(record)

    def events(self, record: bytes) -> list[Event]:
        """Return the page view. Raises UnreadableError."""
        found = decode(_view, record)
        if found.event_type != "pageview":
            return []
        country = found.country if found.country and len(found.country) == 2 and found.country.isalpha() else None  # noqa: PLR2004 - ISO 3166-1
        return [
            PageViewed(
                page=self._pages.of(found.route, found.path),
                device=_DEVICES.get(found.device_type, "other"),
                target=_TARGETS.get(found.vercel_environment or "production", "other"),
                country=country.upper() if country is not None else None,
                deployment=found.deployment,
            )
        ]


class Vitals:
    """Speed Insights: what browsers measured."""

    kind: ClassVar[Delivered] = "speed_insights"

    def __init__(self) -> None:
        self._pages = Pages()

    def key(self, record: bytes) -> object:
        """Return a digest: these records have no id."""
        return _digest(record)

    def events(self, record: bytes) -> list[Event]:
        """Return the measurement, in milliseconds, or as a score. Raises UnreadableError."""
        found = decode(_vital, record)
        score = found.metric_type == "CLS"
        return [
            WebVitalMeasured(
                vital=found.metric_type,
                page=self._pages.of(found.route, found.path),
                rating=rating(found.metric_type, found.value),
                device=_DEVICES.get(found.device_type, "other"),
                target=_TARGETS.get(found.vercel_environment or "production", "other"),
                milliseconds=None if score else found.value,
                score=found.value if score else None,
            )
        ]


class Deployments:
    """The webhook: it reports deployments. Other events of the webhook are accepted and ignored."""

    kind: ClassVar[Delivered] = "deployments"

    def key(self, record: bytes) -> object:
        """Return the delivery's id."""
        return decode(_delivery, record).id

    def events(self, record: bytes) -> list[Event]:
        """Return the change. Raises UnreadableError."""
        found = decode(_delivery, record)
        state = _STATES.get(found.type)
        if state is None:
            return []
        change = decode(_change, bytes(found.payload))
        commits = (change.deployment.meta.get(f"{forge}CommitSha") for forge in ("github", "gitlab", "bitbucket"))
        return [
            DeploymentChanged(
                state=state,
                target=_TARGETS.get(change.target or "preview", "other"),
                deployment=change.deployment.id,
                commit=next((commit for commit in commits if isinstance(commit, str)), None),
            )
        ]


def rating(vital: Vital, value: float) -> Rating:
    """Return a vital's rating by the thresholds of web.dev."""
    good, poor = _VITALS[vital]
    if value <= good:
        return "good"
    return "needs_improvement" if value <= poor else "poor"


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()
