"""Alerts and dashboards verified where they are deployed: on Google Cloud, or on an emulator.

``verify`` looks at everything that a stack declares in a project, ``fire`` causes an alert with marked synthetic events
and waits for its incident, its notification (``probe``) and its recovery.
"""

from engine.access import Access, AccessError
from engine.verify.findings import Finding, Verification
from engine.verify.run import verify

__all__ = ["Access", "AccessError", "Finding", "Verification", "verify"]
