"""Alerts proven before they are deployed: their cases played in an emulator without sockets, on a virtual clock.

``Suite`` judges the alerts of a stack (``vigil test-alerts``), ``alert_tests`` makes a test of each for pytest,
``Story`` plays what happens to a whole system, ``mutation`` changes each policy and sees whether the proofs notice.
"""

from vigil_proofs.documents import ProvenAlert, Subject
from vigil_proofs.suite import Report, Suite, Verdict

__all__ = ["ProvenAlert", "Report", "Subject", "Suite", "Verdict"]
