"""Types that several areas share: what bounds their labels, and how things end."""

from typing import Annotated, Literal

from vigil_telemetry.fields import Bounded

ErrorType = Annotated[str, Bounded(at_most=50, by="the exception classes that reach this place")]
Attempt = Annotated[int, Bounded(at_most=20, by="the retry policy: 1 is the first attempt")]
Outcome = Literal["ok", "error", "timeout", "refused", "cancelled"]
