"""Values that are no secrets: words of prose, masks, placeholders, and the like.

`password: must not be empty` and `token=***` say nothing about anybody. What is kept here is kept on purpose and
tested: everything else beside the name of a secret is replaced.
"""

from __future__ import annotations

import re

_STATES = frozenset({
    "sensitive", "known", "apply", "clone", "copy", "send", "sync", "debug",
    "accepted", "active", "allow", "deny", "permit", "allowed", "already", "available", "blocked", "cached", "cancelled", "changed",
    "checked", "closed", "complete", "completed", "configured", "created", "default", "deleted", "denied",
    "deprecated", "disabled", "done", "empty", "enabled", "ended", "error", "exceeded", "exists", "expired", "expires",
    "failed", "failure", "false", "fine", "found", "generated", "given", "granted", "hidden", "ignored",
    "inactive", "incorrect", "init", "invalid", "issued", "lax", "loaded", "locked", "lost", "malformed",
    "match", "matched", "mismatch", "missing", "n/a", "na", "never", "new", "nil", "no", "none", "not", "null",
    "off", "ok", "okay", "old", "on", "open", "optional", "passed", "pending", "present", "processed", "queued",
    "read", "ready", "received", "refreshed", "refused", "rejected", "removed", "renewed", "required", "reset",
    "restored", "resumed", "retry", "revoked", "rotated", "rotating", "saved", "secure", "sent", "set",
    "skipped", "started", "starting", "stopped", "strict", "strong", "stored", "success", "succeeded",
    "successful", "timeout", "true", "unauthorized", "unavailable", "unchanged", "undefined", "unexpected",
    "unknown", "unset", "unspecified", "unsupported", "unused", "updated", "used", "valid", "validated",
    "verified", "void", "weak", "wrong", "yes",
})  # fmt: skip
_FUNCTION = frozenset({
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "based", "be", "because",
    "been", "before", "being", "but", "by", "can", "cannot", "case", "characters", "could", "did", "do", "does",
    "doesn't", "don't", "during", "each", "either", "else", "enter", "every", "field", "for", "from", "had",
    "has", "have", "if", "in", "input", "into", "is", "isn't", "it", "its", "least", "length", "less", "lookup",
    "long", "make", "many", "may", "minimum", "maximum", "more", "most", "must", "need", "needs", "needed",
    "no", "not", "of", "on", "one", "only", "or", "other", "our", "out", "over", "per", "please", "provide",
    "provided", "requires", "require", "requests", "request", "same", "service", "should", "shorter", "since",
    "so", "some", "such", "than", "that", "the", "their", "then", "there", "these", "they", "this", "those",
    "to", "too", "try", "under", "until", "up", "use", "user", "users", "using", "value", "was", "we", "were",
    "what", "when", "where", "which", "while", "who", "will", "with", "without", "you", "your",
})  # fmt: skip
_KINDS = frozenset({
    "read", "write", "list", "create", "delete", "get", "put", "all", "sha1", "sha256", "sha512", "md5", "rs256", "hs256", "es256",
    "include", "omit", "same-origin", "ed25519", "argon2id", "argon2", "bcrypt", "scrypt", "pbkdf2", "secretstr", "eof",
    "admin", "anonymous", "apikey", "api_key", "auth", "authentication", "authorization", "authenticator",
    "basic", "bearer", "boolean", "bytes", "callback", "certificate", "cert", "cli", "client", "config",
    "cookie", "cookies", "csrf", "device", "digest", "email", "env", "file", "float", "form", "header",
    "headers", "http", "int", "integer", "internal", "jwt", "kerberos", "keyring", "ldap", "login", "manager",
    "middleware", "module", "mfa", "number", "oauth", "oauth2", "object", "oidc", "optional", "provider",
    "public", "session", "sessions", "saml", "str", "string", "token", "type", "uuid", "vault", "webhook",
})  # fmt: skip
_MASK = re.compile(
    r"(?:[*•●.#_\-xX…]{2,}|\[(?:[^\W\d]|[\s.-]){1,24}\]|<[A-Za-z][\w\s./-]{0,24}>|\$\{\{?[^{}]{1,60}\}?\}|\{\{?[\w.\s$-]{0,60}\}?\}"
    r"|\$\((?!echo|printf)[^()]{1,60}\)|%\(\w{1,40}\)s|%[sdvrq]|\$[0-9]{1,2}|\?|\$[A-Z_][A-Z0-9_]{1,40}|@[A-Z_][A-Z0-9_]{1,40}|:\w{1,3}|[A-Za-z0-9]{0,6}\*{3,}[A-Za-z0-9]{0,4}|\.\.\.|…|-)",
)
_PATH = re.compile(r"(?:~|\.{0,2})(?:/[a-z][a-z0-9._-]*){2,8}/?|/run/secrets/[\w.-]+|[A-Z]:(?:\\{1,2}[\w .-]+){2,}")
_REFERENCE = re.compile(
    r"(?:var|local|data|module|secrets|env|process\.env|os\.environ|os\.getenv|self|this|settings|config|vault|random_password|each|inputs|github|steps|System\.getenv)"
    r"(?:[.(\[][\w.\"'()\[\]-]*)+$|0x[0-9a-f]{1,16}$|(?:await |new )?[A-Za-z_][\w.]{0,80}\(|Optional\[(?![A-Za-z]*[0-9])|127\.[0-9.:]+$|0\.0\.0\.0|\[?::1?\]?|localhost",
)
_UNDER_WAY = re.compile(r"[A-Za-z]+(?: [a-z]+){0,6}(?:\.{2,3}|…)")
_SIMPLE = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,4})?(?:%|ms|s|m|h|d|kb|mb|gb|b)?")
_EDGES = " \t.,:;!?()[]{}\"'`"


_PARAMETER = re.compile(r"\$[0-9]{1,3}|\?|%s|%\(\w{1,40}\)s|:[a-z_]{2,40}|@[pP][0-9]{1,3}")
_STATEMENT = frozenset({"return", "raise", "throw", "continue", "break", "yield", "del"})


def is_code(first: str) -> bool:
    """Return whether a bare value's first word is a parameter of a statement, or begins a statement of a program.

    `SET password = $1 WHERE id = $2`, `if not token: return None`.
    """
    return _PARAMETER.fullmatch(first.rstrip(",;)")) is not None or first.rstrip(";") in _STATEMENT


def is_mask(value: str) -> bool:
    """Return whether the value stands for one that was left out: `***`, `[redacted]`, `${DB_PASSWORD}`, `%s`."""
    return len(value) <= 64 and _MASK.fullmatch(value) is not None  # noqa: PLR2004 - every mask above is shorter


def is_state(value: str) -> bool:
    """Return whether one word says how something is, or is a truth value or nothing at all."""
    word = value.strip(_EDGES).lower()
    return not word or word in _STATES or word in _FUNCTION


def is_kind(value: str) -> bool:
    """Return whether one word names a kind of thing: `auth: basic`, `session: user`."""
    return value.strip(_EDGES).lower() in _KINDS


def is_path(value: str) -> bool:
    """Return whether the value is the plain path of a file, which says where a secret is and not what."""
    return _PATH.fullmatch(value) is not None


def is_reference(value: str) -> bool:
    """Return whether code or configuration names where a secret is kept: `var.db_password`, `os.environ["TOKEN"]`."""
    return _REFERENCE.match(value) is not None


def is_simple_number(value: str) -> bool:
    """Return whether it is a number of three digits at most, with its unit: a count, a status, a duration."""
    return _SIMPLE.fullmatch(value.strip(_EDGES).lower()) is not None


def is_sentence(value: str) -> bool:
    """Return whether several words are prose about a secret: a third are words that sentences are made of."""
    if _UNDER_WAY.fullmatch(value) is not None:
        return True
    words = value[:400].lower().split()
    if len(words) < 3:  # noqa: PLR2004 - two words may well be a pass phrase
        return False
    known = sum(1 for word in words if (bare := word.strip(_EDGES)) in _FUNCTION or bare in _STATES)
    return known * 3 >= len(words) and not any(_mixed(word) for word in words)


def _mixed(word: str) -> bool:
    """Letters and digits in one word, as secrets have and prose has not."""
    bare = word.strip(_EDGES)
    return len(bare) > 5 and any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)  # noqa: PLR2004 - `utf8`, `v2`, `x509`
