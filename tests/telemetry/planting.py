"""Personal data and secrets, made from the published form of each class; it knows nothing of the patterns that are to find them.

Sources: RFC 5322 (e-mail), ITU-T E.164 and E.123 and national numbering plans (phone), ISO/IEC 7812 (cards), ISO 13616 and the SWIFT registry (IBAN), RFC 791 and 4291
(addresses), RFC 7519 (JWT), RFC 7468 (keys), RFC 7235 (authorization), RFC 3986 (URLs), RFC 6265 (cookies), the Social Security Administration (SSN), and each provider's documentation (API keys).
"""

from __future__ import annotations

import base64
import ipaddress
import json
import random
import string

ALNUM, HEX, UPPER = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_uppercase + string.digits
NAMES = ["jane", "omar", "li", "zoë", "müller", "nguyen", "o'brien", "anna-maria"]
HOSTS = ["example.com", "mail.example.org", "firma.de", "uni.ac.uk", "größe.de", "a-b.io"]


def _some(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(count))


def email(rng: random.Random) -> str:
    local = rng.choice(NAMES) + rng.choice(["", ".", "_", "+tag", "-"]) + rng.choice([*NAMES, "99", "x"])
    return f"{local}@{rng.choice(HOSTS)}"


def _check_digit(payload: str) -> str:
    digits = [int(d) for d in payload]
    digits[-1::-2] = [sum(divmod(2 * d, 10)) for d in digits[-1::-2]]
    return str(-sum(digits) % 10)


def card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("36", 14), ("3530", 16), ("4", 19)]
    )
    payload = prefix + _some(rng, string.digits, length - len(prefix) - 1)
    number = payload + _check_digit(payload)
    separator = rng.choice(["", " ", "-"])
    return separator.join(number[i : i + 4] for i in range(0, len(number), 4))


IBANS = {
    "DE": "n18",
    "GB": "a4n14",
    "FR": "n10c11n2",
    "NL": "a4n10",
    "ES": "n20",
    "CH": "n5c12",
    "NO": "n11",
    "PL": "n24",
    "BE": "n12",
    "MT": "a4n5c18",
}


def iban(rng: random.Random) -> str:
    country, shape = rng.choice(list(IBANS.items()))
    body, i = "", 0
    while i < len(shape):
        kind, j = shape[i], i + 1
        while j < len(shape) and shape[j].isdigit():
            j += 1
        body += _some(rng, {"n": string.digits, "a": string.ascii_uppercase, "c": UPPER}[kind], int(shape[i + 1 : j]))
        i = j
    numeric = "".join(c if c.isdigit() else str(ord(c) - 55) for c in body + country + "00")
    text = f"{country}{98 - int(numeric) % 97:02d}{body}"
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4)) if rng.random() < 0.5 else text


def phone(rng: random.Random) -> str:
    def d(n: int) -> str:
        return str(rng.randint(1, 9)) + _some(rng, string.digits, n - 1)

    area = rng.choice("23456789") + _some(rng, string.digits, 2)
    exchange = rng.choice("23456789") + _some(rng, string.digits, 2)
    return rng.choice(
        [
            f"+1 {area} {exchange} {_some(rng, string.digits, 4)}",
            f"({area}) {exchange}-{_some(rng, string.digits, 4)}",
            f"{area}-{exchange}-{_some(rng, string.digits, 4)}",
            f"{area}.{exchange}.{_some(rng, string.digits, 4)}",
            f"+49 {d(3)} {d(7)}",
            f"+49{d(10)}",
            f"+44 20 {d(4)} {d(4)}",
            f"+44 (0)20 {d(4)} {d(4)}",
            f"+33 {d(1)} {d(2)} {d(2)} {d(2)} {d(2)}",
            f"0{d(3)} {d(7)}",
            f"0{d(2)}/{d(7)}",
            f"0049 {d(3)} {d(6)}",
            f"+91-{d(5)}-{d(5)}",
            f"+86 1{d(2)} {d(4)} {d(4)}",
        ],
    )


def ip(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{rng.randint(1, 223)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}".replace(
            "127.", "128.", 1
        )
    address = ipaddress.IPv6Address(
        (0x2001 << 112) | rng.getrandbits(64) if rng.random() < 0.5 else (0x2A00 << 112) | rng.getrandbits(112)
    )
    return rng.choice([address.compressed, address.exploded, address.compressed.upper()])


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(rng: random.Random) -> str:
    head = {"alg": rng.choice(["HS256", "RS256", "none"]), "typ": "JWT"}
    body = {"sub": _some(rng, HEX, 12), "exp": rng.randint(1, 2**31)}
    return f"{_b64(json.dumps(head).encode())}.{_b64(json.dumps(body).encode())}.{_b64(rng.randbytes(32))}"


def api_key(rng: random.Random) -> str:
    return rng.choice(
        [
            "sk-proj-" + _some(rng, ALNUM + "-_", 48),
            "sk-ant-api03-" + _some(rng, ALNUM + "-_", 93) + "AA",
            "sk_live_" + _some(rng, ALNUM, 24),
            "rk_test_" + _some(rng, ALNUM, 24),
            "AKIA" + _some(rng, string.ascii_uppercase + "234567", 16),
            "AIza" + _some(rng, ALNUM + "-_", 35),
            "ghp_" + _some(rng, ALNUM, 36),
            "github_pat_" + _some(rng, ALNUM, 22) + "_" + _some(rng, ALNUM, 59),
            "glpat-" + _some(rng, ALNUM, 20),
            "xoxb-" + _some(rng, string.digits, 12) + "-" + _some(rng, ALNUM, 24),
            "SG." + _some(rng, ALNUM, 22) + "." + _some(rng, ALNUM, 43),
            "npm_" + _some(rng, ALNUM, 36),
            "hf_" + _some(rng, ALNUM, 34),
            "sbp_" + _some(rng, HEX, 40),
            "pul-" + _some(rng, HEX, 40),
            "gsk_" + _some(rng, ALNUM, 52),
            "GOCSPX-" + _some(rng, ALNUM, 28),
            "ya29." + _some(rng, ALNUM + "-_", 60),
        ],
    )


def private_key(rng: random.Random) -> str:
    kind = rng.choice(
        ["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
    )
    body = base64.b64encode(rng.randbytes(120)).decode()
    newline = rng.choice(["\n", "\\n"])
    return newline.join(
        [f"-----BEGIN {kind}-----", *[body[i : i + 64] for i in range(0, len(body), 64)], f"-----END {kind}-----"]
    )


def authorization(rng: random.Random) -> str:
    token = rng.choice(
        [_some(rng, ALNUM + "-._~+/", 30) + "7", base64.b64encode(f"jane:{_some(rng, ALNUM, 9)}".encode()).decode()]
    )
    header = rng.choice(
        ["Authorization: {} {}", "authorization: {} {}", "Proxy-Authorization: {} {}", "'Authorization': '{} {}'"]
    )
    return header.format(rng.choice(["Bearer", "Basic"]), token)


def url(rng: random.Random) -> str:
    secret = _some(rng, ALNUM, 18)
    host = rng.choice(["db.example.com", "api.example.org"])
    return rng.choice(
        [
            f"postgresql://app:{secret}@{host}:5432/main",
            f"https://user:{secret}@{host}/path",
            f"https://{host}/cb?access_token={secret}&page=2",
            f"https://{host}/r?api_key={secret}",
            f"https://{host}/o?X-Goog-Signature={secret}&x=1",
            f"redis://:{secret}@{host}:6379/0",
            f"https://{host}/reset#token={secret}",
        ],
    )


def assignment(rng: random.Random) -> str:
    name = rng.choice(
        ["password", "user_password", "dbPassword", "x-api-key", "clientSecret", "ACCESS_TOKEN", "privateKey"]
    )
    secret = _some(rng, ALNUM, 14)
    return rng.choice(["{}={}", "{}: {}", '"{}": "{}"', "{}='{}'"]).format(name, secret)


def ssn(rng: random.Random) -> str:
    return f"{rng.choice([rng.randint(1, 665), rng.randint(667, 899)]):03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def cookie(rng: random.Random) -> str:
    header = rng.choice(
        ["Cookie: sid={}; theme=dark", "Set-Cookie: session={}; Path=/; HttpOnly", "cookie: a=1; auth={}"]
    )
    return header.format(_some(rng, ALNUM, 20))


SUPPORTED = {
    "email": email,
    "phone": phone,
    "card": card,
    "iban": iban,
    "ip": ip,
    "jwt": jwt,
    "api_key": api_key,
    "private_key": private_key,
    "authorization": authorization,
    "url": url,
    "assignment": assignment,
    "ssn": ssn,
    "cookie": cookie,
}


def secrets_of(kind: str, planted: str) -> list[str]:
    """The parts of a planted text that must not come out; the rest (a host's name, a scheme, a parameter's name) may."""
    if kind == "authorization":
        return [planted.strip("'").split()[-1].strip("'")]
    if kind == "private_key":
        return [line for line in planted.replace("\\n", "\n").split("\n") if not line.startswith("-----")]
    if kind == "url":
        runs = [part for part in _runs(planted) if len(part) == 18]
        return runs[:1]
    if kind == "cookie":
        return [part for part in _runs(planted) if len(part) == 20]
    if kind == "assignment":
        return [part for part in _runs(planted) if len(part) == 14][-1:]
    return [planted]


def _runs(text: str) -> list[str]:
    return "".join(c if c in ALNUM else " " for c in text).split()


BEFORE = ["user said ", "failed for ", "", "got: ", "payload {'note': '", "line1\nline2 ", "(", "value=", "to ", "„"]
AFTER = [" please", "", ".", ", retrying", "'}", ")", "\nnext", " at step 3", "!", "?"]


def sentence(rng: random.Random, planted: str) -> str:
    return rng.choice(BEFORE) + planted + rng.choice(AFTER)


CLEAN = [
    "request took {n} ms, {m} rows in {f} s", "retry {m} of 5 in {f} seconds", "listening on port {p}", "GET /v1/orders/{n}/items?page={m}&size=50 200",
    "order {n} accepted with {m} items", "build {h} deployed to europe-west1", "trace {t} span {h}", "uuid {u} created", "at 2026-11-{d} 10:{mm}:{mm}.{n} +00:00",
    "2026-11-{d}T10:{mm}:{mm}Z worker-{m} started", "version {m}.{d}.{mm} of package", "sha256:{t}{t}", "total {f} EUR for {m} units", "timestamp {ms}",
    "memory {n} KiB of {n} KiB, cpu {f} %", "session: closed after {m} turns", "mail: queued {m}", "max_tokens={n} prompt_tokens={n}", "author: the basic plan of the bearer",
    "KeyError: 'item_{m}'", 'File "/app/shop/orders.py", line {n}, in place', "int() argument must be a string, not 'NoneType'", "range [{m}, {n}) step {m}",
    "coordinates {f}, {f}", "ISBN 978-3-16-148410-{d}", "ticket OPS-{n} closed", "SELECT count(*) FROM orders WHERE id = {n}", "batch {m}/{n} done: {m} ok, {m} failed",
    "10.{d} improved to 11.{d}", "room 0{d} on floor {m}", "ratio {f}:1", "http://localhost:{p}/health ok", "connected to 127.0.0.1:{p}", "gs://bucket/path/{h}.parquet",
    "rev orders-000{d}-abc", "key order_{n} not in cache", "state=ready code=ok", "phase: {m}", "x[{m}::{d}]", "std::vector<int> of {n}", "a == b && c >= {n}",
    "tokens in {n} out {n}", "SKU 12-3456-{n}", "{ms} ns since epoch", "offset {ns}", "snowflake {ns}", "chromium {m}.0.{p}.{d} on linux", "spent {n} of {n} credits in 0{m} days",
]  # fmt: skip


def clean(rng: random.Random) -> str:
    """A line without personal data, of the kinds that logs are made of; numbers of all sizes, dates, versions, ids, hashes."""
    return rng.choice(CLEAN).format(
        n=rng.randint(10, 99_999_999), m=rng.randint(1, 99), f=round(rng.uniform(0, 500), 3), p=rng.randint(1024, 65535), h=_some(rng, HEX, 16), t=_some(rng, HEX, 32),
        u="-".join(_some(rng, HEX, k) for k in (8, 4, 4, 4, 12)), d=f"{rng.randint(1, 28):02d}", mm=f"{rng.randint(0, 59):02d}", ms=rng.randint(1_700_000_000_000, 1_800_000_000_000),
        ns=rng.randint(10**17, 10**18),
    )  # fmt: skip
