"""The type of what a library made that is not imported here."""

from typing import Any, TypeAlias

Duck: TypeAlias = Any
"""An object of the library that is instrumented: used by its shape, since the library may not be installed."""
