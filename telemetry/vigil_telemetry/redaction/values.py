"""Patterns of personal data and secrets in free text.

Every pattern is linear in the text (bounded or possessive repeats), and is tried only where a cheap look says that it
could match: free text without digits,
`@`, `:`, `=` and known prefixes costs a few searches for single characters.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from vigil_telemetry.redaction.checks import iban_end, luhn
from vigil_telemetry.redaction.keys import counts_tokens, secret_key, sensitive_key

_Replace = Callable[[str], str]

# RFC 5322 atoms, and what other scripts put in their place; "%40" is "@" inside an address of a page
_EMAIL = re.compile(
    r"[^\s@<>\"'(),:;\[\]\\/=?&%|]{1,64}(?:@|%40)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}",
)
_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END).)*(?:-----END [A-Z0-9 ]{0,40}-----)?",
    re.DOTALL,
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+){1,4}")
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}+"  # OpenAI, Anthropic (sk-ant-), OpenRouter, DeepSeek
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9+/=]{16,}+"  # Stripe
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])"  # AWS
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{16,}+|GOCSPX-[A-Za-z0-9_-]{16,}+|1//0[A-Za-z0-9_-]{16,}+"  # Google
    # GitHub, GitLab
    r"|gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|gl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_.-]{16,}+"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}+|xapp-[A-Za-z0-9-]{10,}+"  # Slack
    r"|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|key-[0-9a-f]{32}|(?:SK|AC)[0-9a-f]{32}"  # SendGrid, Mailgun, Twilio
    r"|npm_[A-Za-z0-9]{30,}+|pypi-[A-Za-z0-9_-]{30,}+|dckr_pat_[A-Za-z0-9_-]{20,}+"  # registries
    # AI
    r"|hf_[A-Za-z0-9]{20,}+|r8_[A-Za-z0-9]{20,}+|gsk_[A-Za-z0-9]{20,}+|xai-[A-Za-z0-9_-]{20,}+|pplx-[A-Za-z0-9]{20,}+|lsv2_[A-Za-z0-9_]{20,}+"
    # Supabase, Vercel
    r"|sbp_[A-Za-z0-9]{20,}+|sb_(?:secret|publishable)_[A-Za-z0-9_-]{16,}+|vc[apkrts]_[A-Za-z0-9]{20,}+"
    r"|pul-[0-9a-f]{32,}+|dop_v1_[0-9a-f]{40,}+|dapi[0-9a-f]{32}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|ntn_[A-Za-z0-9]{20,}+|lin_api_[A-Za-z0-9]{20,}+"
    r"|phc_[A-Za-z0-9]{20,}+|phx_[A-Za-z0-9]{20,}+|sntrys_[A-Za-z0-9_=+/-]{20,}+|hvs\.[A-Za-z0-9_-]{20,}+|NRAK-[A-Z0-9]{20,}+"
    r")",
)
_SCHEMED = re.compile(  # a mark that stands there already stays, with the brackets that close behind it
    r"(?i)((?:proxy-)?authorization[\"']{0,2}\s{0,4}[:=]\s{0,4}[\"']{0,2})"
    r"(?!\[(?:redacted|credentials)\][)\]}]*(?:[\s\"',;]|$))"
    r"(?:(?:bearer|basic|digest|token|apikey|negotiate|aws4-hmac-sha256)\s{1,4})?[^\s\"',;]++(?:,?\s{1,2}[a-z]{1,20}=[^\s,]++)*",
)
_BEARER = re.compile(
    r"(?i)(?<![\w-])(bearer|basic)\s{1,4}(?=[A-Za-z._~+/=-]{0,200}[0-9._~+/=]|[A-Za-z]{20})[A-Za-z0-9._~+/=-]{8,}+"
)
_COOKIE = re.compile(r"(?i)((?:set-)?cookie[\"']{0,2}\s{0,4}[:=]\s{0,4}[\"']?)[^\s=;\"']{1,128}=[^\r\n\"']*+")
_NAMED = re.compile(r"(?<![\w.-])([\w.-]{2,80})(?:[\"']{0,2}\s{0,2}(?:=>|[:=])\s{0,2})")
_VALUE = re.compile(r"\"[^\"]*+\"?|'[^']*+'?|(?!//)[^\s,;&\"'()\[\]{}<>]++")
_USERINFO = re.compile(r"(?<=://)[^\s/?#\"'<>]*@")
_QUERY = re.compile(r"([?&#;])([\w.\-\[\]%]{1,100})=([^&\s#;\"'<>]++)")
_CARD = re.compile(r"(?<![\w.])(?<![0-9A-Fa-f]-)[2-6][0-9](?:[ -]?[0-9]){11,17}(?![\w-])(?!\.[0-9])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{3,4}:|::)[0-9A-Fa-f:]{4,39}(?:%\w{1,16})?(?![\w:])")
_PHONE_PLUS = re.compile(r"(?<![\w+])(?:\+|00(?=[1-9]))[0-9](?:[ .\-/\u00a0]?\(?[0-9]\)?){6,14}(?![0-9A-Za-z_])")
_PHONE_PARENS = re.compile(r"(?<!\w)\(0?[0-9]{2,5}\)[ \-/]?[0-9]{2,4}(?:[ .\-]?[0-9]{2,5}){1,3}(?![\w-])")
_PHONE_NANP = re.compile(r"(?<![\w.+-])(?:1[-. ])?[2-9][0-9]{2}([-. ])[2-9][0-9]{2}\1[0-9]{4}(?![\w-])(?!\.[0-9])")
_PHONE_TRUNK = re.compile(r"(?<![\w.:+/-])0[1-9][0-9]{0,4}(?:[ \-/][0-9]{2,8}){1,4}(?!\w|[:./-]\w)")
REDACTED = "[redacted]"
_DIGIT = re.compile(r"[0-9]")
_KEPT_ADDRESSES = ("127.", "0.0.0.0", "255.255.255.255")  # not anybody's


def scan_secrets(text: str) -> str:
    """Replaces what is a secret or an e-mail address wherever it stands, also inside identifiers."""
    if "-----BEGIN" in text:
        text = _PEM.sub("[private key]", text)
    if "eyJ" in text:
        text = _JWT.sub("[jwt]", text)
    text = _KEYS.sub("[key]", text)
    if "@" in text or "%40" in text:
        if "://" in text:
            text = _USERINFO.sub("[credentials]@", text)
        text = _EMAIL.sub("[email]", text)
    return text


def scan_text(text: str) -> str:
    """Replaces every kind of personal data and secret that the patterns know, by a mark that names the kind."""
    if ":" in text or "=" in text or "earer" in text or "asic" in text:
        text = _assignments(text)
    text = scan_secrets(text)
    if _DIGIT.search(text) is not None:
        text = _numbers(text)
    elif "::" in text:
        text = _IPV6.sub(_ipv6, text)
    return text


def _assignments(text: str) -> str:
    lowered = text.lower()
    if "-----begin" in lowered:
        text = _PEM.sub("[private key]", text)
    if "authorization" in lowered:
        text = _SCHEMED.sub(r"\1[credentials]", text)
    if "bearer" in lowered or "basic" in lowered:
        text = _BEARER.sub(r"\1 [credentials]", text)
    if "cookie" in lowered:
        text = _COOKIE.sub(r"\1[credentials]", text)
    if "://" in text and "@" in text:
        text = _USERINFO.sub("[credentials]@", text)
    if "=" in text:
        text = _QUERY.sub(_query, text)
    if "=" in text or ":" in text:
        text = _named(text)
    return text


def _numbers(text: str) -> str:
    text = _IBAN_scan(text)
    text = _CARD.sub(_card, text)
    text = _SSN.sub("[ssn]", text)
    if "." in text:
        text = _IPV4.sub(_ipv4, text)
    if ":" in text:
        text = _IPV6.sub(_ipv6, text)
    text = _PHONE_PLUS.sub("[phone]", text)
    if "(" in text:
        text = _PHONE_PARENS.sub("[phone]", text)
    text = _PHONE_NANP.sub("[phone]", text)
    return _PHONE_TRUNK.sub(_trunk, text)


def _IBAN_scan(text: str) -> str:  # noqa: N802 - IBAN is a name
    done = 0
    parts: list[str] = []
    for candidate in _IBAN.finditer(text):
        start = candidate.start()
        if start < done:
            continue
        end = iban_end(text, start)
        if end is not None:
            parts += [text[done:start], "[iban]"]
            done = end
    return "".join(parts) + text[done:] if parts else text


def _card(found: re.Match[str]) -> str:
    digits = found[0].replace(" ", "").replace("-", "")
    return "[card]" if luhn(digits) else found[0]


def _ipv4(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith(_KEPT_ADDRESSES) else "[ip]"


def _ipv6(found: re.Match[str]) -> str:
    try:
        address = ipaddress.IPv6Address(found[0].partition("%")[0])
    except ValueError:
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else "[ip]"


def _trunk(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found[0])
    return "[phone]" if 9 <= digits <= 13 else found[0]  # noqa: PLR2004 - a national number with its trunk prefix (ITU-T E.164)


def _query(found: re.Match[str]) -> str:
    return (
        f"{found[1]}{found[2]}=[redacted]"
        if sensitive_key(found[2]) or found[2].lower() in {"key", "code", "state"}
        else found[0]
    )


def _named(text: str) -> str:
    """`password=...`, `"accessToken": "..."`, `api-key: ...`: what stands after a name of the deny-list is replaced."""
    done = 0
    parts: list[str] = []
    for name in _NAMED.finditer(text):
        if name.start() < done or not (secret_key(name[1]) if name[0].endswith(": ") else sensitive_key(name[1])):
            continue
        value = _VALUE.match(text, name.end())
        if value is None or (value[0].isdigit() and counts_tokens(name[1])):
            continue
        parts += [text[done : name.end()], REDACTED]
        done = value.end()
    return "".join(parts) + text[done:] if parts else text
