"""Checks of policies, dashboards, metrics, sinks and more in files of any form, whoever wrote them.

`load(file)` reads a source, `check(sources)` runs all rules and gives a `Report`; `formats` writes it for people, for
GitHub or as SARIF, and `baseline` keeps what a team has accepted.
"""

from vigil_runner.check import _baseline as baseline
from vigil_runner.check import _formats as formats
from vigil_runner.check._finding import Finding, Level, Report
from vigil_runner.check._found import Found, UnknownError, UnreadableError
from vigil_runner.check._recorded import entries_of
from vigil_runner.check._run import check
from vigil_runner.check._set_rules import SET_RULES, SetRule
from vigil_runner.check._sources import FORMS, Source, files_of, load, load_all

__all__ = [
    "FORMS",
    "SET_RULES",
    "Finding",
    "Found",
    "Level",
    "Report",
    "SetRule",
    "Source",
    "UnknownError",
    "UnreadableError",
    "baseline",
    "check",
    "entries_of",
    "files_of",
    "formats",
    "load",
    "load_all",
]
