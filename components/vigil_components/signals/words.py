"""Names of events and metrics as people say them, for legends: `http.request.failed` is "HTTP requests failed"."""

import re
from typing import Final

from vigil_components.arguments import validated

_ACRONYMS: Final = {
    "ai": "AI", "api": "API", "cpu": "CPU", "db": "database", "http": "HTTP", "id": "ID", "io": "I/O", "llm": "LLM",
    "pg": "Postgres", "postgres": "Postgres", "rpc": "RPC", "sql": "SQL", "ssl": "SSL", "tcp": "TCP",
    "temporal": "Temporal", "tls": "TLS", "url": "URL",
}  # fmt: skip
_VERSION: Final = re.compile(r"\.v\d+$")
_ACTIVE: Final = frozenset({"failed", "crashed", "died", "ended", "expired", "hung", "stalled", "succeeded"})
"""What things do; everything else is done to them."""
_REDUCED: Final = {"max": "highest", "min": "lowest", "avg": "mean", "sum": "sum"}


@validated
def words(name: str) -> str:
    """Return a name's words: separators as spaces, acronyms as they are written."""
    return " ".join(_ACRONYMS.get(part.lower(), part) for part in re.split(r"[._\-/:]+", name) if part)


@validated
def things(event: str) -> tuple[str, str]:
    """Return what an event speaks of, in the plural, and what happened: ("HTTP requests", "failed").

    Of a name of one word the first is empty.
    """
    before, _, happened = _VERSION.sub("", event).rpartition(".")
    noun = words(before)
    return (noun if not noun or noun.endswith("s") else f"{noun}s", words(happened))


@validated
def happened(event: str) -> str:
    """Return an event as people say it, such as "HTTP requests failed"."""
    return " ".join(part for part in things(event) if part)


@validated
def share(bad: str, of: str, where: str = "") -> str:
    """Return what part of some events is bad, such as "share of HTTP requests that failed"."""
    (noun, verb), (whole, _) = things(bad), things(of)
    with_ = f" with {where}" if where else ""
    if bad == of:
        return f"share of {happened(of)}{with_}"
    if not noun or noun != whole:
        return f"{happened(bad)}{with_}, for each of {happened(of)}"
    return f"share of {noun} that {verb if verb in _ACTIVE else f'were {verb}'}{with_}"


@validated
def measured(metric: str, reduce: str = "") -> str:
    """Return a metric's PromQL name as people say it, such as "Postgres up, lowest"."""
    name = words(metric.rpartition(":")[2].removesuffix("_total"))
    return f"{name}, {_REDUCED.get(reduce, reduce)}" if reduce else name
