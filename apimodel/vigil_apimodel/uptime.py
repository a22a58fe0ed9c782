"""What the API documents of uptime checks' requests, matchers and regions.

Source: google/monitoring/v3/uptime.proto: `HttpCheck.body`, `content_type` and `custom_content_type`, `ContentMatcher`,
`UptimeCheckRegion`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

JSON_MATCHERS: Final = ("MATCHES_JSON_PATH", "NOT_MATCHES_JSON_PATH")
"""Content matchers that look at a place in a JSON answer, and need its path."""

_LOCATIONS: Final = {"USA": 3}
"""Locations of a region, where it is more than one."""


def locations(regions: Iterable[str]) -> int:
    """Return how many locations the regions are together; one that stands twice counts once."""
    return sum(_LOCATIONS.get(region, 1) for region in set(regions))


def request_faults(
    *, method: str | None, content_type: str | None, custom: bool, body: bool, headers: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield what the API documents as errors of an HTTP check's request: field of `httpCheck`, and what to do.

    `method` and `content_type` are empty where they are not set, None where they are not known.
    """
    post = method == "POST"
    in_headers = any(name.lower() == "content-type" for name in headers)
    if method is None or content_type is None:
        return
    if not post and body:
        yield "body", "a GET sends no body: remove it, or set requestMethod to POST"
    if not post and content_type:
        yield "contentType", "a GET has no content type: remove it, or set requestMethod to POST"
    if not post and custom:
        yield "customContentType", "a GET has no content type: remove it, or set requestMethod to POST"
    if post and not content_type:
        yield "contentType", "a POST needs it: write URL_ENCODED, or USER_PROVIDED with customContentType"
    if in_headers and (post or content_type or custom):
        yield "headers", "Content-Type does not stand among the headers: use contentType and customContentType"
    if custom and content_type == "URL_ENCODED":
        yield "customContentType", "contentType is URL_ENCODED: remove this, or write USER_PROVIDED there"
    if not custom and content_type == "USER_PROVIDED":
        yield "customContentType", "contentType is USER_PROVIDED: say which"
