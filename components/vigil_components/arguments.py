"""The types of arguments that say more than Python's own: ranges, ids, addresses, and what a preview must know.

`validated` (of `vigil_telemetry.arguments`) checks each of them where the argument is given. A type of plain `str` is
a value that must be known during preview, because an id, a filter or a text is made of it; `pulumi.Input[...]` also
takes an Output.
"""

import re
from datetime import timedelta
from typing import Annotated, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pulumi

from vigil_components.durations import minutes
from vigil_telemetry.arguments import Constraint, unknown_name, validated

__all__ = [
    "Address",
    "Bounds",
    "Fraction",
    "Id",
    "Identifier",
    "InputName",
    "InputProject",
    "Lasting",
    "Name",
    "NotNegative",
    "Positive",
    "PositiveCount",
    "Project",
    "Quantile",
    "RunbookId",
    "SecretAddress",
    "Version",
    "Window",
    "holds_credential",
    "joined",
    "unknown_name",
    "validated",
]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RUNBOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*")
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*")
_CREDENTIAL = re.compile(r"token|secret|passw|pwd|signature|credential|^(?:auth|sig|api_?key|key|access_key|code)$")
"""Names of parameters whose values let somebody in."""
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def _as_fraction(value: float) -> str:
    percent = f", such as {value / 100:.12g} for {value:.12g} %" if 1 <= value < 100 else ", such as 0.05 for 5 %"  # noqa: PLR2004 - per cent
    return f"give a part of the whole, more than 0 and less than 1{percent}"


def _as_runbook(value: str) -> str:
    if value.endswith(".md"):
        return f"give the page's id, {value.removesuffix('.md')!r}: the link adds '.md'"
    return "give the id of a page below runbooks_url, such as 'error-ratio': letters, digits, dashes and slashes"


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", value)
    except ValueError:
        return False


def holds_credential(address: str) -> bool:
    """Return whether an address holds a user, a password or a token, which everybody who reads it could use."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    names = {name.lower().replace("-", "_") for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return "@" in parts.netloc or any(_CREDENTIAL.search(name) for name in names)


Name: TypeAlias = Annotated[str, Constraint(lambda value: bool(value.strip()), "give a text that is not empty")]
"""A text that is not empty, known during preview."""

Id: TypeAlias = Annotated[
    str,
    Constraint(
        lambda value: _SLUG.fullmatch(value) is not None,
        "use lower-case words joined by dashes, such as 'error-ratio'",
    ),
]
"""Lower-case words joined by dashes, known during preview: resources, policies and proofs are found by it."""

Identifier: TypeAlias = Annotated[
    str,
    Constraint(
        lambda value: _IDENTIFIER.fullmatch(value) is not None,
        "give the id alone: letters, digits, dashes, dots and underscores, without spaces and slashes",
    ),
]
"""The id of a resource of Google Cloud without its path, known during preview."""

Project: TypeAlias = Annotated[
    str,
    Constraint(
        lambda value: _PROJECT.fullmatch(value) is not None,
        "give the project's id alone, such as 'example-prod', without 'projects/'",
    ),
]
"""A Google Cloud project's id, known during preview."""

InputProject: TypeAlias = pulumi.Input[Project]
"""A Google Cloud project's id, or an Output of one."""

InputName: TypeAlias = pulumi.Input[Name]
"""A text that is not empty, or an Output of one."""

RunbookId: TypeAlias = Annotated[
    str, Constraint(lambda value: not value.strip() or _RUNBOOK.fullmatch(value) is not None, _as_runbook)
]
"""The id of a runbook page: its path below `runbooks_url`, without `.md`."""

SecretAddress: TypeAlias = Annotated[
    str, Constraint(_is_address, "give an address that begins with https:// (or http://) and names a host")
]
"""A web address that may hold a token, since it is kept as a secret."""

Address: TypeAlias = Annotated[
    SecretAddress,
    Constraint(
        lambda value: not holds_credential(value),
        "the address holds a credential, which everybody who may read it could use; give it in a field for secrets "
        "(password, secret_headers, or TokenWebhook for an address that is itself a secret)",
    ),
]
"""A web address without credentials, known during preview."""

Fraction: TypeAlias = Annotated[float, Constraint(lambda value: 0 < value < 1, _as_fraction)]
"""A part of a whole, more than 0 and less than 1."""

Quantile: TypeAlias = Annotated[
    float,
    Constraint(lambda value: 0 < value < 1, "a quantile lies between 0 and 1: give 0.95 for the 95th percentile"),
]
"""A quantile, more than 0 and less than 1."""

Positive: TypeAlias = Annotated[float, Constraint(lambda value: value > 0, "give a number above 0")]
"""A number above 0."""

NotNegative: TypeAlias = Annotated[float, Constraint(lambda value: value >= 0, "give 0 or more")]
"""A number that is not negative."""

PositiveCount: TypeAlias = Annotated[int, Constraint(lambda value: value > 0, "give 1 or more")]
"""A whole number above 0."""

Version: TypeAlias = Annotated[int, Constraint(lambda value: value > 0, "give 1, and one more at each change")]
"""A number that is raised when a secret changes."""

Bounds: TypeAlias = tuple[float, ...]
"""Bounds of buckets, strictly increasing."""

Window: TypeAlias = Annotated[
    timedelta,
    Constraint(
        lambda value: value >= minutes(1),
        "a log-based metric has one point a minute: give at least one minute, such as minutes(5)",
    ),
    Constraint(lambda value: not value % timedelta(seconds=1), "give whole seconds"),
]
"""How far back a query looks: at least a minute."""

Lasting: TypeAlias = Annotated[
    timedelta,
    Constraint(
        lambda value: value >= timedelta(0) and not value % minutes(1),
        "give whole minutes, such as minutes(5), since conditions are evaluated once a minute",
    ),
]
"""How long a condition must hold: whole minutes."""


def joined(*parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """Join texts and Outputs of texts: to a text where all are known, else to an Output."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return pulumi.Output.concat(*parts)
