"""Which addresses are this machine's own, so that nothing leaves it and nobody else comes in unasked."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address; a name other than `localhost` counts as reachable."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host in `HOST:PORT` or in a URL, in small letters; empty where there is none or it cannot be read.

    No browser writes a user before it, so an address with one cannot be read.
    """
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        named = parts.username is None and parts.port != 0  # reading the port refuses a wrong one
    except ValueError:
        return ""
    return (parts.hostname or "") if named else ""


def refusal(host: str) -> str:
    """Return why a host that is not on this machine is not contacted, and what to do about it."""
    return f"{host} is not this machine: start the emulator with --allow-external"
