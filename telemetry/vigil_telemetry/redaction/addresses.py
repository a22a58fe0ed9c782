"""E-mail addresses, and credentials inside the addresses of services."""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.commands import looks_secret, unlike_words
from vigil_telemetry.redaction.keys import Beside, beside
from vigil_telemetry.redaction.mentions import CREDENTIALS

EMAIL = "[email]"

_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.|%2[Ee])){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})|\[[0-9A-Fa-f.:]{7,45}\]",
)
_AT = re.compile(r"@|%(?:25){0,3}40|=40(?=[\w-]{1,60}\.(?:com|net|org|de|io|eu|fr|co)\b)|&#64;|\\u0040")
_NOT_LOCAL = frozenset(" \t\r\n\f\v\u00a0@<>\"'(),:;[]\\/=?&|`{}")
_LOCAL_MOST = 64
_NO_DOMAIN = frozenset(
    [
        "service",
        "socket",
        "timer",
        "mount",
        "target",
        "slice",
        "scope",
        "device",
        "automount",
        "swap",
        "path",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "ico",
        "css",
        "js",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "jsx",
        "json",
        "py",
        "rb",
        "so",
        "dll",
        "jar",
        "log",
        "gz",
        "zip",
        "tar",
        "lock",
        "yaml",
        "yml",
        "toml",
        "html",
        "md",
        "txt",
        "whl",
    ],
)
"""What follows the last dot in names of units and files: `getty@tty1.service`, `icon@2x.png`."""
_GIT = re.compile(r"(?:git|hg|svn|gitlab|gitea|forgejo|org-[0-9]+)")
_SCP = re.compile(r":[\w~.-]|/[\w~.-]")

_SCHEME = re.compile(
    r"://|%3A%2F%2F|(?<=[\s\"'=(])//(?=[^/\s@]{1,60}:[^/\s@]{1,80}@)|^//(?=[^/\s@]{1,60}:[^/\s@]{1,80}@)"
)
_TOKEN_END = re.compile(r"[\s\"'<>`]|\\[nrt\"]|%22|\)(?=[\s.,;]|$)|,(?=[a-z][a-z0-9+.-]{1,20}://)")
_SPACED = re.compile(
    r"[\w.+-]{0,64}:(?![0-9]{1,5} )[^\s@/\"'<>]{1,40}(?: [^\s@\"'<>:]{1,40}){1,4}@[\w.-]{1,200}(?::[0-9]{1,5})?(?:[/?]|$)"
)
"""A password with blanks in it, which nobody encoded."""
_AUTHORITY_END = re.compile(r"[/?#]")
_PORT = re.compile(r"[0-9]{1,5}")
_LONGEST = 2_000
_KNOWN_USERS = frozenset(["git", "hg", "svn", "root", "ubuntu", "ec2-user", "postgres", "admin", "core"])

_BARE = re.compile(r"@(?=[\w\[(]|//)")
_BARE_USER = re.compile(r"([A-Za-z_][\w.+-]{0,63}):([^\s@\"'<>]{3,128})|([A-Za-z_][\w.+-]{0,30})/([^\s@/\"'<>:]{4,64})")
_ORACLE = re.compile(
    r"(?i)sqlplus|sqlldr|\bimp|\bexp|thin:|oracle|rman|@[\w.-]{1,60}(?::1[0-9]{3}(?:/|:)|/?[A-Z]{2,12}(?![\w./]))"
)
_NO_SECRET_END = frozenset(" \t\r\n(\"'") | {""}
_BEFORE_USER = frozenset(" \t\r\n\"'`(<[{=,;|>")
_CLASS = re.compile(r"(?:[A-Z][a-z]+){2,}")
_SYSTEM = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+")
"""A name in code, as `akka.tcp://actorSystem@host` has one."""
_BARE_HOST = re.compile(r"(?:[\w.-]{1,200}|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5}(?![0-9.])|/)|(?:tcp|unix|tcp6)\(|//")
_NO_USER = frozenset(
    [
        "mailto",
        "sip",
        "sips",
        "xmpp",
        "acct",
        "im",
        "from",
        "to",
        "cc",
        "bcc",
        "npm",
        "workspace",
        "patch",
        "file",
        "link",
        "portal",
        "http",
        "https",
        "email",
        "mail",
        "user",
        "e-mail",
        "sha256",
        "sha512",
        "sha1",
        "digest",
    ]
)


def scan_addresses(text: str, steps: Steps) -> str:
    """Replace e-mail addresses and what stands before the `@` of the addresses of services."""
    if "@" in text:
        if "//" in text or "%2F%2F" in text:
            text = _userinfo(text, steps)
        if ":" in text or "/" in text:
            text = _bare(text, steps)
        return _emails(text, steps)
    return _emails(text, steps) if "40" in text and _AT.search(text) is not None else text


def _userinfo(text: str, steps: Steps) -> str:
    """`scheme://user:password@host`, also where the password holds `/`, `#`, `?` or `@`."""
    done = 0
    parts: list[str] = []
    place = 0
    while (found := _SCHEME.search(text, place)) is not None:
        start = found.end()
        if start < done:
            place = start
            continue
        steps.spend(3)
        ended = _TOKEN_END.search(text, start, start + _LONGEST)
        end = ended.start() if ended is not None else min(len(text), start + _LONGEST)
        place = max(start, place + 1)
        if (
            ended is not None
            and text[end] == " "
            and (spaced := _SPACED.match(text, start, start + _LONGEST)) is not None
        ):
            end = spaced.end()
        last = _credentials(
            text[start:end], http=text[max(start - 8, 0) : start].lower().endswith(("http://", "https://"))
        )
        if last:
            parts += [text[done:start], CREDENTIALS]
            done = place = start + last
    return "".join(parts) + text[done:] if parts else text


def _credentials(token: str, *, http: bool) -> int:
    """How many characters before the `@` of an address are credentials; 0 where it has none."""
    first = token.find("@")
    if first < 0 or token.startswith(CREDENTIALS):
        return 0
    stop = _AUTHORITY_END.search(token)
    authority = token[: stop.start()] if stop is not None else token
    if "@" in authority:
        last = authority.rfind("@")
        if authority[:last] in _KNOWN_USERS or (not http and _SYSTEM.fullmatch(authority[:last])):
            return 0
        host = authority[last + 1 :]
        later = token.rfind("@")
        if (
            later > last
            and (not http or ("." not in host and host.partition(":")[0] != "localhost"))
            and ":" in authority[:last]
        ):
            return later
        return last
    user, colon, secret = authority.partition(":")
    if not colon or (_PORT.fullmatch(secret) and user and not (len(secret) == 5 and int(secret) > 65535)):  # noqa: PLR2004 - a port
        return 0
    if not secret and user and http:
        return 0
    later = token.rfind("@")
    query = token.find("?")
    if http and 0 <= query < later and "=" in token[query:later]:
        return 0  # an address of mail in the query of a page
    return later


def _bare(text: str, steps: Steps) -> str:  # noqa: C901 - one test for each form
    """`user:password@host:5432` and `user:password@tcp(host)`: addresses without a scheme."""
    done = 0
    parts: list[str] = []
    for found in _BARE.finditer(text):
        at = found.start()
        if at < done:
            continue
        steps.spend(4)
        if text[at - 1 : at] in _NO_SECRET_END:
            continue
        start, least = at, max(at - 128, done)
        while start > least and text[start - 1] not in _BEFORE_USER:
            start -= 1
        steps.spend((at - start) // 16)
        user = _BARE_USER.fullmatch(text, start, at)
        if user is None:
            continue
        secret = user[2] or user[4]
        host = _BARE_HOST.match(text, at + 1)
        name = (user[1] or user[3]).lower()
        if name in _NO_USER and not (name == "user" and host is not None and unlike_names(secret)):
            continue
        if user[4] and not (
            (host and host[0] == "//")
            or (unlike_words(user[4]) and _ORACLE.search(text, max(user.start() - 30, 0), at + 80))
        ):
            continue  # `user/password@//host` of Oracle alone
        if _CLASS.fullmatch(user[1] or user[3]) and secret.isalpha() and secret.islower():
            continue  # a thread of somebody's: `LeaseRenewer:msrabi@host:9000`
        if _PORT.fullmatch(secret) or (host is None and not _known_host(text, at, secret)):
            continue
        if text.startswith(("sha256:", "sha512:", "npm:"), at + 1) or secret.startswith("//"):
            continue
        parts += [text[done : user.start()], CREDENTIALS]
        done = at
    return "".join(parts) + text[done:] if parts else text


def unlike_names(secret: str) -> bool:
    """Return whether a word has digits between its letters, as few names of people have."""
    return looks_secret(secret) or unlike_words(secret)


def _known_host(text: str, at: int, secret: str) -> bool:
    """Whether a host without port or path stands behind the `@`: one with a domain, or any behind a sure password."""
    return (_strong(secret) and _DOMAIN.match(text, at + 1) is not None) or unlike_words(secret)


def _strong(secret: str) -> bool:
    return any(c.isdigit() for c in secret) and any(c.isalpha() for c in secret) and "." not in secret


def _emails(text: str, steps: Steps) -> str:
    done = 0
    parts: list[str] = []
    for found in _AT.finditer(text):
        at = found.start()
        if at < done + 1:
            continue
        steps.spend(1)
        domain = _DOMAIN.match(text, found.end())
        if domain is None:
            continue
        steps.spend(3)
        start, least = at, max(done, at - 3 * _LOCAL_MOST)
        while start > least and text[start - 1] not in _NOT_LOCAL:
            start -= 1
        escape = text[start - 2 : start + 1] if text[start - 1 : start] == "\\" else ""
        if escape:
            start += 1  # the letter of an escape: `\nanna@...`
        start = _whole_local(text, start, at, least)
        local = text[start:at]
        if start == at or domain[0].rpartition(".")[2].lower() in _NO_DOMAIN:
            continue
        if _GIT.fullmatch(local) and (_SCP.match(text, domain.end()) or text[max(start - 3, 0) : start] == "://"):
            continue
        parts += [text[done:start], EMAIL]
        done = domain.end()
    return "".join(parts) + text[done:] if parts else text


def _whole_local(text: str, start: int, at: int, least: int) -> int:
    """Where a local part begins that is quoted, or that holds another address: `bounce+anna=example.org@...`."""
    if start == at and text[at - 1 : at] == '"':
        quote = text.rfind('"', max(at - _LOCAL_MOST - 2, least), at - 1)
        return quote if quote >= 0 else start
    if text[start - 1 : start] == "=" and _DOMAIN.fullmatch(text, start, at) is not None:
        start -= 1
        while start > least and text[start - 1] not in _NOT_LOCAL:
            start -= 1
    return start


_QUERY = re.compile(r"[?&#;](?:amp;)?([\w.\-\[\]%]{1,100}+)=([^&\s#;\"'<>\\]++)")
_QUERY_ONLY = frozenset(
    [
        "key",
        "code",
        "state",
        "ticket",
        "hash",
        "sid",
        "samlresponse",
        "samlrequest",
        "samlart",
        "relaystate",
        "oobcode",
        "assertion",
        "nonce",
        "code_verifier",
        "code_challenge",
        "invite",
        "invitation",
        "magic",
        "link_token",
        "confirmation",
        "challenge",
        "u_hash",
        "hmac",
    ],
)
"""Names that hold a secret in the query of a page and elsewhere do not."""
_PATH_SECRET = re.compile(
    r"/(?:(?:password[-_]?)?reset(?:[-_]password)?|verify(?:[-_]?email)?|confirm(?:ation)?|activat(?:e|ion)|invit(?:e|ation)s?|magic(?:[-_]link)?|unsubscribe|recover|unlock|one-time)/"
    r"(?!\[)([\w.~-]{8,}+)(?![/\w])"
)
"""`/reset/<token>`: what a link sent by mail ends with."""
_PLAIN_QUERY = re.compile(r"[a-z_-]{1,20}|[A-Z_]{1,20}|[0-9]{1,5}")


def scan_query(text: str, steps: Steps) -> str:
    """Replace values of queries whose names say that they are secret: `?oobCode=...`, `&state=...`."""

    def parameter(found: re.Match[str]) -> str:
        steps.spend(3)
        return _parameter(found)

    return _QUERY.sub(parameter, text)


def scan_links(text: str, steps: Steps) -> str:
    """Replace secrets at the end of paths that links of mails have: `/reset/...`, `/invite/...`."""

    def last(found: re.Match[str]) -> str:
        steps.spend(6)
        word = found[1]
        mixed = looks_secret(word) or unlike_words(word) or (len(word) > 19 and any(c.isdigit() for c in word))  # noqa: PLR2004 - no word is as long
        return f"{found[0][: -len(word)]}[redacted]" if mixed else found[0]

    return _PATH_SECRET.sub(last, text)


def _parameter(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    how = beside(name)
    if how is None and name.lower() in _QUERY_ONLY and _PLAIN_QUERY.fullmatch(value) is None and len(value) > 5:  # noqa: PLR2004 - a code of a secret
        how = Beside.SECRET
    if how is None or value.startswith("[") or (_PLAIN_QUERY.fullmatch(value) and how is Beside.SOFT):
        return found[0]
    if _PLAIN_QUERY.fullmatch(value) and value.isdigit() and name.lower().endswith("token"):
        return found[0]
    return f"{found[0][: -len(value)]}[redacted]"
