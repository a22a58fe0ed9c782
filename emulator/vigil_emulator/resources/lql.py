"""Queries of Cloud Logging in resources: they must parse, and be short enough."""

from vigil_apimodel import limits, lql
from vigil_emulator.errors import invalid_argument


def check_filter(query: str, field: str) -> None:
    """Raise ApiError INVALID_ARGUMENT for a query that is too long or does not parse."""
    if len(query) > limits.LOG_FILTER_CHARS:
        raise invalid_argument(
            f"{field} is too long: {len(query)} characters, at most {limits.LOG_FILTER_CHARS} are allowed"
        )
    try:
        lql.parse(query)
    except lql.QuerySyntaxError as error:
        raise invalid_argument(f"Unparseable filter: {error}") from None
