"""Alerts and dashboards verified where they are deployed: on Google Cloud, or on an emulator.

``Access`` reaches a project through Google's own clients, ``verify`` looks at everything that a stack declares there,
``fire`` causes an alert with marked synthetic events and waits for its incident and for its recovery.
"""

from engine.verify.access import Access, AccessError
from engine.verify.findings import Finding, Verification
from engine.verify.run import verify

__all__ = ["Access", "AccessError", "Finding", "Verification", "verify"]
