"""What a builder makes of a resource, and the error that says why it makes nothing."""

import re
from dataclasses import dataclass
from datetime import timedelta


class UnlikeError(ValueError):
    """No typed component says what a resource says. The message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The arguments of a typed component, and the resource that it makes of them."""

    args: object
    """The component's arguments."""
    resource: object
    """The SDK's arguments of the resource."""
    description: str
    """What it is, in a few words."""


def duration(text: str) -> timedelta:
    """Return a duration of the API; an empty text is none. Raises UnlikeError for anything else."""
    if not text:
        return timedelta(0)
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)s", text)
    if found is None:
        raise UnlikeError(f"{text!r} is no duration")
    return timedelta(seconds=float(found[1]))
