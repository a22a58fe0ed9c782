"""Uptime checks, as resources: probing is the data plane's business."""

import base64
import re
import secrets
import string
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.field_names import snake_case
from vigil_apimodel.json_values import JsonObject, child, children, flag, json_map, text, text_map, texts
from vigil_apimodel.uptime import JSON_MATCHERS, locations, request_faults
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.numerals import number
from vigil_emulator.resources.collection import Change, Collection, last
from vigil_emulator.resources.labels import check_user_labels
from vigil_emulator.resources.projects import project_of
from vigil_emulator.times import SECOND, parse_duration

MASK = "******"
"""What a password and masked headers come back as (corpus/recorded-http)."""

_ALPHABET = string.ascii_letters + string.digits + "_-"


class UptimeChecks(Collection):
    """`monitoring.uptimeCheckConfigs`. The store holds whole secrets; clients see stars."""

    kind = "monitoring.uptimeCheckConfigs"
    api = "monitoring.v3"
    schema = "UptimeCheckConfig"
    segment = "uptimeCheckConfigs"
    total_size = True
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_UPTIME_CHECKS, "uptime checks")

    def new_id(self, call: Call) -> str:
        """Return the display name in small letters, and eleven characters more."""
        slug = re.sub(r"[^a-z0-9]+", "-", text(call.body, "displayName").lower()).strip("-")[:60]
        return f"{slug or 'check'}-{''.join(secrets.choice(_ALPHABET) for _ in range(11))}"

    def prepare(self, change: Change) -> JsonObject:
        """Check what is probed and how often, and add the defaults."""
        body = change.body
        _check_present(body)
        _check_times(body)
        _check_answers(body)
        check_user_labels(text_map(body, "userLabels"), "uptime_check_config")
        if "httpCheck" in body:
            _complete(child(body, "httpCheck"))
        if "syntheticMonitor" not in body:
            body.setdefault("checkerType", "STATIC_IP_CHECKERS")
        return body

    def serve(self, body: JsonObject) -> JsonObject:
        """Return the check with its secrets replaced by stars."""
        http = dict(child(body, "httpCheck"))
        if not http:
            return body
        if text(child(http, "authInfo"), "password"):
            http["authInfo"] = {**child(http, "authInfo"), "password": MASK}
        if flag(http, "maskHeaders") and "headers" in http:
            http["headers"] = json_map(dict.fromkeys(text_map(http, "headers"), MASK))
        return {**body, "httpCheck": http}

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"Config not found for check {last(name)} in project {project_of(name)}")


def _check_present(body: JsonObject) -> None:
    if not text(body, "displayName"):
        raise missing_field("uptime_check_config.display_name")
    kinds = {"httpCheck", "tcpCheck", "syntheticMonitor"} & body.keys()
    if len(kinds) != 1:
        raise missing_field("uptime_check_config.check_request_type")
    if not {"monitoredResource", "resourceGroup", "syntheticMonitor"} & body.keys():
        raise missing_field("uptime_check_config.resource")
    if not text(body, "timeout"):
        raise missing_field("uptime_check_config.timeout")
    if "tcpCheck" in body and not number(child(body, "tcpCheck"), "port"):
        raise missing_field("uptime_check_config.tcp_check.port")


def _check_times(body: JsonObject) -> None:
    body.setdefault("period", "60s")
    period = parse_duration(text(body, "period")) / SECOND
    if period not in limits.UPTIME_PERIODS_SECONDS:
        raise _invalid(
            "period",
            text(body, "period"),
            f"must be one of {', '.join(f'{seconds}s' for seconds in limits.UPTIME_PERIODS_SECONDS)}",
        )
    timeout = parse_duration(text(body, "timeout")) / SECOND
    if not 1 <= timeout <= 60:  # noqa: PLR2004 - uptime.proto
        raise _invalid("timeout", text(body, "timeout"), "must be 1 to 60 seconds")


def _check_answers(body: JsonObject) -> None:
    """Content matchers, pings, regions."""
    for matcher in children(body, "contentMatchers"):
        if len(text(matcher, "content").encode()) > limits.UPTIME_CONTENT_BYTES:
            raise _invalid(
                "content_matchers",
                text(matcher, "content")[:50],
                f"must be at most {limits.UPTIME_CONTENT_BYTES} bytes",
            )
        _check_matcher(matcher)
    for name in ("httpCheck", "tcpCheck"):
        ping = child(child(body, name), "pingConfig")
        if not 0 <= number(ping, "pingsCount") <= limits.UPTIME_PINGS:
            raise _invalid("ping_config.pings_count", f"{number(ping, 'pingsCount'):g}", "must be 1 to 3")
    regions = texts(body, "selectedRegions")
    if regions and locations(regions) < limits.UPTIME_LOCATIONS:
        raise _invalid(
            "selected_regions", ", ".join(regions), f"must include at least {limits.UPTIME_LOCATIONS} locations"
        )


def _complete(http: JsonObject) -> None:
    headers = text_map(http, "headers")
    if len(headers) > limits.UPTIME_HEADERS:
        raise _invalid("http_check.headers", str(len(headers)), f"at most {limits.UPTIME_HEADERS} headers are allowed")
    own_headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    for field, why in request_faults(
        method=text(http, "requestMethod").replace("METHOD_UNSPECIFIED", ""),
        content_type=text(http, "contentType").replace("TYPE_UNSPECIFIED", ""),
        custom=bool(text(http, "customContentType")),
        body=bool(text(http, "body")),
        headers=own_headers,
    ):
        raise _invalid(f"http_check.{snake_case(field)}", text(http, field), why)
    payload = base64.b64decode(text(http, "body"))
    if len(payload) > limits.UPTIME_BODY_BYTES:
        raise _invalid("http_check.body", f"{len(payload)} bytes", f"must be at most {limits.UPTIME_BODY_BYTES} bytes")
    if payload:
        http["headers"] = json_map({**headers, "Content-Length": str(len(payload))})
    http.setdefault("requestMethod", "GET")


def _check_matcher(matcher: JsonObject) -> None:
    kind = text(matcher, "matcher")
    path = text(child(matcher, "jsonPathMatcher"), "jsonPath")
    if kind in JSON_MATCHERS and not path:
        raise missing_field("uptime_check_config.content_matchers.json_path_matcher.json_path")
    if kind not in JSON_MATCHERS and "jsonPathMatcher" in matcher:
        raise _invalid("content_matchers.json_path_matcher", path, f"only {' and '.join(JSON_MATCHERS)} have one")


def _invalid(field: str, value: str, why: str) -> ApiError:
    return invalid_argument(f'Field uptime_check_config.{field} had an invalid value of "{value}": {why}')
