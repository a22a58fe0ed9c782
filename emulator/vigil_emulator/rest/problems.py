"""What is wrong with a request, in the words of Google's front end."""

from dataclasses import dataclass, field
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError

Where: TypeAlias = "tuple[Where, str | int] | None"
"""A path into the body, innermost part last: `(((None, "alert_policy"), "conditions"), 0)`."""


@dataclass
class Problems:
    """What is wrong with a body, found in one pass, as `google.rpc.BadRequest` lists it."""

    violations: list[tuple[str, str]] = field(default_factory=list["tuple[str, str]"])

    def add(self, where: Where, description: str) -> None:
        """Note a problem at a path."""
        self.violations.append((path_text(where), description))

    def unknown(self, where: Where, name: str, why: str = "Cannot find field.") -> None:
        """Note a name that the schema does not have."""
        at = f" at '{path_text(where)}'" if where else ""
        self.add(where, f'Invalid JSON payload received. Unknown name "{name}"{at}: {why}')

    def invalid(self, where: Where, type_name: str, value: JsonValue) -> None:
        """Note a value that its field's type does not take."""
        shown = (
            f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        )
        self.add(where, f"Invalid value at '{path_text(where)}' ({type_name}), {shown[:200]}")

    def choose(self, where: Where, one_of: str, first: str, name: str) -> None:
        """Note a second member of a oneof."""
        if name != first:
            self.add(
                where,
                f"Invalid value at '{path_text(where)}' (oneof), oneof field '{one_of}' is already set. Cannot set"
                f" '{name}'",
            )

    def check(self) -> None:
        """Raise ApiError INVALID_ARGUMENT when there is any."""
        if not self.violations:
            return
        violations: list[JsonValue] = [
            {"field": where, "description": text} if where else {"description": text} for where, text in self.violations
        ]
        details: JsonObject = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
        raise ApiError("INVALID_ARGUMENT", "\n".join(text for _, text in self.violations), details=[details])


def path_text(where: Where) -> str:
    """Return the path as Google writes it: `alert_policy.conditions[0].display_name`."""
    parts: list[str] = []
    while where is not None:
        where, part = where
        parts.append(f"[{part}]" if isinstance(part, int) else part)
    return ".".join(reversed(parts)).replace(".[", "[")
