"""Queries of Cloud Logging in resources: they must parse, and be short enough."""

from vigil_apimodel import lql

from vigil_emulator.errors import ApiError

MAX_QUERY = 20_000
"""Characters of a filter (docs.cloud.google.com/logging/quotas)."""


def check_filter(query: str, field: str) -> None:
    """Raises ApiError INVALID_ARGUMENT for a query that is too long or does not parse."""
    if len(query) > MAX_QUERY:
        raise ApiError(
            "INVALID_ARGUMENT", f"{field} is too long: {len(query)} characters, at most {MAX_QUERY} are allowed"
        )
    try:
        lql.parse(query)
    except lql.QuerySyntaxError as error:
        raise ApiError("INVALID_ARGUMENT", f"Unparseable filter: {error}") from None
