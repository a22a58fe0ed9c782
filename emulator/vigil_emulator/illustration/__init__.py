"""Pictures of dashboards without data: plausible series are made up for every query, and the picture says so.

`Illustration` draws any dashboard document: a day with its rhythm, and one incident that crosses the thresholds.
"""

from vigil_emulator.illustration._picture import NOTICE, Illustration
from vigil_emulator.illustration._series import fill, queries_of, wanted
from vigil_emulator.illustration._shape import Shape

__all__ = ["NOTICE", "Illustration", "Shape", "fill", "queries_of", "wanted"]
"""Public names."""
