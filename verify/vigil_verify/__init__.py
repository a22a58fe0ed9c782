"""Alerts and dashboards verified where they are deployed: on Google Cloud, or on an emulator.

`verify` looks at everything that a stack declares in a project, `fire` causes an alert with marked synthetic events
and waits for its incident, its notification (`probe`) and its recovery.
"""

from vigil_runner.access import Access, AccessError
from vigil_verify.findings import Finding, Verification
from vigil_verify.run import verify

__all__ = ["Access", "AccessError", "Finding", "Verification", "verify"]
