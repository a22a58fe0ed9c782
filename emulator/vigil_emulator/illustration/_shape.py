"""The shape of a made-up day: quiet at night, busy in the afternoon, and one incident."""

import math
from dataclasses import dataclass
from typing import Final

DAY: Final = 1440
"""Minutes."""
BUSIEST: Final = 15 * 60
"""Minute of the day with the most traffic."""
SWING: Final = 0.35
"""How far the day swings around its mean, as a part of it."""
INCIDENT: Final = (18 * 60 + 24, 19 * 60 + 36)
"""First and last minute of the incident: long enough to be seen on a chart of a day."""
NORMAL: Final = 0.2
"""Part of a threshold at which a signal usually is."""
CALM: Final = 1.9
"""The same for a signal that is bad below its threshold."""
WORST: Final = 1.5
"""Part of a threshold that a signal reaches in the incident."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A series over the day: its mean, and what the incident makes of it."""

    level: float
    """The mean of the day."""
    factor: float = 1.0
    """What the incident multiplies it by."""

    def at(self, minute: int, place: int = 0) -> float:
        """Return the value at a minute of the day, always more than zero; ``place`` tells a metric's series apart."""
        clock = minute % DAY
        rhythm = 1 + SWING * math.cos((clock - BUSIEST) / DAY * math.tau)
        ripple = 1 + 0.06 * math.sin(minute / 7 + 2 * place) + 0.04 * math.sin(minute / 3.1 + 5 * place)
        size = self.level * (1 if not place else 0.55 / place)
        return size * rhythm * ripple * (self.factor if _within(clock) else 1.0)


def _within(clock: int) -> bool:
    return INCIDENT[0] <= clock <= INCIDENT[1]
