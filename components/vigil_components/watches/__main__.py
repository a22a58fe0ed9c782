"""Prints the page of watches: `python -m vigil_components.watches > docs/watches.md`."""

from vigil_components.watches.page import page

print(page(), end="")  # noqa: T201 - it is what the command is for
