"""Tests derived from policies: for each condition an input that fires and a near miss that does not.

`derive(policy)` finds the inputs by asking the emulator's own evaluation, so that every aligner, reducer and function
that it knows is inverted without its own formula.
"""

from vigil_proofs.unit.derive._derive import Derived, Status, derive
from vigil_proofs.unit.derive._reason import CannotInvertError

__all__ = ["CannotInvertError", "Derived", "Status", "derive"]
