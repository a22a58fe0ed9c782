"""Measures what hostile text costs beside plain text of the same length; the docs have the result.

Run from the root: `python tests/telemetry/measure_hostile.py 300 1000 4000 20000`. Each kind is a fragment that begins
what a pattern looks for, repeated, so that the pattern begins everywhere and ends nowhere.
"""

import sys
import time

from vigil_telemetry.redaction import redact_text

PLAIN = (
    "The worker finished the batch and wrote its results to the table before the next one began; nothing was left to "
    "do until the scheduler called again, which it did after a short while, so that all orders were handled in time. "
)
BESIDE_NAMES = (
    "password=a ", "password: ", "token=", "token= ", '"password":"', "'password': '", '\\"password\\":\\"', '("password",', "('token', 'token'), ",
    "password -> ", "password => ", "password is ", "the password is ", "is your code ", "code is ", "pin is ", "token[", "token]]]]", 'password"""',
    "secret", "api key ", "key=key=", "token:token:", "pwd pwd ", "pass pass ", "passwordpassword", "session: ", "?token=", "&a=", "&code=abcdef", "/reset/",
    "/reset/a1b2c3d4 ", 'value="', 'name="', "name=token value=", "name: token, value: ", '{"name":"token","value":"', "value=1 name=token ", "key=token ",
    "{'k':'token','v':'", "name*=UTF-8''token\r\n\r\n", 'name="token"\r\n\r\n',
)  # fmt: skip
COMMANDS = (
    "--password ", "--token=", "-p ", "-p x ", "-u a ", "mysql -p", "curl -u ", "\\n-p", "%20-p", "-a\x00", "`-a`", "argv[1]=", "login('a', 'b", "PDO('a',",
    "HTTPBasicAuth(", "::add-mask::", "crypt('", "Xkey('a'", "vault login ", "set token ", "htpasswd a b c ", "net user a ", "net use x ", "echo a | ",
    "<<<", "--secret a ", "--value ", "secret --value ", "/p:a", "openssl -k ", "auth a:", "login a/",
)  # fmt: skip
HEADERS = (
    "basic ", "Basic YW5u", "bearer ", "Bearer a1", "token a", "Authorization: ", "authorization: basic ", "Cookie: a=", "cookie=", "Set-Cookie: ", "AUTH ",
    "AUTH PLAIN ", 'digest a="', 'Digest username="', "<Cookie a=",
)  # fmt: skip
ADDRESSES = (
    "postgres://", "://a:b@", "a:b@c ", "@", "a@", "a@b.", "@b.c ", "a/b@//", "x@y.z:1 ", "%40", "=40", "&#64;", "\\u0040", "a at b dot ", "(at) ", "[at]",
    "-at-", " at b.", " @ ", "//", "/a/b/", "a.b.c.d.", "sip:", "wa.me/1",
)  # fmt: skip
NUMBERS = (
    "1", "1 ", "12-", "4111 ", "4111-1111-", "4111111111111111 ", "4.", "1.2.3.", "1.2.3.4 ", "1:", "::", "1::2:", "a:b:c:", "fe80::", "2001:db8:", "%3A",
    "\\:", "[:]", "+4", "+49 ", "00 ", "0049 ", "0170 ", "(0170) ", "415-555-", "1-2-3-4-", "1_2_3_4_", "DE8", "DE89 ", "DE8937", "ab12",
    "1.2.3.4.in-addr.arpa ", "a-1-2-3-4.", "phone ", "call 1", "to=1", "tel:1", "use this code to sign in ", "one time code ",
)  # fmt: skip
REPORTS = (
    "Key (token)=(", "(a,b)=(", "VALUES (", "INSERT INTO t (token) VALUES (", "INTO token VALUES (", "INTO ", "password '", "PASSWORD(", "identified by ",
    "input_value=", "input_value=1, input_type=", "'input': ", "{'loc': 1, 'input': ", "[parameters: ", "parameters: $1", "On instance:\n", "LINE 1: '",
    "Failing row contains (", "Duplicate entry '", "duplicate key value is (", "dup key: { a: ", "invalid literal for int() with base 10: '", "invalid value '",
    "' is not a valid", '" must be ', "argument $1: '", "got '", "got 'abcdefg' ",
)  # fmt: skip
TABLES = (
    "a,b\n", "token,b\n1,2\n", "token\tb\n", "\n", "\na", "- a\n", "\\n", "token  b\n-----  -\n", "| token | b |\n|---|---|\n", "--  --\n", "a\n--\n",
)  # fmt: skip
MARKUP = (
    "<password>", "<password ", "<a>", "<token>x", "</token>", "<key>token</key>", "<![CDATA[", "&lt;password&gt;", "&quot;", "<a>\n<", '"),', "b'a',",
    "&colon;", "(((((", "[[[[", "{{{", "\\", '\\\\\\"', '"', "'",
)  # fmt: skip
KEYS = (
    "eyJ", "eyJabcdef.", "$2a$", "$6$a", "-----BEGIN PRIVATE KEY-----", "sk-", "ghp_", "sk_live_", "xoxb-", "AKIA", "AIza", "a-b_c1", "a1b2c3d4e5f6g7h8",
    "AbCd1234", "\uff0d", "\u201c", "é", "\u200b", "\\u0070",
)  # fmt: skip
KINDS = (*BESIDE_NAMES, *COMMANDS, *HEADERS, *ADDRESSES, *NUMBERS, *REPORTS, *TABLES, *MARKUP, *KEYS)


def cost(text: str, times: int) -> float:
    """Return the least CPU time of several scans."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        for _ in range(3):
            redact_text(text)
        best = min(best, (time.process_time() - started) / 3)
    return best


def filled(fragment: str, size: int) -> str:
    """Return the fragment, repeated to that size."""
    return (fragment * (size // len(fragment) + 1))[:size]


for size in map(int, sys.argv[1:] or ["300", "1000", "4000", "20000"]):
    plain = cost(filled(PLAIN, size), 40)
    costs = sorted(((cost(filled(kind, size), 15) / plain, kind) for kind in KINDS), reverse=True)
    ratios = [ratio for ratio, _ in costs]
    print(  # noqa: T201
        f"{size} characters, {len(costs)} kinds: {sum(ratio > 10 for ratio in ratios)} cost more than 10 times, half at "
        f"most {ratios[len(ratios) // 2]:.1f}, nine in ten at most {ratios[len(ratios) // 10]:.1f}, "
        f"the slowest {ratios[0]:.1f}: {[kind for _, kind in costs[:5]]}"
    )
