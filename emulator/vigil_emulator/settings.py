"""Settings of an emulator process: where it listens, where it keeps its state, how fast its time runs."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.clock import FASTEST
from vigil_emulator.loopback import is_loopback
from vigil_emulator.numerals import count
from vigil_emulator.times import moment, parse_time

TOKEN_VARIABLE = "VIGIL_EMULATOR_TOKEN"  # noqa: S105 - the variable's name, not a token
"""The environment variable with the bearer token: a command line can be read by every user of the machine."""

DEFAULT_PORT = 8085
MOST_PORTS = 2**16


class StrangersError(Exception):
    """An address that other machines reach would be served without a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One emulator's settings.

    `state` is the folder of its databases, None keeps everything in memory; `speed` is emulated seconds per wall
    second; `projects` exist from the beginning (any other exists from its first request); `visibility_seconds` is
    how long a new log-based metric is unknown to alert policies, in emulated seconds; `quotas` says that Google's
    rates of requests hold; ports of gRPC are None where it is not served; `scrape` is an OpenTelemetry Collector's
    configuration to follow.
    `listener` is the descriptor of a listening socket that the starter hands over, in place of a port.
    `anchor` is a wall time and the emulated time of that moment, from which a scaled clock continues.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    listener: int | None = None
    state: Path | None = None
    speed: float = 1.0
    anchor: tuple[datetime, datetime] | None = None
    projects: Sequence[str] = ()
    token: str | None = None
    visibility_seconds: float = 600.0
    quotas: bool = False
    grpc_port: int | None = None
    grpc_tls_port: int | None = None
    scrape: Path | None = None
    notifications: NotificationSettings = field(default_factory=NotificationSettings)


def problem(settings: Settings) -> str | None:
    """Return why settings cannot be used, in one line that says what to do instead; None if they can."""
    if not 0 < settings.speed <= FASTEST:
        return f"--speed must be above 0 and at most {FASTEST:,.0f}, not {settings.speed}: 60 makes a minute a second"
    if not 0 <= settings.port < MOST_PORTS:
        return f"--port must be 0 to 65535, not {settings.port}: 0 takes any free port"
    if settings.grpc_tls_port is not None and settings.state is None:
        return "--grpc-tls-port needs --state: the certificates are made in that folder"
    if settings.visibility_seconds < 0:
        return f"--metric-visibility must not be negative, not {settings.visibility_seconds}"
    if settings.token is not None and re.fullmatch(r"[!-~]+", settings.token) is None:
        return f"{TOKEN_VARIABLE} holds a character that no header takes: use letters, digits and signs of ASCII"
    return strangers(settings.host, settings)


def strangers(host: str, settings: Settings) -> str | None:
    """Return why an address may not be listened on without a token: other machines reach it. None if it may."""
    if is_loopback(host) or settings.token:
        return None
    place = f"--host {host}" if settings.listener is None else f"the socket of --fd {settings.listener}, on {host},"
    remedy = "leave --host out to listen on" if settings.listener is None else "hand over one on"
    return (
        f"{place} would let other machines in, which needs a bearer token: set {TOKEN_VARIABLE}, or {remedy} 127.0.0.1"
    )


def token_from_environment() -> str | None:
    """Return the bearer token without blanks around it, such as the line end of a file; None where there is none."""
    return os.environ.get(TOKEN_VARIABLE, "").strip() or None


def mail_server(text: str) -> tuple[str, int]:
    """Return the host and port of `HOST:PORT`. Raises ValueError where it is another thing."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:1025")
    number = count(port)
    if number is None or number >= MOST_PORTS:
        raise ValueError(f"{port} is no port: give 1 to {MOST_PORTS - 1}")
    return host, number


def wall_and_emulated(text: str) -> tuple[datetime, datetime]:
    """Return both times of `WALL=EMULATED`. Raises ValueError where it is another thing."""
    wall, _, emulated = text.partition("=")
    return moment(parse_time(wall)), moment(parse_time(emulated))
