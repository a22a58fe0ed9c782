"""`python -m demo.shop.health`: exit code 0 where the container's own process answers, for Docker's health check."""

import os
import sys
import urllib.request

TIMEOUT = 4.0
"""Seconds, within the five that the Dockerfile gives the check."""


def address() -> str:
    """Return what to ask: the health route of what serves, the metrics of what works."""
    if port := os.environ.get("PORT"):
        return f"http://127.0.0.1:{port}/healthz"
    return f"http://127.0.0.1:{os.environ['METRICS_ADDRESS'].rpartition(':')[2]}/metrics"


if __name__ == "__main__":
    try:
        with urllib.request.urlopen(address(), timeout=TIMEOUT):  # noqa: S310 - loopback
            pass
    except OSError as error:
        sys.exit(f"not healthy: {error}")
