"""Rules of uptime checks."""

import base64
import binascii
from collections.abc import Iterator

from vigil_apimodel import limits
from vigil_apimodel.rules.inputs import (
    items,
    literal,
    mapping,
    messages,
    number,
    opaque,
    present,
    seconds,
    text,
    too_long,
    unknown,
    within,
)
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import UPTIME_CHECK
from vigil_apimodel.uptime import JSON_MATCHERS, locations, request_faults

_PROTO = "google/monitoring/v3/uptime.proto"


@rule("uptime-period", UPTIME_CHECK, source=_PROTO)
def period(inputs: Inputs) -> Iterator[Finding]:
    """A check runs every 60, 300, 600 or 900 seconds."""
    found = seconds(inputs, "period")
    if found is not None and found not in limits.UPTIME_PERIODS_SECONDS:
        yield "period", f'{found:g} seconds: write "60s", "300s", "600s" or "900s"'


@rule("uptime-timeout", UPTIME_CHECK, source=_PROTO)
def timeout(inputs: Inputs) -> Iterator[Finding]:
    """A check waits 1 to 60 seconds, and says how long."""
    if inputs and not present(inputs, "timeout"):
        yield "timeout", 'it is missing: write "10s", for example'
    found = seconds(inputs, "timeout")
    lowest, highest = limits.UPTIME_TIMEOUT_SECONDS
    if found is not None and not lowest <= found <= highest:
        yield "timeout", f'{found:g} seconds is not within {lowest} and {highest}: write "10s", for example'


@rule("uptime-content", UPTIME_CHECK, source=_PROTO)
def content(inputs: Inputs) -> Iterator[Finding]:
    """A content matcher has at most 1,024 bytes."""
    for place, matcher in messages(inputs, "contentMatchers"):
        yield from within(place, too_long(matcher, "content", size=limits.UPTIME_CONTENT_BYTES))


@rule("uptime-content-first", UPTIME_CHECK, severity=Severity.WARNING, source=_PROTO)
def content_first(inputs: Inputs) -> Iterator[Finding]:
    """Only the first content matcher is used."""
    found = len(items(inputs, "contentMatchers"))
    if found > 1:
        yield "contentMatchers", f"only the first of {found} is used: keep that one"


@rule("uptime-request", UPTIME_CHECK, source=_PROTO)
def request(inputs: Inputs) -> Iterator[Finding]:
    """A check sends at most 100 headers and a body of at most 1 MiB."""
    found = mapping(inputs, "httpCheck")
    headers = len(mapping(found, "headers"))
    if headers > limits.UPTIME_HEADERS:
        yield "httpCheck.headers", f"{headers} headers, at most {limits.UPTIME_HEADERS} are allowed: remove some"
    body = text(found, "body")
    if body is not None:
        try:
            size = len(base64.b64decode(body, validate=True))
        except (binascii.Error, ValueError):
            yield "httpCheck.body", "the body is base64: encode it"
            return
        if size > limits.UPTIME_BODY_BYTES:
            yield "httpCheck.body", f"{size} bytes, at most {limits.UPTIME_BODY_BYTES} are allowed: shorten it"


@rule("uptime-regions", UPTIME_CHECK, source=_PROTO)
def regions(inputs: Inputs) -> Iterator[Finding]:
    """A check that names regions names enough for 3 locations; a region that stands twice counts once."""
    found = items(inputs, "selectedRegions")
    if not found or not all(isinstance(region, str) for region in found):
        return
    if any(unknown(region) for region in found):
        return
    covered = locations(str(region) for region in found)
    if covered < limits.UPTIME_LOCATIONS:
        message = f"{covered} location(s), at least {limits.UPTIME_LOCATIONS} are needed: add regions, or name none"
        yield "selectedRegions", message


@rule("uptime-pings", UPTIME_CHECK, source=_PROTO)
def pings(inputs: Inputs) -> Iterator[Finding]:
    """A check sends at most 3 pings."""
    for name in ("httpCheck", "tcpCheck"):
        found = number(mapping(mapping(inputs, name), "pingConfig"), "pingsCount")
        if found is not None and not 1 <= found <= limits.UPTIME_PINGS:
            yield f"{name}.pingConfig.pingsCount", f"{found:g}: write 1 to {limits.UPTIME_PINGS}, or leave it out"


@rule("uptime-kind", UPTIME_CHECK, source=_PROTO)
def kind(inputs: Inputs) -> Iterator[Finding]:
    """A check asks by HTTP, by TCP or as a synthetic monitor, one of them."""
    found = [name for name in ("httpCheck", "tcpCheck", "syntheticMonitor") if present(inputs, name)]
    if len(found) > 1:
        yield found[1], f"{len(found)} kinds of check ({', '.join(found)}): keep one"
    if not found and inputs:
        yield "httpCheck", "nothing says how to check: give one of httpCheck, tcpCheck and syntheticMonitor"


@rule("uptime-tcp-port", UPTIME_CHECK, source=_PROTO)
def tcp_port(inputs: Inputs) -> Iterator[Finding]:
    """A check by TCP names its port."""
    found = mapping(inputs, "tcpCheck")
    if present(inputs, "tcpCheck") and not opaque(inputs, "tcpCheck") and not present(found, "port"):
        yield "tcpCheck.port", "it is missing: give the port to connect to"


@rule("uptime-content-type", UPTIME_CHECK, source=f"{_PROTO}, HttpCheck.content_type, custom_content_type and body")
def content_type(inputs: Inputs) -> Iterator[Finding]:
    """A POST says its content type, in its own field; a GET has neither content type nor body."""
    found = mapping(inputs, "httpCheck")
    for field, message in request_faults(
        method=_choice(found, "requestMethod", "METHOD_UNSPECIFIED"),
        content_type=_choice(found, "contentType", "TYPE_UNSPECIFIED"),
        custom=present(found, "customContentType") and found["customContentType"] != "",
        body=present(found, "body") and found["body"] != "",
        headers=mapping(found, "headers"),
    ):
        yield f"httpCheck.{field}", message


def _choice(inputs: Inputs, key: str, unset: str) -> str | None:
    """An enum's value, empty where it is not set; None where it is not known."""
    if not present(inputs, key):
        return ""
    found = literal(inputs, key)
    return "" if found == unset else found


@rule("uptime-json-path", UPTIME_CHECK, source=f"{_PROTO}, ContentMatcher.additional_matcher_info")
def json_path(inputs: Inputs) -> Iterator[Finding]:
    """A matcher of JSON says by a path what it looks at; no other matcher has one."""
    for place, matcher in messages(inputs, "contentMatchers"):
        kind = literal(matcher, "matcher")
        if present(matcher, "matcher") and kind is None:
            continue
        of_json, path = kind in JSON_MATCHERS, mapping(matcher, "jsonPathMatcher")
        if of_json and not opaque(matcher, "jsonPathMatcher") and path.get("jsonPath") in {None, ""}:
            yield f"{place}.jsonPathMatcher.jsonPath", f'{kind} needs a path: write "$.status", for example'
        if not of_json and present(matcher, "jsonPathMatcher"):
            yield f"{place}.jsonPathMatcher", f"only {' and '.join(JSON_MATCHERS)} have a path: remove it"


@rule(
    "uptime-masked-header",
    UPTIME_CHECK,
    severity=Severity.WARNING,
    source="recorded requests: masked headers are served as ******",
)
def masked_header(inputs: Inputs) -> Iterator[Finding]:
    """Headers that carry credentials are masked."""
    found = mapping(inputs, "httpCheck")
    if found.get("maskHeaders") is True:
        return
    for name in mapping(found, "headers"):
        if name.lower() in ("authorization", "proxy-authorization", "cookie", "x-api-key"):
            value = literal(mapping(found, "headers"), name)
            if value is not None:
                yield "httpCheck.maskHeaders", f"the header {name} is shown to everyone who may read: set it to true"
