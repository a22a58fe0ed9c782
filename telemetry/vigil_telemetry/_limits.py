"""How long a line may be."""

LIMIT = 250_000
"""Bytes of a line. Cloud Logging refuses entries over 256 KiB by its own, approximate measure; the rest is left for
the fields that the agent adds.
"""
SHORTEST = 4_096
"""Bytes that a limit must leave at least: room for the fields that every line has."""


def parse_limit(value: int | str) -> int:
    """Return a limit in bytes. Raises ValueError for what is no whole number, or outside the two above."""
    try:
        limit = int(value)
    except ValueError:
        limit = 0
    if not SHORTEST <= limit <= LIMIT:
        raise ValueError(
            f"line limit (VIGIL_LINE_LIMIT) is {value!r}: give whole bytes from {SHORTEST} to {LIMIT}, such as 16384 "
            "for Docker's gcplogs driver"
        )
    return limit
