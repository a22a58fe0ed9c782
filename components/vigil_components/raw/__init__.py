"""Resources that you already have, as the API's JSON, beside typed ones in one stack.

`RawPolicy` and `RawDashboard` take a file or a dictionary; `RawResource` takes any other kind that has rules.
`definition` reads the JSON and fills in its `${NAME}` placeholders.
"""

from vigil_components.raw._kinds import KINDS
from vigil_components.raw.definition import Definition, DefinitionError
from vigil_components.raw.resources import (
    RawDashboard,
    RawDashboardArgs,
    RawPolicy,
    RawPolicyArgs,
    RawResource,
    RawResourceArgs,
)

__all__ = [
    "KINDS",
    "Definition",
    "DefinitionError",
    "RawDashboard",
    "RawDashboardArgs",
    "RawPolicy",
    "RawPolicyArgs",
    "RawResource",
    "RawResourceArgs",
]
