"""A span as it is stored."""

from dataclasses import dataclass, field
from typing import Literal

from vigil_apimodel.json_values import JsonObject

Kind = Literal["", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
Status = Literal["UNSET", "OK", "ERROR"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One operation of a request; times in ns since 1970 on the emulator's clock, ids in hexadecimal."""

    project: str
    trace: str
    id: str
    parent: str = ""
    """Empty for the root."""
    name: str
    kind: Kind = ""
    start: int
    end: int
    status: Status = "UNSET"
    message: str = ""
    """What the status says."""
    attributes: JsonObject = field(default_factory=dict[str, "object"])  # pyright: ignore[reportAssignmentType] - an empty JSON object
    resource: JsonObject = field(default_factory=dict[str, "object"])  # pyright: ignore[reportAssignmentType] - as above
    events: tuple[JsonObject, ...] = ()
    links: tuple[JsonObject, ...] = ()
    scope: str = ""
    """The name of the instrumentation."""

    @property
    def service(self) -> str:
        """The service that made it."""
        return str(self.resource.get("service.name") or "unknown")
