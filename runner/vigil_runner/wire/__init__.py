"""What each resource type says to Google's REST APIs: the requests that Google's provider really sends.

`wire_for(type)` gives the `Wire` of an applied type (Cloud Logging, Cloud Monitoring), None for any other, which is
only recorded. One module per API area; `exchange` holds what they are written in.
"""

from vigil_runner.wire.base import Wire
from vigil_runner.wire.exchange import Exchange, Request
from vigil_runner.wire.registry import APPLIED, wire_for

__all__ = ["APPLIED", "Exchange", "Request", "Wire", "wire_for"]
