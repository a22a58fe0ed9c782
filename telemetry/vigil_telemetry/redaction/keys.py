"""Names of foreign keys whose values never leave the process.

The list joins those of `sentry_sdk/scrubber.py` and `logfire/_internal/scrubbing.py`; unlike theirs it is compared by
words, so that
`userPassword`, `x-api-key`, `X_API_KEY` and `prod.db.accessToken` are found as well as `password`.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from vigil_telemetry.redaction.letters import holds

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")

_WORD = frozenset({
    "password", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token", "credential",
    "credentials", "auth", "authorization", "authentication", "bearer", "cookie", "cookies", "session",
    "sessionid", "csrf", "csrftoken", "xsrf", "jwt", "apikey", "privatekey", "signature", "sig", "otp", "pin",
    "cvv", "cvc", "ssn", "iban", "email", "mail", "phone", "telephone", "mobile", "msisdn", "birthday",
    "birthdate", "dob", "phpsessid", "symfony", "passport", "surname", "firstname", "lastname", "fullname",
    "pat", "passwort", "kennwort", "contraseña", "wachtwoord", "mnemonic", "pincode", "passkey", "samlresponse",
    "oobcode", "wresult", "tel", "fax", "mobil", "telefon", "whatsapp", "otac", "totp",
    "pswd", "psw", "passwrd", "pwds", "creds", "cred", "clave", "psk",
})  # fmt: skip
_PHRASES = frozenset({
    "api key", "private key", "access key", "secret key", "signing key", "encryption key", "account key",
    "shared key", "storage key", "license key", "subscription key", "hmac key", "master key", "auth key", "verification code", "security code",
    "recovery code", "recovery key", "unlock code", "backup code", "one time code", "login code", "sms code", "mfa code", "2 fa code",
    "mot de passe", "recovery phrase", "seed phrase", "phone number", "account number", "routing number", "sort code",
    "birth date", "maiden name", "session id", "connect sid", "social security", "credit card", "card number",
    "forwarded for", "real ip", "ip address", "remote addr", "client ip", "remote ip", "first name",
    "last name", "full name", "family name", "given name", "date of birth", "e mail", "home address",
    "postal address", "billing address", "shipping address", "street address", "tax id", "national id",
    "bank account", "auth code", "authcode", "ssh key", "tls key", "deploy key", "key pem", "client assertion",
    "code verifier", "unseal key", "recovery codes", "backup codes", "security answer", "question answer", "device code", "user tokens", "session tokens", "bearer tokens",
    "tokens access", "tokens refresh",
})  # fmt: skip
_INSIDE = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "idtoken",
    "apitoken",
    "sessiontoken",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "authorization",
    "cookie",
    "sessionid",
    "csrf",
    "xsrf",
    "creditcard",
    "cardnumber",
    "emailaddress",
    "phonenumber",
    "socialsecurity",
    "ipaddress",
    "passwort",
    "kennwort",
    "accountkey",
    "signingkey",
    "encryptionkey",
    "sharedkey",
    "storagekey",
    "contraseña",
    "パスワード",
    "пароль",
    "密码",
    "密碼",
    "비밀번호",
    "senha",
    "lösenord",
    "hasło",
    "heslo",
    "salasana",
    "licensekey",
    "samlresponse",
    "samlrequest",
    "masterkey",
    "subscriptionkey",
    "hmackey",
    "dockerconfigjson",
    "parola",
    "şifre",
    "adgangskode",
    "passord",
    "jelszó",
    "κωδικός",
    "סיסמה",
    "รหัสผ่าน",
)
"""Found also where a name runs its words together: `dbpassword`, `useremailaddress`."""

_ABOUT = frozenset(
    [
        "proxy",
        "gateway",
        "sidecar",
        "operator",
        "sync",
        "check",
        "checks",
        "database",
        "via",
        "started",
        "end",
        "start",
        "bar",
        "fail",
        "sent",
        "received",
        "deleted",
        "updated",
        "revoked",
        "seen",
        "opened",
        "bounced",
        "delivered",
        "age",
        "alg",
        "algorithm",
        "at",
        "attempts",
        "backend",
        "bits",
        "budget",
        "cache",
        "changed",
        "class",
        "client",
        "count",
        "counts",
        "created",
        "disabled",
        "driver",
        "duration",
        "enabled",
        "endpoint",
        "engine",
        "error",
        "errors",
        "event",
        "exists",
        "expired",
        "expires",
        "expiry",
        "factory",
        "failed",
        "failure",
        "failures",
        "file",
        "filename",
        "flow",
        "format",
        "generator",
        "handler",
        "host",
        "hint",
        "index",
        "invalid",
        "issued",
        "issuer",
        "iterations",
        "kind",
        "len",
        "length",
        "lifetime",
        "limit",
        "manager",
        "max",
        "method",
        "methods",
        "middleware",
        "min",
        "missing",
        "mode",
        "module",
        "name",
        "names",
        "offset",
        "path",
        "plugin",
        "policy",
        "port",
        "prefix",
        "present",
        "provider",
        "ratio",
        "ref",
        "reference",
        "required",
        "reset",
        "rotated",
        "rotation",
        "rule",
        "rules",
        "scheme",
        "scope",
        "scopes",
        "service",
        "size",
        "source",
        "state",
        "status",
        "store",
        "strategy",
        "strength",
        "suffix",
        "time",
        "timeout",
        "total",
        "ttl",
        "type",
        "types",
        "uri",
        "url",
        "usage",
        "used",
        "user",
        "valid",
        "validator",
        "verified",
        "version",
        "algorithms",
    ],
)
"""Last words of names that say something about a secret and do not hold it: `token_type`, `password_file`."""

_SOFT = frozenset({
    "auth", "authentication", "session", "sessionid", "session id", "pin", "otp", "pat", "signature", "sig", "iban",
    "email", "mail", "e mail", "emailaddress", "phone", "phonenumber", "telephone", "telefon", "tel", "fax",
    "mobile", "mobil", "whatsapp", "birthday", "passport", "tax id", "national id", "bank account",
    "credit card", "creditcard", "card number", "cardnumber", "ipaddress", "ip address", "client ip",
    "remote ip", "real ip", "forwarded for", "remote addr", "symfony", "cookie", "cookies", "csrf", "xsrf",
})  # fmt: skip
"""After these, prose follows as often as a value: `session: closed`, `mail: queued`, `cookie: accepted`."""

_PASS_OF = frozenset(
    [
        "become",
        "admin",
        "amqp",
        "app",
        "auth",
        "basic",
        "client",
        "connection",
        "db",
        "database",
        "ftp",
        "http",
        "imap",
        "jdbc",
        "key",
        "keystore",
        "store",
        "srcstore",
        "deststore",
        "destkey",
        "kafka",
        "ldap",
        "login",
        "mail",
        "mongo",
        "mongodb",
        "mqtt",
        "my",
        "mysql",
        "odbc",
        "oracle",
        "pg",
        "pop",
        "postgres",
        "postgresql",
        "proxy",
        "rabbit",
        "rabbitmq",
        "redis",
        "root",
        "sa",
        "smtp",
        "sql",
        "ssh",
        "ssl",
        "system",
        "truststore",
        "user",
        "vault",
        "wifi",
        "wlan",
        "wp",
        "zip",
    ],
)
"""Words before `pass` that make it a password: `DB_PASS`, `smtpPass`; `pass` alone counts tests."""

STEMS = (
    "ip", "key", "name", "pin", "pat", "code", "pass", "tel", "addr", "sid", "account", "token", "auth", "sess",
    "secret", "mail", "card", "phone", "sig", "fax", "tax", "pwd", "pw", "cred", "bearer", "cookie", "csrf", "xsrf",
    "jwt", "otp", "cvv", "cvc", "ssn", "iban", "mobil", "msisdn", "whatsapp", "birth", "dob", "symfony", "forwarded",
    "national", "social", "kennwort", "contrase", "wachtwoord", "mnemonic", "saml", "morsel", "パスワード", "пароль", "密",
    "비밀번호", "senha", "lösenord", "hasło", "heslo", "salasana", "psw", "clave", "psk", "answer", "docker", "assertion", "verifier", "wresult", "parola",
    "ifre", "adgangskode", "jelszó", "κωδικός", "סיסמה", "รหัสผ่าน",
)  # fmt: skip
"""Every name of the deny-list holds one of these: a text without any has no such name. The usual ones stand first."""


def may_name(lowered: str) -> bool:
    """Return whether a text in lower case may have a name of the deny-list: a look that costs little."""
    return holds(lowered, STEMS)


_LONGEST = 256


@lru_cache(maxsize=4096)
def sensitive_key(name: str) -> bool:
    """Return whether the value under this name is kept back, whatever it is."""
    return _hit(name) is not None


@lru_cache(maxsize=4096)
def counts_tokens(name: str) -> bool:
    """Return whether `token` alone makes a name sensitive: then a number under it is a count, not a secret."""
    return _hit(name) == "token"


class Beside(enum.Enum):
    """How to treat a value beside a name in text."""

    SECRET = enum.auto()
    """It is replaced, unless it is a mask or the word of a state."""
    SOFT = enum.auto()
    """It is replaced where it looks like data: prose may go on as well."""


_beside: dict[str, Beside | None] = {}
_KNOWN_MOST = 8192


def beside(name: str) -> Beside | None:
    """Return how much a name in text says about the value beside it; None where it says nothing."""
    try:
        return _beside[name]
    except KeyError:
        pass
    lowered = name.lower()
    found: Beside | None = Beside.SOFT if lowered in ("pass", "pw") else None
    if may_name(lowered) and (hit := _hit(name)) is not None and not _about(name):
        found = Beside.SOFT if hit in _SOFT else Beside.SECRET
    if len(_beside) >= _KNOWN_MOST:
        _beside.clear()
    if len(name) <= _LONGEST:
        _beside[name] = found
    return found


def _about(name: str) -> bool:
    """Whether a name says something about a secret and does not hold it."""
    if name.rpartition(".")[2] in _LEVELS and name.count(".") == 1:
        return True  # `<auth.info>` of syslog
    words = _WORDS.findall(name[:_LONGEST])
    if len(words) < 2:  # noqa: PLR2004 - one word is the secret itself
        return False
    last = words[-1]
    lowered = last.lower()
    return (
        lowered in _ABOUT
        or (last[0].isupper() and lowered.endswith(("er", "or")) and lowered not in _WORD)  # a class: `PasswordEncoder`
        or any(word.lower() in ("public", "existing") for word in words)
        or ("." in name and lowered in _FILES)
    )


_LEVELS = frozenset({"emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug", "none"})
"""Severities of syslog, which stand behind a facility."""
_FILES = frozenset(
    {
        "java",
        "go",
        "rs",
        "py",
        "js",
        "mjs",
        "ts",
        "tsx",
        "jsx",
        "rb",
        "php",
        "cs",
        "kt",
        "c",
        "cc",
        "cpp",
        "h",
        "swift",
        "scala",
        "ex",
        "vue",
    }
)
"""Ends of names of files, after which a line's number stands: `TokenFilter.java:87`."""


def _hit(name: str) -> str | None:
    words = [word.lower() for word in _WORDS.findall(name[:_LONGEST])]
    joined = "".join(words).replace("secretar", "")
    for part in _INSIDE:
        if part in joined:
            return part
    spaced = f" {' '.join(words)} "
    for phrase in _PHRASES:
        if f" {phrase} " in spaced:
            return phrase
    hits = [word for word in words if word in _WORD]
    if not hits and words and _password(words):
        return "password"
    return next((word for word in hits if word != "token"), hits[0] if hits else None)


def _password(words: list[str]) -> bool:
    """`DB_PASS`, `userpass`, `db_pw`: the short words for a password count beside what they are the password of."""
    last = words[-1]
    if last in ("pass", "pw"):
        return len(words) > 1 and words[-2] in _PASS_OF
    if last.endswith("pwd") and last[:-3] in (*_PASS_OF, "usr", "new", "my"):
        return True
    return (last.endswith("pass") and last[:-4] in _PASS_OF) or (last.endswith("pw") and last[:-2] in _PASS_OF)
