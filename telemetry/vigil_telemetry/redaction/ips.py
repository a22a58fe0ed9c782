"""IP addresses in text, of both versions and in the encodings that logs have."""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.matches import HEX, NOT_DIGIT, Found, replaced

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\\{1,4}\.|%2[Ee]|[ ]\.[ ]|[\[(]dot[\])])"
_IPV4 = re.compile(
    rf"[0-9](?=[0-9]{{0,2}}[.\[({{\\% ])(?:(?<=(?<![0-9A-Za-z.]).)|(?<=\\[nrt].)|(?<=[^A-Za-z](?:ip|IP).)|(?<=(?:host|Host|addr|from|peer).))[0-9]{{0,2}}(?:{_DOT}{_OCTET}){{3}}(?![0-9A-Za-z]|\.[0-9])"
)
_PASSIVE = re.compile(
    rf"(?:Passive Mode[ ]{{1,2}}\(|PORT[ ])({_OCTET}(?:,{_OCTET}){{3}})(?=,[0-9]{{1,3}},[0-9]{{1,3}})"
)
"""The address of a connection for data, as FTP writes it (RFC 959)."""
_ENCODED_COLON = re.compile(r"%3[Aa]|\[:\]|\\:")
_ENCODED_IPV6 = re.compile(r"(?:[0-9A-Fa-f]{0,4}(?:%3[Aa]|\[:\]|\\:)){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*+(?:(?<=:)(?:[0-9]{1,3}\.){3}[0-9]{1,3})?")
_ALONE = 24
"""Characters of a text that is an address and little else: nothing before it has to be looked at."""
_KEPT_ADDRESSES = ("127.", "0.0.0.0", "255.255.255.255")  # not anybody's
_LIBRARY = re.compile(
    r"(?i)(?<![a-z])(?:package|upgrad\w+|updat\w+|install\w+|lib\w*) [\w.+-]{1,40} (?:from (?:\S{1,20} to )?)?$",
)
_LIBRARIES = ("package", "upgrad", "updat", "install", "lib")
_VERSION_WORD = re.compile(
    r"(?i:(?<![a-z])(?:(?:[a-z]*version|ver|(?<![\"'])v(?![\"'])|release|rev|revision|build|dll|driver|firmware|fw|sdk|runtime|upgrad\w+|updat\w+|assembly|plugin|package|installed|kernel|section|chapter|clause|appendix)"
    r"(?:\W{1,3}(?:to|from|is|of)?\W{0,3}|\W{0,3})))$|(?<![\w-])[A-Z][A-Za-z]{2,30}/[vV]?$|[a-z][a-z0-9.+-]{1,40}[-_@]{1,2}[vV]?$",
)
_VERSION_STEMS = ("rel", "rev", "build", "dll", "firm", "fw", "sdk", "runt", "upgrad", "updat", "assem", "plugin", "packag", "instal", "kernel", "ver", "section", "chapter", "clause", "appendix")  # fmt: skip
_NOT_WORDS = " \t\r\n:=\"'([{<>)]},;"
_NOT_PRODUCT = re.compile(
    r"(?i)(?:from|to|ip|addr|address|host|client|peer|remote|source|src|dst|server|node|by|at|for|via|forwarded|connection|user|visitor|x-real-ip|x-forwarded-for)(?:\W{1,3}|[=_-])$"
)
_GROUPS = re.compile(
    r"(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,7}(?:(?<=:)[0-9]{0,3}(?:\.[0-9]{1,3}){3})?|(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9]{1,3}(?:\.[0-9]{1,3}){3})?"
)
_LOOPBACK = re.compile(r"(?:[0:]+:)?0{0,3}[01]")


def scan_ips(text: str, steps: Steps) -> str:
    """Replace IP addresses that are somebody's by a mark."""
    if text.count(".") > 2 or "dot" in text or "%2E" in text or "%2e" in text:  # noqa: PLR2004 - of an address
        text = replaced(_IPV4, text, lambda text, found: _ipv4(text, found, steps), steps, 3)
    if "assive Mode (" in text or "PORT " in text:
        text = replaced(_PASSIVE, text, lambda _, found: (*found.span(1), "[ip]"), steps, 3)
    if ":" in text:
        text = replaced(_IPV6, text, _ipv6, steps, 4)
    if "%3" in text or "[:]" in text or "\\:" in text:
        text = replaced(_ENCODED_IPV6, text, _encoded_ipv6, steps, 6)
    return text


def scan_short_ips(text: str, steps: Steps) -> str:
    """Replace addresses of version 6 in a text without digits: `fe::c:a`."""
    return replaced(_IPV6, text, _ipv6, steps, 4) if "::" in text else text


def _ipv4(text: str, found: re.Match[str], steps: Steps) -> Found | None:
    address = NOT_DIGIT.sub(".", found[0].replace("%2E", ".").replace("%2e", "."))
    if address.startswith(_KEPT_ADDRESSES) or any(int(part) > 255 for part in address.split(".")):  # noqa: PLR2004 - an octet
        return None
    before = text[max(found.start() - 48, 0) : found.start()]
    if not before or not (before[-1] in "/-_@=" or before.rstrip(_NOT_WORDS)[-1:].isalpha()):
        return found.start(), found.end(), "[ip]"  # no word before it
    steps.spend(5 if len(text) > _ALONE else 0)
    lowered = before.lower()
    if any(one in lowered for one in _LIBRARIES) and _LIBRARY.search(before) is not None:
        return None
    if (
        _may_version(lowered)
        and _VERSION_WORD.search(before[-28:]) is not None
        and _NOT_PRODUCT.search(before[-20:]) is None
    ):
        return None  # 120.0.0.0 of Chrome, 28.7.108.110 of a library
    return found.start(), found.end(), "[ip]"


def _may_version(lowered: str) -> bool:
    """Return whether `_VERSION_WORD` may end here: a look that costs little."""
    return lowered[-1:] in "/-_@v" or "v" in lowered[-12:] or holds(lowered[-28:], _VERSION_STEMS)


def _ipv6(text: str, found: re.Match[str]) -> Found | None:  # noqa: C901 - one test for each form
    start, end = found.start(), found.end()
    if found[0].count(":") < 7 and "::" not in found[0]:  # noqa: PLR2004 - eight groups
        return None
    place = start
    while place and start - place < 5 and text[place - 1] in HEX:  # noqa: PLR2004 - one more than a group has
        place -= 1
    before = text[place - 1 : place]
    # the group before the first colon is the end of a word, or there is none: `ip:2a02::1`
    start = place if start - place < 5 and not (before.isalnum() or before in ("_", ".")) else start  # noqa: PLR2004 - one more than a group has
    if text[start] == ":" and text[start + 1 : start + 2] != ":":
        start += 1
    elif start == found.start() and place < start:
        return None  # `Foo::bar`: what stands before two colons is a name
    if text[start] == ":" and (text[start - 1 : start].isalnum() or text[start - 1 : start] in (")", ">", "]", "_")):
        return None
    if text[end - 1] == ":" and text[end - 2] != ":":
        end -= 1
    elif text[end : end + 1] == ":":
        return None
    if (text[end : end + 1].isalnum() or text[end : end + 1] == "_") or end - start > 45:  # noqa: PLR2004 - the longest form
        return None
    address = text[start:end]
    groups = [group for group in address.split(":") if group]
    if not any(c.isdigit() for c in address) or not (any(len(group) > 2 for group in groups) or len(groups) > 3):  # noqa: PLR2004 - what a slice has at most
        return None  # `1::2` of a slice, `ab::cd` of a name; eight pairs are a hardware address
    if len(groups) == 8 and all(len(group) <= 2 for group in groups):  # noqa: PLR2004 - as above
        return None
    return (start, end, "[ip]") if _is_ipv6(address) else None


def _encoded_ipv6(text: str, found: re.Match[str]) -> Found | None:
    address = _ENCODED_COLON.sub(":", found[0])
    if sum(len(group) > 2 for group in address.split(":")) < 2 or text[found.start() - 1 : found.start()].isalnum():  # noqa: PLR2004 - a prefix
        return None
    return (found.start(), found.end(), "[ip]") if _is_ipv6(address) else None


def _is_ipv6(address: str) -> bool:
    """Whether it is an address of RFC 4291, and somebody's: not `::1`, not `::`."""
    head, gap, tail = address.partition("::")
    if ":::" in address or "::" in tail or _GROUPS.fullmatch(head) is None or _GROUPS.fullmatch(tail) is None:
        return False
    count = sum(len(part.split(":")) + ("." in part) for part in (head, tail) if part)
    return (count < 8 if gap else count == 8) and _LOOPBACK.fullmatch(address) is None  # noqa: PLR2004 - groups of an address
