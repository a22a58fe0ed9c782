"""Secrets beside their name, in the forms that people and libraries write.

`password=...`, `"token": "..."` on any level of escaping, `('x-api-key', '...')`, `--password ...`.
The name is looked for, then what joins it with a value, then where that value ends (`value`). `elements` reads XML,
`members` names that are values themselves, `tables` and `statements` columns, `credentials` phrases and headers, `commands` command lines.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED, argument_is_secret, looks_secret, scan_commands, unlike_words
from vigil_telemetry.redaction.complaints import scan_complaints
from vigil_telemetry.redaction.credentials import authorization, cookie, phrases
from vigil_telemetry.redaction.elements import scan_elements
from vigil_telemetry.redaction.judgement import LABELLED, is_data
from vigil_telemetry.redaction.keys import Beside, beside, may_name
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.members import CLOSERS, NAMES, VALUES, scan_encoded_parts, scan_member
from vigil_telemetry.redaction.separators import apart, may_command
from vigil_telemetry.redaction.statements import scan_statements
from vigil_telemetry.redaction.tables import scan_tables
from vigil_telemetry.redaction.value import NEXT, value_at

_JOINED = re.compile(
    rf"(\w(?<!\w\w)[\w.\-]{{1,199}}+)(?=[ \t]{{0,16}}[=:\uff1a\uff1d<←>\-→%\\&\"'`\]\[)*])({CLOSERS})"
    r"([ \t]{0,16}+(?:::=|[-=~]{1,4}>|<[-~]{1,4}|:[ ]{0,2}[-=~]{1,4}>|→|←|\uff1a|\uff1d|:=|::(?=[ \t])|={1,3}(?!=)|:[ ]?(?:string|str|String|any|&'?(?:static )?str)[ ]?=(?!=)|:(?!:)|;s:[0-9]{1,6}:(?=\\{0,31}\")|%3[AaDd]|\\u003[dDaA]|>|&gt;|&#61;)(?:[ \t]|%20){0,16}+)",
)
_FLAG = re.compile(
    r"-(?<![\w-].)-?([A-Za-z][\w.-]{1,60}+)(\\{0,31}[\"'`],?\s{1,40}|\\{0,31}[\"'],(?=\\{0,31}[\"'])|[ \t\x00]+|,[ ]?|\r?\n[ \t]{0,40}-[ ]{1,4})"
)
_PAIR = re.compile(r"[(\[]\s{0,4}[bu]?(\\{0,31}[\"'])([\w.\- ]{2,80}+)\1\s{0,4},\s{0,4}(?=[bu]?\\{0,31}[\"']|[0-9])")
_FLAT = re.compile(r"(\\{0,31}[\"'])([\w.\-]{3,80}+)\1\s{0,4},\s{0,4}(?=[bu]?\\{0,31}[\"'])")
"""A name among the items of a list, as Node's `rawHeaders` has them."""
_SHORT_NAME = re.compile(
    r"([\"'])[kn]\1\s{0,2}:\s{0,2}([\"'])([\w.\- ]{2,80})\2\s{0,2},\s{0,2}([\"'])v(?:al)?\4\s{0,2}:\s{0,2}"
)
_PAIR_END = re.compile(r"\\{0,31}[\"']?\s{0,4}[)\],]|\\{0,31}[\"'](?:\s{0,4}$|,\s)")
_SIGN = re.compile(r"[=:<>~!-]{1,3}|eq|is|equals")
_ARN = re.compile(r"arn:[^\s\"']{0,120}:\Z")
_TWO = re.compile(r"((?:[A-Za-z0-9]+[ \-]){1,2})\Z")
_TAILS = frozenset(["passe", "answer", "codes"]) | frozenset(
    [
        "key",
        "number",
        "code",
        "id",
        "address",
        "phrase",
        "name",
        "secret",
        "token",
        "word",
        "birth",
        "date",
        "pin",
        "addr",
        "ip",
    ]
)
_NAMELESS = ("identified ", "community ", "basic", "login", "crypt(", "pdo", "add-mask", "ugfzc3dvcmq6")
_AUTH_NAME = re.compile(r"(?i)authorization|authentication-info")
_COOKIE_NAME = re.compile(r"(?i)cookies?|morsel")


def scan_pairs(text: str, steps: Steps) -> str:
    """Replace values whose name says that they are secret; looks no further where no such name can be."""
    lowered = text.lower()
    named = may_name(lowered)
    optioned = may_command(lowered)
    if not named and not optioned and not holds(lowered, _NAMELESS):
        return text
    if len(lowered) != len(text):  # a letter whose lower case is two: keep the places the same
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    spans: list[tuple[int, int, str]] = []
    if named:
        _beside_names(text, spans, steps)
        if "'" in text or '"' in text or "`" in text:
            scan_complaints(text, lowered, spans, steps)
    phrases(text, lowered, spans, steps)
    if optioned:
        scan_commands(text, spans, steps)
        if (plain := apart(text)) is not None:
            scan_commands(plain, spans, steps)
            if named:
                _flags(plain, spans, steps)
    return _without(text, spans) if spans else text


def _beside_names(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    if "<" in text:
        scan_elements(text, spans, steps)
    _joined(text, spans, steps)
    if "-" in text:
        _flags(text, spans, steps)
    if "name*=" in text:
        scan_encoded_parts(text, spans, steps)
    if "," in text:
        _pairs(text, spans, steps)
        if "'," in text or '",' in text:
            _listed(text, spans, steps)
    scan_statements(text, spans, steps)
    scan_tables(text, spans, steps)


def _without(text: str, spans: list[tuple[int, int, str]]) -> str:
    spans.sort(key=lambda span: (span[0], -span[1]))
    done = 0
    parts: list[str] = []
    for start, end, mark in spans:
        if start >= done:
            parts += [text[done:start], mark]
            done = end
        elif end > done:
            done = end
    return "".join(parts) + text[done:]


def _joined(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    done = 0
    for found in _JOINED.finditer(text):
        start = found.start()
        if start < done:
            continue
        name = found[1]
        place = found.end()
        lowered = name.lower()
        if lowered in NAMES or lowered in VALUES:
            named = scan_member(text, found, lowered, spans, steps)
            if named or lowered not in _TAILS:
                done = max(done, named)
                continue
        how = _how(text, start, name, steps)
        if how is None or _in_code(text, found) or (lowered in _TOKENS and _COUNT.match(text, place) is not None):
            continue
        steps.spend(11)
        joint = found[3].strip()
        if joint == "&gt;" and text.startswith("&lt;", start - 4):
            stop = text.find("&lt;", place, place + 4_000)
            spans.append((place, stop if stop >= 0 else place, REDACTED))
            continue
        if joint == ":" and text[start - 1 : start] == ":" and _ARN.search(text, max(start - 130, 0), start):
            continue  # the name of a resource
        arrow = joint in ("->", "<-") or name.endswith("-")
        if (joint in (">", "&gt;") and not arrow) or (arrow and not found[3][-1:].isspace()):
            continue  # an element, or a member of an object: `$session->close()`
        loose = found[3][-1:].isspace() or joint == ":"
        judged = _judged(text, place, name, how, loose=loose, spaced=found[3][-1:].isspace() or arrow, steps=steps)
        if judged is not None:
            spans.append(judged)
            done = judged[1]


def _how(text: str, start: int, name: str, steps: Steps) -> Beside | None:
    """What the name that begins here says about its value: without the escape before it, with the words before it."""
    before = text[start - 1 : start]
    if before == "\\" and name[0] in "nrt":
        name = name[1:]
    elif before == "%" and _HEX.match(name) is not None:
        name = name[2:]
    elif before == "-" and name[0] == "D" and name[1:2].islower():
        name = name[1:]  # a property of Java: `-Dtoken=...`
    how = beside(name.rstrip("-"))
    tail = name.lower().rpartition(".")[2]
    if how is None and tail in _TOKENS:
        steps.spend(4)
        return Beside.SOFT if _OF_TOKENS.search(text, max(start - 1_000, 0), start) is not None else None
    if how is not None or tail not in _TAILS:
        return how
    steps.spend(1)
    two = _TWO.search(text, max(start - 32, 0), start)
    if two is None:
        return None
    return beside(f"{two[1]}{tail}") or beside(f"{two[1].split()[-1]} {tail}")


_TOKENS = frozenset({"access", "refresh"})
_COUNT = re.compile(r"[0-9]{1,12}(?!\w)")
_OF_TOKENS = re.compile(r"okens(?:\\{0,31}[\"'`])?[ \t]{0,2}(?:=>|[:=])[ \t]{0,2}\{[^{}]*\Z")
"""What stands before the members of `tokens: {access: ..., refresh: ...}`."""


def _judged(
    text: str, place: int, name: str, how: Beside, *, loose: bool, spaced: bool, steps: Steps
) -> tuple[int, int, str] | None:
    """What is replaced beside a name, and by what."""
    if _AUTH_NAME.search(name) is not None and (header := authorization(text, place)) is not None:
        return header
    if _COOKIE_NAME.search(name) is not None:
        crumbs = cookie(text, place)
        if crumbs is not None:
            return crumbs
    if "ignature" in name and (signed := _SIGNED.match(text, place)) is not None:
        return *signed.span(1), REDACTED
    value = value_at(text, place, words=spaced and how is Beside.SECRET)
    if value is not None:
        steps.spend((value.end - value.start) // LENGTH)
    if value is None or not is_data(value, name, how, loose=loose):
        return None
    if not value.quoted and text[value.end : value.end + 1] == "(" and _CALLED.fullmatch(value.text) is not None:
        return None  # `token = get_token()`
    row = _ROW.match(text, value.start) if not value.quoted else None
    return value.start, max(value.end, row.end() if row is not None else 0), REDACTED


def _in_code(text: str, found: re.Match[str]) -> bool:
    """Whether what stands beside a name is a variable, or the name of a secret: `assert token == expected`."""
    compared = found[3].strip() in ("==", "===") and _VARIABLE.match(text, found.end()) is not None
    return compared or _names_a_secret(text, found.start(), found[1])


def _names_a_secret(text: str, start: int, name: str) -> bool:
    """Whether it is `gcloud secrets versions access 3 --secret=...`, which says what a secret is called."""
    return name == "secret" and text.startswith("--", start - 2) and "secrets " in text[max(start - 200, 0) : start]


_VARIABLE = re.compile(r"[A-Za-z_.]{1,60}+(?![^\s,;:)\]}])")
"""What code compares a variable with: a name without digits."""
_SIGNED = re.compile(
    r"[ \t]{0,4}((?=[^\s\"']{0,60}[\w+/]{20})(?:[a-z]{1,3}[0-9]{0,3}[=,][\w+/.:-]{1,400}={0,2}(?:[,;][ ]?|[ ](?=v[0-9],))?){2,8})"
)
"""`t=1760000000,v1=...`, `v1,...`: the signature of a webhook, as its header has it."""
_CALLED = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+){0,4}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}\w")
_ROW = re.compile(
    r"[+(0-9][0-9]{0,15}(?:[ ()/.\-\u00a0\u202f\u2010-\u2015]{1,3}[0-9]{2,16}){0,8}|[A-Z]{2}[ \-.]?[0-9]{2}(?:[ \-.\u00a0]?[0-9A-Z]{2,4}){3,8}"
)
"""Groups of a number or an IBAN, which go together."""


def _flags(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _FLAG.finditer(text):
        steps.spend(1)
        name = found[1]
        how = beside(name)
        if how is None or _names_a_secret(text, found.start(1), name):
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(6 if value is None else 6 + (value.end - value.start) // LENGTH)
        if value is None or value.held or value.text.startswith("-") or not is_data(value, name, how, loose=True):
            continue
        if how is Beside.SOFT and found[2][:1] not in "\"'\\," and not argument_is_secret(value.text, name):
            continue
        bare = value.text
        if (
            not value.quoted
            and bare.islower()
            and bare.isalpha()
            and prose.is_sentence(text[value.start : value.start + 80].partition("\n")[0])
        ):
            continue
        spans.append((value.start, value.end, REDACTED))


def _pairs(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _PAIR.finditer(text):
        steps.spend(2)
        name = found[2]
        how = beside(name)
        if how is None:
            continue
        if _AUTH_NAME.search(name) is not None and (header := authorization(text, found.end())) is not None:
            spans.append(header)
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is not None and value.quoted and _SIGN.fullmatch(value.text) is not None:  # `('password', '=', ...)`
            sign = NEXT.match(text, value.end)
            value = value_at(text, sign.end(), words=False) if sign is not None else None
        if value is None or not value.text or (value.quoted and _PAIR_END.match(text, value.end) is None):
            continue
        if beside(value.text) is not None and LABELLED.fullmatch(value.text):
            continue  # a list of names: `('password', 'token')`
        if is_data(value, name, how, loose=False):
            spans.append((value.start, value.end, REDACTED))


def _listed(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Values behind their name in a list of both, and `{"k": "password", "v": "..."}`."""
    for found in _FLAT.finditer(text):
        steps.spend(2)
        name = found[2]
        if name.isdigit() or beside(name) is None:
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is None:
            continue
        bare = value.text.rpartition(" ")[2]
        if (" " in value.text and authorization(text, value.start)) or looks_secret(bare) or unlike_words(bare):
            spans.append((value.start, value.end, REDACTED))
    if "v" in text:
        for found in _SHORT_NAME.finditer(text):
            steps.spend(9)
            value = value_at(text, found.end(), words=False) if (how := beside(found[3])) is not None else None
            if value is not None and how is not None and is_data(value, found[3], how, loose=False):
                spans.append((value.start, value.end, REDACTED))
