"""A program made of what a project has: `plan` says what becomes what, `files` writes it, `imports` names the ids.

Nothing here writes to a project. `prove` runs the program that was written and compares it with what was found.
"""

from vigil_verify.adopt._imports import imports
from vigil_verify.adopt._plan import Adopted, Plan, plan, slug
from vigil_verify.adopt._program import files
from vigil_verify.adopt._proof import UnequalError, prove

__all__ = ["Adopted", "Plan", "UnequalError", "files", "imports", "plan", "prove", "slug"]
"""The public names."""
