"""What `[tool.vigil.cost]` says of a stack: how much it writes, and what a month may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from vigil_runner.tool_settings import ToolSettings, ToolSettingsError

_TABLES: Final = ("lines", "bytes", "series")
_NUMBERS: Final = ("budget", "other_gib", "samples")
_KEYS: Final = (*_NUMBERS, *_TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSettings:
    """What a stack writes, where nothing was measured, and its budget."""

    budget: float | None = None
    """Dollars a month. Default: none."""
    lines: Mapping[str, float] = field(default_factory=dict[str, float])
    """Lines a second, by event or `service/event`."""
    bytes: Mapping[str, float] = field(default_factory=dict[str, float])
    """Bytes of a line, by event or `service/event`. Default: as long as the library writes a sample."""
    series: Mapping[str, float] = field(default_factory=dict[str, float])
    """Time series of log-based metrics, by name or `service/event`. Default: as many as their labels can have."""
    other_gib: float = 0.0
    """GiB a month of lines that are no event."""
    samples: float = 0.0
    """Samples a second that applications send to Monitoring themselves, such as over OTLP."""


def cost_settings(settings: ToolSettings, stack: str) -> CostSettings:
    """Return what `[tool.vigil.cost]` says, what stands below `stacks.STACK` before the rest.

    Raises ToolSettingsError for an unknown key and for a value of another kind.
    """
    file = settings.root / "pyproject.toml"
    general = dict(settings.cost)
    stacks = general.pop("stacks", {})
    if not isinstance(stacks, dict):
        raise _wrong(file, "stacks", stacks, "write [tool.vigil.cost.stacks.STACK] and keys below it")
    own = cast("dict[str, object]", stacks).get(stack, {})
    if not isinstance(own, dict):
        raise _wrong(file, f"stacks.{stack}", own, f"write [tool.vigil.cost.stacks.{stack}] and keys below it")
    found: dict[str, float | dict[str, float]] = {}
    for prefix, table in (("", general), (f"stacks.{stack}.", cast("dict[str, object]", own))):
        for key, value in table.items():
            if key in _NUMBERS:
                found[key] = _number(file, f"{prefix}{key}", value)
            elif key in _TABLES:
                before = cast("dict[str, float]", found.get(key, {}))
                found[key] = {**before, **_numbers(file, f"{prefix}{key}", value)}
            else:
                raise ToolSettingsError(
                    f"[tool.vigil.cost] in {file} has the unknown key {prefix + key!r}. "
                    f"Remedy: the keys are {', '.join(_KEYS)} and stacks."
                )
    return CostSettings(**found)  # pyright: ignore[reportArgumentType] - each key has its kind, checked above


def _numbers(file: Path, key: str, value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        raise _wrong(file, key, value, 'write a table, such as {"order.accepted" = 2.5}')
    return {name: _number(file, f"{key}.{name}", one) for name, one in cast("dict[str, object]", value).items()}


def _number(file: Path, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _wrong(file, key, value, "give a number that is not negative")
    return float(value)


def _wrong(file: Path, key: str, value: object, remedy: str) -> ToolSettingsError:
    return ToolSettingsError(f"[tool.vigil.cost] {key} in {file} is {value!r}. Remedy: {remedy}.")
