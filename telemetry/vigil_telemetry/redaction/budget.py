"""What scanning may cost: a bound for each record, and one for each text that grows with its length.

Whoever can write into a log can write what is dear to scan. Work is counted in steps of about a microsecond, not in
time, so that the same text always comes out the same.
"""

from __future__ import annotations

CHARACTERS = 250_000
"""Characters of a record that are scanned; a line holds no more (`guard.LIMIT`). What is beyond is left out."""
NODES = 4_000
"""Values of a record that are looked at."""
LENGTH = 16
"""Characters of a value that are looked through in one step."""
_STEPS, _CHARACTERS_A_STEP = 400, 7
"""Steps that any text may take, and one more for so many characters: plain text takes far fewer."""


class TooDenseError(Exception):
    """A text has more places to look at than its length allows for."""


class Steps:
    """The steps that scanning one text may take."""

    __slots__ = ("left",)

    def __init__(self, characters: int) -> None:
        self.left = _STEPS + characters // _CHARACTERS_A_STEP

    def spend(self, steps: int) -> None:
        """Take steps off what is left. Raises TooDenseError where none are left."""
        self.left -= steps
        if self.left < 0:
            raise TooDenseError


class Budget:
    """What all texts and values of one record may take together."""

    __slots__ = ("characters", "nodes")

    def __init__(self, characters: int = CHARACTERS, nodes: int = NODES) -> None:
        self.characters = characters
        self.nodes = nodes

    def characters_for(self, wanted: int) -> int:
        """Take so many characters, or what is left."""
        granted = min(wanted, self.characters)
        self.characters -= granted
        return granted

    def node(self) -> bool:
        """Take one value; False where none are left."""
        self.nodes -= 1
        return self.nodes >= 0
