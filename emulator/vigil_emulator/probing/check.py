"""An uptime check as a prober reads it: what it requests, where, and which answers are good.

Source: `google.monitoring.v3.UptimeCheckConfig`; checkers and redirects: cloud.google.com/monitoring/uptime-checks.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from vigil_apimodel.json_values import JsonObject, child, children, flag, text, text_map, texts
from vigil_emulator.numerals import number
from vigil_emulator.probing.errors import NotProbedError
from vigil_emulator.probing.matchers import Matcher, matcher_of
from vigil_emulator.times import SECOND, parse_duration

CHECKERS: Final = {
    "USA_OREGON": "usa-oregon",
    "USA_IOWA": "usa-iowa",
    "USA_VIRGINIA": "usa-virginia",
    "EUROPE": "eur-belgium",
    "SOUTH_AMERICA": "sa-brazil-sao_paulo",
    "ASIA_PACIFIC": "apac-singapore",
}
"""The checker of each region, as `checker_location` names it."""
USER_AGENT: Final = "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)"
MAXIMUM_PORT: Final = 65_535

_USA: Final = "USA"
"""The region that stands for all of America's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What an HTTP check asks. `accepted` holds statuses."""

    url: httpx.URL
    method: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    validated: bool
    accepted: frozenset[int]

    @property
    def shown(self) -> str:
        """The address without its query, which may hold a secret."""
        return str(self.url.copy_with(query=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpRequest:
    """What a TCP check connects to."""

    host: str
    port: int

    @property
    def shown(self) -> str:
        """The target as tcp://HOST:PORT."""
        return f"tcp://{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check that can be probed; `period` is in ns of the emulator's clock, `timeout` in seconds of the wall."""

    name: str
    request: HttpRequest | TcpRequest
    matcher: Matcher | None
    period: int
    timeout: float
    locations: tuple[str, ...]
    resource: JsonObject
    checked: str
    """The resource's own name: `checked_resource_id`."""

    @property
    def identifier(self) -> str:
        """`check_id`: the last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def host(self) -> str:
        """Whom it contacts."""
        return self.request.url.host if isinstance(self.request, HttpRequest) else self.request.host


def check_of(name: str, body: JsonObject) -> Check:
    """Return the check of a configuration. Raises NotProbedError, with the field, where it cannot be probed here."""
    resource = child(body, "monitoredResource")
    if not resource:
        kind = "resourceGroup" if "resourceGroup" in body else "syntheticMonitor"
        raise NotProbedError(f"{kind} is not followed by the emulator: take a monitoredResource")
    host = _host(resource)
    http, tcp = child(body, "httpCheck"), child(body, "tcpCheck")
    if "httpCheck" not in body and not tcp:
        raise NotProbedError("neither httpCheck nor tcpCheck is there: give one")
    matcher = matcher_of(body, http="httpCheck" in body)
    return Check(
        name=name,
        request=_http(http, host) if "httpCheck" in body else TcpRequest(host=host, port=_port(tcp, "tcpCheck", 0)),
        matcher=matcher,
        period=period_of(body),
        timeout=parse_duration(text(body, "timeout", "10s")) / SECOND,
        locations=_locations(texts(body, "selectedRegions")),
        resource=resource,
        checked=host,
    )


def period_of(body: JsonObject) -> int:
    """Return the nanoseconds between two probes."""
    return parse_duration(text(body, "period", "60s"))


def _host(resource: JsonObject) -> str:
    kind = text(resource, "type")
    if kind != "uptime_url":
        raise NotProbedError(
            f"monitoredResource.type is {kind}, whose address Google looks up and the emulator cannot know: take"
            " uptime_url with its host"
        )
    host = text_map(resource, "labels").get("host", "")
    if not host:
        raise NotProbedError("monitoredResource.labels.host is empty: name the host")
    return host


def _http(http: JsonObject, host: str) -> HttpRequest:
    if "serviceAgentAuthentication" in http:
        raise NotProbedError(
            "httpCheck.serviceAgentAuthentication needs a token of Google's service agent, which the emulator has not:"
            " leave it out, or put a token into masked headers"
        )
    secure = flag(http, "useSsl")
    path = text(http, "path") or "/"
    address = f"{_bracketed(host)}:{_port(http, 'httpCheck', 443 if secure else 80)}"
    try:
        url = httpx.URL(f"{'https' if secure else 'http'}://{address}{path if path.startswith('/') else '/' + path}")
    except httpx.InvalidURL as error:
        raise NotProbedError(f"host and httpCheck.path make no address ({error}): mend them") from None
    if url.host != host.lower().strip("[]"):
        raise NotProbedError(f"monitoredResource.labels.host is {host!r}: give a host's name or address alone")
    body = base64.b64decode(text(http, "body"))
    post = text(http, "requestMethod") == "POST"
    return HttpRequest(
        url=url,
        method="POST" if post else "GET",
        headers=_headers(http),
        body=body if post else b"",
        validated=flag(http, "validateSsl"),
        accepted=_accepted(children(http, "acceptedResponseStatusCodes")),
    )


def _headers(http: JsonObject) -> tuple[tuple[bytes, bytes], ...]:
    """The request's own headers; the sender adds the length of the body."""
    headers = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
    match text(http, "contentType"):
        case "URL_ENCODED":
            headers["content-type"] = "application/x-www-form-urlencoded"
        case "USER_PROVIDED":
            headers["content-type"] = text(http, "customContentType")
        case _:
            pass
    auth = child(http, "authInfo")
    if auth:
        pair = f"{text(auth, 'username')}:{text(auth, 'password')}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    headers |= {key.lower(): value for key, value in text_map(http, "headers").items()}
    headers.pop("content-length", None)
    return tuple((key.encode(), value.encode()) for key, value in headers.items())


def _accepted(codes: list[JsonObject]) -> frozenset[int]:
    found = set[int]() if codes else set(range(200, 300))
    for code in codes:
        found.add(int(number(code, "statusValue")))
        match text(code, "statusClass").removeprefix("STATUS_CLASS_"):
            case "ANY":
                found |= set(range(100, 600))
            case ("1XX" | "2XX" | "3XX" | "4XX" | "5XX") as kind:
                found |= set(range(int(kind[0]) * 100, int(kind[0]) * 100 + 100))
            case _:
                pass
    return frozenset(found - {0})


def _port(request: Mapping[str, object], field: str, default: int) -> int:
    port = request.get("port") or default
    if not isinstance(port, int) or not 0 < port <= MAXIMUM_PORT:
        raise NotProbedError(f"{field}.port is {port!r}: give 1 to {MAXIMUM_PORT}")
    return port


def _locations(regions: list[str]) -> tuple[str, ...]:
    chosen = set(regions) - {"REGION_UNSPECIFIED"}
    if _USA in chosen:
        chosen |= {region for region in CHECKERS if region.startswith(_USA)}
    return tuple(place for region, place in CHECKERS.items() if not chosen or region in chosen)


def _bracketed(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host
