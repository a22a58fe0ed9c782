"""The types of arguments that say more than Python's own: ranges, ids, addresses, and what a preview must know.

`validated` (of `vigil_telemetry.arguments`) checks each of them where the argument is given. A type of plain `str` is
a value that must be known during preview, because an id, a filter or a text is made of it; `pulumi.Input[...]` also
takes an Output.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pulumi

from vigil_components.durations import days, hours, minutes
from vigil_telemetry.arguments import Constraint, Project, UnitCode, matching, unknown_name, validated

__all__ = [
    "LONGEST_HOLD",
    "Address",
    "Bounds",
    "Fraction",
    "Id",
    "Identifier",
    "InputName",
    "InputProject",
    "Lasting",
    "LogLocation",
    "Name",
    "NotNegative",
    "Positive",
    "PositiveCount",
    "Project",
    "PublicAddress",
    "Quantile",
    "Region",
    "RunbookId",
    "SecretAddress",
    "UnitCode",
    "Version",
    "Window",
    "holds_credential",
    "is_address",
    "is_label_value",
    "joined",
    "refuse_twice",
    "unknown_name",
    "validated",
    "without_credential",
]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RUNBOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{1,63}")
_CREDENTIAL = re.compile(r"token|secret|passw|pwd|signature|credential|^(?:auth|sig|api_?key|key|access_key|code)$")
"""Names of parameters whose values let somebody in."""
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


_PLACE = re.compile(r"[a-z]+(-[a-z]+)+[0-9]{1,2}(-[a-z])?")
_ZONE = re.compile(r"[0-9]-[a-z]$")


def _is_region(value: str) -> bool:
    return _PLACE.fullmatch(value) is not None and not _ZONE.search(value)


def _as_region(value: str) -> str:
    if _ZONE.search(value):
        return f"that is a zone; give its region, {value[:-2]!r}"
    return "give a region, such as 'europe-west1'"


def is_label_value(text: str) -> bool:
    """Return whether a text can be the value of a user label of Monitoring."""
    return _LABEL_VALUE.fullmatch(text) is not None


def _as_fraction(value: float) -> str:
    percent = f", such as {value / 100:.12g} for {value:.12g} %" if 1 <= value < 100 else ", such as 0.05 for 5 %"  # noqa: PLR2004 - per cent
    return f"give a part of the whole, more than 0 and less than 1{percent}"


def _as_runbook(value: str) -> str:
    if value.endswith(".md"):
        return f"give the page's id, {value.removesuffix('.md')!r}: the link adds '.md'"
    return "give the id of a page below runbooks_url, such as 'error-ratio': letters, digits, dashes and slashes"


def is_address(value: str) -> bool:
    """Return whether a text is a web address that names a host."""
    try:
        parts = urlsplit(value)
        # reading the port refuses a wrong one
        named = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        return named and not re.search(r"\s", value)
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    """Return whether Google can reach an address from outside, or the emulator on its own machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_global or ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or ("." in host and not host.endswith((".localhost", ".local", ".internal")))


def holds_credential(address: str) -> bool:
    """Return whether an address holds a user, a password or a token, which everybody who reads it could use."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    names = {name.lower().replace("-", "_") for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return "@" in parts.netloc or any(_CREDENTIAL.search(name) for name in names)


LONGEST = 512
"""Characters of a name that people read (google/monitoring/v3/alert.proto, display_name)."""

Filled: TypeAlias = Annotated[str, Constraint(lambda value: bool(value.strip()), "give a text that is not empty")]
"""A text that is not empty, of any length and several lines, known during preview."""

OneLine: TypeAlias = Annotated[
    str,
    Constraint(lambda value: len(value.splitlines()) <= 1, "give a text of one line"),
    Constraint(lambda value: len(value) <= LONGEST, f"give at most {LONGEST} characters"),
]
"""A text of one line, which may be empty, known during preview."""

Name: TypeAlias = Annotated[OneLine, Constraint(lambda value: bool(value.strip()), "give a text that is not empty")]
"""A text of one line that is not empty, known during preview."""

LabelValue: TypeAlias = Annotated[
    Name,
    Constraint(
        is_label_value,
        "give lower-case letters, digits, dashes and underscores, at most 63, since it is the value of a label",
    ),
]
"""The value of a user label of Monitoring, known during preview."""

Place: TypeAlias = Annotated[
    Name,
    matching(_PLACE, "give a region or zone, such as 'europe-west1'"),
]
"""A region or a zone of Google Cloud, known during preview.

Its form decides, not a list: Google adds regions (https://cloud.google.com/compute/docs/regions-zones).
"""

Region: TypeAlias = Annotated[
    Name,
    Constraint(_is_region, _as_region),
]
"""A region of Google Cloud, known during preview."""

LogLocation: TypeAlias = Annotated[
    Name,
    Constraint(
        lambda value: value in {"global", "eu", "us"} or _is_region(value),
        "give a region such as 'europe-west1', 'eu', 'us' or 'global'",
    ),
]
"""Where a log bucket is (https://docs.cloud.google.com/logging/docs/region-support), known during preview."""

ResourceName: TypeAlias = Annotated[
    Name,
    Constraint(
        lambda value: "::" not in value and value == value.strip(),
        "give a name without '::' and without blanks around it, unique in the program",
    ),
]
"""The name of a resource in the Pulumi program, known during preview."""

Id: TypeAlias = Annotated[
    str,
    matching(
        _SLUG,
        "use lower-case words joined by dashes, such as 'error-ratio'",
    ),
    Constraint(lambda value: len(value) <= 63, "give at most 63 characters, since it is the value of a label"),  # noqa: PLR2004 - Monitoring's limit
]
"""Lower-case words joined by dashes, known during preview: resources, policies and proofs are found by it."""

Identifier: TypeAlias = Annotated[
    str,
    matching(
        _IDENTIFIER,
        "give the id alone: letters, digits, dashes, dots and underscores, without spaces and slashes",
    ),
    Constraint(lambda value: len(value) <= 100, "give at most 100 characters"),  # noqa: PLR2004 - the longest of any id here
]
"""The id of a resource of Google Cloud without its path, known during preview."""

InputProject: TypeAlias = pulumi.Input[Project]
"""A Google Cloud project's id, or an Output of one."""

InputName: TypeAlias = pulumi.Input[Filled]
"""A text that is not empty, or an Output of one."""

RunbookId: TypeAlias = Annotated[
    str,
    Constraint(lambda value: not value.strip() or _RUNBOOK.fullmatch(value) is not None, _as_runbook),
    Constraint(lambda value: len(value) <= 200, "give at most 200 characters, since the link holds an address as well"),  # noqa: PLR2004 - of 2,083
]
"""The id of a runbook page: its path below `runbooks_url`, without `.md`."""

SecretAddress: TypeAlias = Annotated[
    str, Constraint(is_address, "give an address that begins with https:// (or http://) and names a host")
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

PublicAddress: TypeAlias = Annotated[
    Address,
    Constraint(_is_public, "give an address that Google can reach from outside, of a public host"),
]
"""A web address that can be reached from anywhere; one of this machine is for a stack on the emulator."""

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

LONGEST_HOLD = hours(23.5)
"""Longest duration of a condition (https://docs.cloud.google.com/monitoring/alerts/concepts-indepth)."""

_MOST = timedelta(days=36_500)
_WHOLE = Constraint(lambda value: not value % timedelta(seconds=1), "give whole seconds")

Duration: TypeAlias = Annotated[
    timedelta,
    Constraint(lambda value: timedelta(0) <= value <= _MOST, "give a duration such as minutes(5), none to a century"),
    _WHOLE,
]
"""A duration of whole seconds that is not negative."""

AutoClose: TypeAlias = Annotated[
    Duration,
    Constraint(
        lambda value: value >= minutes(30), "give minutes(30) or more: the API takes 1800s (30 minutes) at the least"
    ),
]
"""How long without data until an incident closes by itself: 30 minutes or more."""

_FURTHEST = Constraint(
    lambda value: value <= days(366),
    "give at most days(366): a query over more reads too much to be evaluated each minute",
)
"""Ours, not Google's, which documents no limit for PromQL; it keeps points of our metrics for two years
(https://docs.cloud.google.com/monitoring/quotas#data_retention_policy)."""

Window: TypeAlias = Annotated[
    timedelta,
    _FURTHEST,
    Constraint(
        lambda value: value >= minutes(1),
        "a log-based metric has one point a minute: give at least one minute, such as minutes(5)",
    ),
    _WHOLE,
]
"""How far back a query looks: at least a minute."""

Lasting: TypeAlias = Annotated[
    timedelta,
    Constraint(
        lambda value: value >= timedelta(0) and not value % minutes(1),
        "give whole minutes, such as minutes(5), since conditions are evaluated once a minute",
    ),
    Constraint(lambda value: value <= LONGEST_HOLD, "give at most hours(23.5): Monitoring holds no condition longer"),
]
"""How long a condition must hold: whole minutes, at most 23.5 hours."""


def refuse_twice(argument: str, names: Sequence[str]) -> None:
    """Refuse names of which one is given twice. Raises ValueError."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{argument} has {', '.join(twice)} more than once; give it once")


def without_credential(argument: str, address: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return an address that everybody may read. One that is known later, and is no secret, is refused then."""
    if isinstance(address, str):
        return address  # refused where it was given
    output = pulumi.Output.from_input(address)

    async def refused(known: str) -> str:
        if holds_credential(known) and not await output.is_secret():
            raise ValueError(f"{argument} holds a credential, which everybody who may read it could use")
        return known

    return output.apply(refused)


def joined(*parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """Join texts and Outputs of texts: to a text where all are known, else to an Output."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return pulumi.Output.concat(*parts)
