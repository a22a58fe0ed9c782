"""`python -m vigil_drains --kind vercel|supabase --port N`: serves one receiver until SIGTERM.

Secrets come from the environment: `VERCEL_DRAIN_SECRET`, `VERCEL_WEBHOOK_SECRET`, `SUPABASE_DRAIN_SECRET`, or, by
the same names with `_NAME`, from Secret Manager (`projects/P/secrets/S`). Until a secret exists, everything that it
protects is refused. `VERCEL_VERIFICATION_CODE` is the code that Vercel asks for.
"""

import argparse
import os
import socket
import sys

import uvicorn

from vigil_drains.app import supabase_app, vercel_app
from vigil_drains.protocol import ImpatientProtocol
from vigil_drains.secrets import from_environment
from vigil_telemetry import ServiceStarted, configure, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.bridges import uncaught

VERSION = "1.0.0"


def application(kind: str) -> RequestLogging:
    """Return the receiver of that kind, with the secrets that the environment names."""
    if kind == "supabase":
        return supabase_app(secret=from_environment("SUPABASE_DRAIN_SECRET"))
    return vercel_app(
        drains=from_environment("VERCEL_DRAIN_SECRET"),
        webhook=from_environment("VERCEL_WEBHOOK_SECRET"),
        verification=os.environ.get("VERCEL_VERIFICATION_CODE", ""),
    )


def main() -> None:
    """Configure telemetry and serve."""
    arguments = argparse.ArgumentParser(
        prog="python -m vigil_drains", description="Receive the drains of one platform."
    )
    arguments.add_argument("--kind", choices=("vercel", "supabase"), required=True, help="whose deliveries to take")
    port = os.environ.get("PORT")  # where Cloud Run looks for the service
    where = arguments.add_mutually_exclusive_group(required=port is None)
    where.add_argument("--port", type=int, default=port, help="port to listen on; default: $PORT")
    where.add_argument(
        "--fd", type=int, help="listening socket that the starter hands over, by its descriptor's number"
    )
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0 in a container)")
    chosen = arguments.parse_args()
    configure(
        service=os.environ.get("K_SERVICE") or "drains",
        version=VERSION,
        # A frontend's web vitals are DEBUG lines that metrics are made of: never off.
        levels={"frontend": "DEBUG"},
    )
    uncaught.capture()
    emit(ServiceStarted(runtime=f"python {sys.version_info.major}.{sys.version_info.minor}"))
    config = uvicorn.Config(
        application(chosen.kind),
        host=chosen.host,
        port=chosen.port or 0,
        http=ImpatientProtocol,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,  # longer than senders keep an idle connection: no batch meets one that is closing
        timeout_graceful_shutdown=3,  # Cloud Run gives ten seconds: a batch that hangs is sent again
    )
    server = uvicorn.Server(config)
    if chosen.fd is None:
        server.run()
        return
    with socket.socket(fileno=chosen.fd) as listener:
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
