"""What scanning may cost: a bound for each record, and one for each text that grows with its length.

Whoever can write into a log can write text that is slow to scan. Work is counted in steps of about a microsecond, not in
time, so that the same text always comes out the same. The numbers come from log lines of sixteen systems: see
docs/redaction.md for what they take.
"""

from __future__ import annotations

CHARACTERS = 250_000
"""Characters of a record that are scanned; a line holds no more (`guard.LIMIT`). What is beyond is left out."""
NODES = 4_000
"""Values of a record that are looked at."""
LENGTH = 10
"""Characters of a value that are looked through in one step."""
_TEXT, _CHARACTERS_A_STEP = 90, 6
"""Steps that any text may take, and one more for so many characters: plain text takes far fewer."""
_RECORD, _CHARACTERS_A_STEP_OF_A_RECORD = 1_000, 4
"""Steps that all texts of a record may take, and one more for so many characters: many short texts take more than one."""


class TooDenseError(Exception):
    """A text has more places to look at than its length allows for."""


class Steps:
    """The steps that scanning one text may take."""

    __slots__ = ("granted", "left")

    def __init__(self, characters: int, most: int | None = None) -> None:
        self.left = _TEXT + characters // _CHARACTERS_A_STEP
        if most is not None and most < self.left:
            self.left = max(most, 0)
        self.granted = self.left

    @property
    def taken(self) -> int:
        """The steps that were taken, at most those that there were."""
        return self.granted - max(self.left, 0)

    def spend(self, steps: int) -> None:
        """Take steps off what is left. Raises TooDenseError where none are left."""
        self.left -= steps
        if self.left < 0:
            raise TooDenseError


class Budget:
    """What all texts and values of one record may take together."""

    __slots__ = ("characters", "nodes", "steps")

    def __init__(self, characters: int = CHARACTERS, nodes: int = NODES) -> None:
        self.characters = characters
        self.nodes = nodes
        self.steps = _RECORD

    def steps_for(self, characters: int) -> Steps:
        """Return the steps that a text of so many characters may take; `settle` puts back what is left of them."""
        self.steps += characters // _CHARACTERS_A_STEP_OF_A_RECORD
        return Steps(characters, self.steps)

    def settle(self, steps: Steps) -> None:
        """Take off what a text has taken."""
        self.steps -= steps.taken

    def characters_for(self, wanted: int) -> int:
        """Take so many characters, or what is left."""
        granted = min(wanted, self.characters)
        self.characters -= granted
        return granted

    def node(self) -> bool:
        """Take one value; False where none are left."""
        self.nodes -= 1
        return self.nodes >= 0
