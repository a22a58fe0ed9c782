"""Alerts proven before they are deployed: their cases played in an emulator without sockets, on a virtual clock.

`alert_tests` makes a pytest test of each alert, `Suite` judges the alerts of a stack, `Story` plays what happens
to a whole system, `mutation` changes each policy and sees whether the proofs notice. Names load when they are used:
pytest imports this package in every run, for the fixtures of `pytest_plugin`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigil_proofs.alert_cases import alert_tests
    from vigil_proofs.documents import ProvenAlert, Subject
    from vigil_proofs.story import Story
    from vigil_proofs.suite import Report, Suite, Verdict

_HOME = {
    "ProvenAlert": "documents",
    "Report": "suite",
    "Story": "story",
    "Subject": "documents",
    "Suite": "suite",
    "Verdict": "suite",
    "alert_tests": "alert_cases",
}

__all__ = ["ProvenAlert", "Report", "Story", "Subject", "Suite", "Verdict", "alert_tests"]


if not TYPE_CHECKING:  # a type checker would take every name for one of the module's

    def __getattr__(name: str) -> object:
        """Return a public name from the module that defines it."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
