"""Credentials of headers, of command lines and of sentences.

`Authorization: Digest ...`, `Cookie: sid=...`, `Bearer ...`, `curl -u user:...`, `ALTER ROLE app PASSWORD '...'`,
`the code is ...`.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED, looks_secret, unlike_words
from vigil_telemetry.redaction.judgement import is_data
from vigil_telemetry.redaction.keys import Beside
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.mentions import CREDENTIALS, is_basic, scan_mentions
from vigil_telemetry.redaction.value import value_at

_SCHEME = re.compile(
    r"(?i)(?:bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|hawk|ssws|bot|splunk|aws4-hmac-sha256|googlelogin|key|mac|jwt|aws"
    r"|[a-z][a-z0-9-]{1,30}(?=[ ](?=[^\s\"',;:=]{0,80}[0-9:=])[^\s\"',;]{8}))(?:[ \t]{1,4}|%20|\\[ ])"
)
"""Schemes that are known, and any word behind which a credential stands: `SharedKey account:...`."""
_PARAMETERS = re.compile(r"(?:,?[ \t]{0,4}[A-Za-z-]{1,30}=(?:\\{0,7}\"[^\"]{0,2000}\"|[^\s,\"']{1,2000})){1,12}")
_CRUMBS = re.compile(r"[^\s=;,\"'{}\[\]]{1,128}=[^\r\n\"'\\]*+")
_PASSWORD_QUOTED = re.compile(
    r"(?:(?:pass(?:word|wd|wort|phrase|code)|pwd|kennwort|identified(?: with [\w']{1,40})? by)[ \t]{1,8}"
    r"|password[ \t]{1,8}for[ \t]{1,8}[^\s=]{1,100}[ \t]{0,8}(?:=|[ \t]to)[ \t]{0,8}(?:(?:old_)?password[ \t]{0,8}\([ \t]{0,8})?"
    r"|(?<![\w.])password\([ \t]{0,8})(?=[bn]?\\{0,31}['\"`])",
)
"""In lower case: `PASSWORD '...'` and `SET PASSWORD FOR app = '...'` of SQL, `password "..." was refused`."""
_ASSIGNED = re.compile(
    r"(?:pass(?:word|wd|wort|phrase|code)|pwd|kennwort|pin|otp|code|secret|token|key)"
    r"[\"'`]?[ \t]{1,4}(?:is now|is|was|ist|set to|changed to|reset to|with value|has value|equals)[ \t]{0,4}[: ][ \t]{0,4}",
)
"""In lower case: `the password is ...`."""
_DIRECT = re.compile(
    r"password[ \t][\w.@-]{1,40}[ \t]=[ \t]|(?:pass(?:word|wd|wort|phrase|code)|pwd|kennwort|otp|api[ _-]?key|one-time code|verification code"
    r"|(?:user(?:name)?|login|account|usr)[ \t:=]{1,4}[\w.@+-]{1,60}[ \t,/]{1,4}(?:and |with )?pass)(?:(?: (?:is|was|has been))?(?: (?:generated|created|set|reset))? (?:for|of) (?:(?:the|user|account) )?['\"\[]?[\w.@-]{1,60}['\"\]]?(?: user)?:)?[ \t|;]{1,4}",
)
"""In lower case: `login ann password hunter2pw`, where the next word is none."""
_IS = (" is", " was", " ist ", " to", " value", " equals")


def authorization(text: str, place: int) -> tuple[int, int, str] | None:
    """Find `Bearer ...`, `Digest username="..."`, `AWS4-HMAC-SHA256 Credential=...`, bare or quoted."""
    quote = _OPENING.match(text, place)
    start = quote.end() if quote is not None else place
    scheme = _SCHEME.match(text, start)
    if scheme is None:
        return None
    parameters = _PARAMETERS.match(text, scheme.end())
    if parameters is not None:
        return start, parameters.end(), CREDENTIALS
    value = value_at(text, scheme.end(), words=False)
    if value is None or prose.is_mask(value.text) or (prose.is_state(value.text) and quote is None):
        return None
    return start, value.end, CREDENTIALS


_OPENING = re.compile(r"[ \t]*[bu]?(?:\\{0,31}[\"'`]|&quot;|%22)")


def cookie(text: str, place: int) -> tuple[int, int, str] | None:
    """Find `sid=...; theme=dark`, up to the end of the header."""
    quote = _OPENING.match(text, place)
    start = quote.end() if quote is not None else place
    crumbs = _CRUMBS.match(text, start)
    return None if crumbs is None else (start, crumbs.end(), CREDENTIALS)


def phrases(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:  # noqa: C901 - one test for each form
    """Find `PASSWORD '...'` of SQL, `the password is ...`, `sshpass -p ...`, `Bearer ...`, cookies of a jar."""
    quoted = ("'" in text or '"' in text or "`" in text) and any(
        one in lowered for one in ("pass", "pwd", "kennwort", "identified")
    )
    patterns = [_PASSWORD_QUOTED] if quoted else []
    patterns += [_ASSIGNED] if holds(lowered, _IS) else []
    patterns += [_DIRECT] if holds(lowered, ("pass", "pwd", "otp", "key", "code")) else []
    for pattern in patterns:
        done = 0
        for found in pattern.finditer(lowered):
            if found.start() < done or _in_word(lowered, found.start()):
                continue
            value = value_at(text, found.end(), words=False)
            steps.spend(12 if value is None else 12 + (value.end - value.start) // LENGTH)
            if value is None or value.held:
                continue
            secret = is_data(value, "password", Beside.SECRET, loose=False) if value.quoted else _secretive(value.text)
            if pattern is _ASSIGNED and value.quoted and len(value.text) <= _SHORTEST:
                continue  # `country code set to 'X3'`
            if pattern is _DIRECT and _goes_on(found[0], value.text):
                continue
            if secret and not prose.is_state(value.text):
                spans.append((value.start, value.end, REDACTED))
                done = value.end
    scan_mentions(text, lowered, spans, steps)
    for found in _SCHEMED.finditer(lowered) if holds(lowered, _SCHEMES) else ():
        steps.spend(3)
        start, end = found.span(2)
        word = text[start:end]
        listed = text[found.end(1)] == ","  # `Sec-WebSocket-Protocol: bearer, ...`
        if (looks_secret(word) or unlike_words(word)) if listed else _is_credentials(found[1], word):
            spans.append((start, end, CREDENTIALS))
    if "(" in text and holds(lowered, _CALLERS):
        spans.extend((one.start(1), one.end(1), REDACTED) for one in _CALLED.finditer(lowered))
    if "cookie " in lowered or "morsel" in lowered:
        spans.extend((one.start(1), one.end(1), CREDENTIALS) for one in _JAR.finditer(text))
    _placed(text, spans, steps)


def _placed(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`AUTH ann ...`, `a1 LOGIN ann ...`, `-passin pass:...`: at a fixed place."""
    for hint, pattern in _COMMANDS:
        if hint in text:
            steps.spend(2 * text.count(hint))
            spans.extend((one.start(1), one.end(1), REDACTED) for one in pattern.finditer(text))


def _in_word(lowered: str, place: int) -> bool:
    """Whether what begins here is the end of a word, or of a path: `/etc/passwd HTTP/1.1`."""
    before = lowered[place - 1 : place]
    return before.isalnum() or before in ("/", ".")


def _goes_on(name: str, value: str) -> bool:
    """Whether what stands behind a name without a sign between belongs to a sentence or to code."""
    return "=" in value or "(" in value or (value.isdigit() and "pass" in name) or prose.is_path(value)


_SHORTEST = 3
"""Characters that no secret in quotes is as short as."""
_CALLERS = ("login(", "auth(", "auth (", "auth=(", "authenticate(", "pdo")
_CALLED = re.compile(
    r"(?:(?:login|auth|authenticate)[ ]?=?\(|pdo(?:->__construct)?\([\"'][^\"'\n]{1,200}[\"'],[ ]?)[bu]?[\"'][^\"'\n]{1,60}[\"'],[ ]?(?:password[ ]?=[ ]?)?[bu]?[\"']([^\"'\n]{4,100})[\"']"
)
"""In lower case: `HTTPBasicAuth('ann', '...')`, `smtp.login("ann", "...")`."""
_JAR = re.compile(r"<(?:Cookie|Morsel:)\s([^\s=<>]{1,200}=[^<>]{0,2000}?)(?=\sfor\s|/?>)")
_SCHEMES = ("token", "basic", "bearer", "apikey", "bot", "negotiate", "ntlm", "ssws", "splunk")
_SCHEMED = re.compile(
    r"(bearer|basic|token|apikey|negotiate|ntlm|ssws|splunk|bot)(?<![\w-]bearer)(?<![\w-]basic)(?<![\w-]token)(?<![\w-]bot)(?:[ \t]{1,4}|,[ ]?|%20|\\[ ])([a-z0-9._~+/=:\-!#$%&*^]{8,4000}+)",
)
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (hint, re.compile(form))
    for hint, form in (
        ("pass:", r"\s-pass(?:in|out)?\s+pass:([^\s\"']{1,200})"),
        ("::add-mask::", r"::add-mask::(\S{1,200})"),
        (
            "AUTH ",
            r"AUTH(?<!\wAUTH) (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|OAUTHBEARER)[ ]{1,3}([A-Za-z0-9+/_-]{8,4000}={0,2})",
        ),
        (
            "AUTH",
            r"AUTH(?<!\wAUTH)\s+(?:default\s+|\"default\"\s+|[a-z][\w.-]{0,30} (?=[^\s\"']*[0-9]))?[\"']?((?=[^\s\"']*[0-9])(?![A-Z0-9]+/[A-Z])[^\s\"'()]{6,200})",
        ),
        *((f'"{name}" "', rf'"{name}" (?:"[^"\s]{{1,60}}" (?="))?"([^"\n]{{4,200}})"') for name in ("AUTH", "auth")),
        (" LOGIN ", r"[0-9] LOGIN \"?[\w.@+%-]{1,80}\"? \"?([^\s\"'()\\]{4,200})"),
        (
            "UGFzc3dvcmQ6",
            r"UGFzc3dvcmQ6(?:\\r\\n)?[\"']?\s{1,4}(?:send: b?[\"']|(?:C:|[~>-]{1,3}) {0,4})?([A-Za-z0-9+/]{4,400}={0,2})(?=\\r|[\"'\s]|$)",
        ),
        ("bearer.authorization.k8s.io.", r"bearer\.authorization\.k8s\.io\.([A-Za-z0-9_-]{8,4000})"),
        (",v1=", r"\bt=[0-9]{9,11},v1=([0-9a-f]{32,128})"),
        *(
            (name, rf"\b{name}[5-9] (\$[0-9]{{1,2}}\$[^\s\"']{{8,200}}|(?=[A-Za-z./]*[0-9])[\w./]{{8,200}})")
            for name in ("secret ", "password ")
        ),
        ("community ", r"\bcommunity (?:[0-9] )?\"?([^\s\"]{3,80})\"? (?:RO|RW|ro|rw)\b"),
        ("PASSWORD FOR ", r"SET PASSWORD FOR [^\s=]{1,100} ?= ?([^\s;'\"(]{4,200})(?![^\s;]*[('\"])"),
        ("SecureString", r"(?i:ConvertTo-SecureString)\s+(?i:-String\s+)?[\"']([^\"'\n]{1,200})"),
    )
)
"""Secrets at a fixed place of a protocol or a command, each with a word that every such text holds."""


_FIELD = re.compile(r"[a-z]{2,12}(?:_[a-z]{2,12}){1,3}[:=]?")


def _secretive(value: str) -> bool:
    """Digits of a login code, or letters and digits mixed."""
    bare = value.strip(".,;!?")
    if bare.isdigit():
        return 4 <= len(bare) <= 8  # noqa: PLR2004 - a login code
    return len(bare) > 5 and any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)  # noqa: PLR2004 - `utf8`, `v2`


def _is_credentials(scheme: str, value: str) -> bool:
    """Whether what follows the name of a scheme is a credential and not the next word of a sentence."""
    if prose.is_mask(value):
        return False
    digit = any(c.isdigit() for c in value)
    if scheme == "basic":
        return is_basic(value)
    if scheme == "bearer":
        if _FIELD.fullmatch(value) is not None:
            return False  # `token_type: Bearer expires_in: 3600`
        return digit or (len(value) > 19 and value.isalpha()) or any(c in "._~+/=" for c in value.strip(".="))  # noqa: PLR2004 - no word is as long
    return digit and len(value) > 19 and any(c.isalpha() for c in value) and "://" not in value  # noqa: PLR2004 - as above
