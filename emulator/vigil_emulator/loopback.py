"""Which addresses are this machine's own, so that nothing leaves it and nobody else comes in unasked."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name other than ``localhost`` counts as reachable."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refusal(host: str) -> str:
    """Why a host that is not on this machine is not asked, and what to do about it."""
    return f"{host} is not this machine: start the emulator with --allow-external"
