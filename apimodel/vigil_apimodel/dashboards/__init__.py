"""Dashboards as documents: their one canonical form, and a digest that changes with it.

What the canonical form leaves out is spelled field by field in `defaults`, with the reasons. `fields` are those that
the API describes, `unnamed` what it serves beside them. `tiles` are the widgets of any layout, `outline` names them.
"""

from vigil_apimodel.dashboards.canonical import canonical, digest_of_form
from vigil_apimodel.dashboards.fields import FIELDS
from vigil_apimodel.dashboards.tiles import LAYOUTS, Tile, outline, tiles
from vigil_apimodel.dashboards.unnamed import SEEN, WHOLE, Unnamed, accepted, unnamed

__all__ = [
    "FIELDS",
    "LAYOUTS",
    "SEEN",
    "WHOLE",
    "Tile",
    "Unnamed",
    "accepted",
    "canonical",
    "digest_of_form",
    "outline",
    "tiles",
    "unnamed",
]
