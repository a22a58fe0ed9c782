"""Serves an application with uvicorn as a service in a container does: structured lines on standard output alone."""

import argparse
import logging
import os
import socket

import uvicorn

from vigil_telemetry import configure
from vigil_telemetry.bridges import uncaught

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than clients keep one (httpx five,
https://www.python-httpx.org/advanced/resource-limits/), so that none is closed as its next request is on the way. With
uvicorn's own five seconds, requests fail at random."""
ENDING = 7
"""Seconds that requests have to end after SIGTERM; then they are cancelled, and the process ends in order, its last
lines written. Cloud Run kills after ten (https://docs.cloud.google.com/run/docs/container-contract)."""


def main(factory: str, *, service: str, version: str) -> None:
    """Configure telemetry, build the application and serve it until SIGTERM or SIGINT.

    `factory` names what builds it, as `module:function`: by name, so that log lines show that module and not
    `__main__`.
    `VIGIL_LOG_LEVEL`, `VIGIL_ENVIRONMENT` and `GOOGLE_CLOUD_PROJECT` are read from the environment, and `PORT`,
    by which Cloud Run says where it looks for the service
    (https://docs.cloud.google.com/run/docs/container-contract).
    """
    arguments = argparse.ArgumentParser(description=f"Serve {service}.")
    port = os.environ.get("PORT")
    where = arguments.add_mutually_exclusive_group(required=port is None)
    where.add_argument("--port", type=int, default=port, help="port to listen on; default: $PORT")
    where.add_argument(
        "--fd", type=int, help="listening socket that the starter hands over, by its descriptor's number"
    )
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0 in a container)")
    chosen = arguments.parse_args()

    configure(service=service, version=version)
    uncaught.capture()
    # what an application raises is logged by RequestLogging, with the request it belongs to
    logging.getLogger("uvicorn.error").addFilter(lambda record: "Exception in ASGI application" not in record.msg)
    config = uvicorn.Config(
        factory,
        factory=True,
        host=chosen.host,
        port=chosen.port or 0,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=ENDING,
    )
    server = uvicorn.Server(config)
    if chosen.fd is None:
        server.run()
    else:
        with socket.socket(fileno=chosen.fd) as listener:
            server.run(sockets=[listener])
