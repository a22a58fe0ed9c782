"""`python -m vigil_emulator`: the command line."""

import argparse
import sys
from pathlib import Path

from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.process import run
from vigil_emulator.settings import (
    DEFAULT_PORT,
    TOKEN_VARIABLE,
    Settings,
    mail_server,
    token_from_environment,
    wall_and_emulated,
)

DESCRIPTION = """\
Cloud Logging and Cloud Monitoring on one machine: the APIs' own paths, bodies and errors, log-based metrics, PromQL,
alert policies that fire, notifications that are sent.

Point a client at it by its endpoint alone:

  googleapiclient.discovery.build("logging", "v2", client_options={"api_endpoint": URL},
                                  credentials=AnonymousCredentials(), static_discovery=True)
  pulumi config set gcp:loggingCustomEndpoint URL/v2/ && pulumi config set gcp:monitoringCustomEndpoint URL/
  curl URL/v2/projects/any-id/sinks
"""

EPILOGUE = f"""\
When it is ready it prints one line on stdout: {{"ready": true, "url": "http://127.0.0.1:{DEFAULT_PORT}"}}
With gRPC the line has "grpc" and "grpcTls" too, as HOST:PORT.
Ctrl-C or SIGTERM ends it; with --state everything acknowledged is there again next time.

Its own endpoints, all JSON:
  GET  /vigil/v1/health      ok, or degraded with the reason (a full disk)
  GET  /vigil/v1/clock       the emulated time and how fast it runs; POST {{"speed": 1}} changes the speed
  GET  /vigil/v1/stats       entries, points, incidents, deliveries
  GET  /vigil/v1/incidents   what is or was open
  GET  /vigil/v1/deliveries  notifications, with attempts
  GET  /vigil/v1/queues      what sinks and Pub/Sub channels sent outside Logging
  GET  /vigil/v1/probing     uptime checks: the last result, the next probe, why one fails or is not probed
  GET  /vigil/v1/scraping    what is scraped: up or not, scrapes, failures, points
  GET  /vigil/v1/problems    what the emulator cannot evaluate and which checks it does not probe, with the reason
  POST /vigil/v1/agent       lines of a container's output, taken in as the logging agent does
  POST /vigil/v1/points      points of metrics that Google's services write, as of timeSeries.create, which refuses them
  POST /vigil/v1/faults      {{"methods": ["logging.*"], "status": 503, "count": 3}}: the next three calls fail so;
                             also "latency": "0.5s" and "drop": true; GET lists the faults, DELETE ends them
  POST /vigil/v1/channels    {{"name": "projects/P/notificationChannels/ID"}}: a stand-in for a channel made by hand,
                             so that policies may name it; what it sends is in the queues

Exit codes: 0 ended by a signal, 2 could not start (the reason is on stderr).
"""


def parse(arguments: list[str]) -> Settings:
    """Return the settings from a command line. Ends the process with help or a usage error."""
    options = _parser().parse_args(arguments)
    return Settings(
        host=options.host,
        port=options.port,
        listener=options.fd,
        state=options.state,
        speed=options.speed,
        anchor=options.anchor,
        projects=tuple(options.project),
        token=token_from_environment(),
        visibility_seconds=options.metric_visibility,
        quotas=options.quotas,
        grpc_port=options.grpc_port,
        grpc_tls_port=options.grpc_tls_port,
        scrape=options.scrape,
        notifications=NotificationSettings(
            allow_external=options.allow_external,
            smtp=options.smtp,
            pagerduty_url=options.pagerduty_url,
            slack_url=options.slack_url,
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vigil_emulator",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    storage = parser.add_mutually_exclusive_group(required=True)
    storage.add_argument("--state", type=Path, metavar="DIR", help="keep everything in this folder (made if absent)")
    storage.add_argument("--memory", action="store_true", help="keep nothing")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s; 0 takes any free port")
    where.add_argument(
        "--fd",
        type=int,
        metavar="N",
        help="listening socket that the starter hands over, by its descriptor's number: while this process is started"
        " again, connections wait there and are not refused",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help=f"default: %(default)s; another than loopback needs a bearer token in the variable {TOKEN_VARIABLE}",
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="S", help="emulated seconds per wall second (default: 1)"
    )
    parser.add_argument(
        "--anchor",
        type=wall_and_emulated,
        metavar="WALL=EMULATED",
        help="go on as the clock that showed EMULATED at the wall time WALL, both RFC 3339: for one that was killed",
    )
    parser.add_argument(
        "--project",
        action="append",
        default=[],
        metavar="ID",
        help="a project that exists from the beginning; any other exists from its first request; may be repeated",
    )
    parser.add_argument(
        "--metric-visibility",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="how long a new log-based metric is unknown to alert policies, in emulated seconds (default: %(default)g)",
    )
    parser.add_argument(
        "--quotas",
        action="store_true",
        help="refuse what exceeds Logging's published rates of requests a project and emulated minute: 60 to list"
        " entries, 120000 to write some, 600 others",
    )
    _add_rpc(parser)
    parser.add_argument(
        "--scrape",
        type=Path,
        metavar="FILE",
        help="scrape what this OpenTelemetry Collector configuration names (read again when it changes)",
    )
    _add_notifications(parser)
    return parser


def _add_rpc(parser: argparse.ArgumentParser) -> None:
    rpc = parser.add_argument_group(
        "gRPC", "for google-cloud-logging and google-cloud-monitoring; needs vigil-emulator[grpc]"
    )
    rpc.add_argument("--grpc-port", type=int, metavar="N", help="serve gRPC in plaintext; 0 takes any free port")
    rpc.add_argument(
        "--grpc-tls-port",
        type=int,
        metavar="N",
        help="serve gRPC over TLS, with a CA made in the state folder (tls/ca.pem)",
    )


def _add_notifications(parser: argparse.ArgumentParser) -> None:
    sending = parser.add_argument_group(
        "notifications",
        "webhooks on loopback are always sent, and scraped and probed is loopback alone; all else must be allowed",
    )
    sending.add_argument(
        "--allow-external", action="store_true", help="send webhooks to other machines too, scrape and probe them"
    )
    sending.add_argument("--smtp", type=mail_server, metavar="HOST:PORT", help="the mail server for e-mail channels")
    sending.add_argument("--pagerduty-url", metavar="URL", help="where PagerDuty's events go")
    sending.add_argument("--slack-url", metavar="URL", help="where Slack's messages go")


if __name__ == "__main__":
    sys.exit(run(parse(sys.argv[1:])))
