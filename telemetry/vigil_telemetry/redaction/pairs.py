"""Secrets beside their name, in the forms that people and libraries write.

`password=...`, `"token": "..."` on any level of escaping, `('x-api-key', '...')`, `--password ...`, `<password>...`,
`{"name": "DB_PASSWORD", "value": "..."}`, `Key (token)=(...)`, `PASSWORD '...'`, parts of forms. The name is looked for,
then what joins it with a value, then where that value ends (`value`).
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.keys import Beside, beside, counts_tokens, may_name
from vigil_telemetry.redaction.value import Value, value_at

REDACTED = "[redacted]"
CREDENTIALS = "[credentials]"

_CLOSERS = r"(?:\\{0,31}[\"'`]|\]|\)|\*\*|&quot;|&#3[49];|%22|%27|%5[Dd]|\\u0022){0,4}+"
_JOINED = re.compile(
    rf"(\w[\w.\-]{{1,99}}+)(?=[ \t]{{0,16}}[=:>\-→%\\&\"'`\])*])({_CLOSERS})"
    r"([ \t]{0,16}+(?:=>|->|→|:=|={1,3}(?!=)|:(?!:)|%3[AaDd]|\\u003[dDaA]|>|&gt;|&#61;)[ \t]{0,16}+)",
)
_FLAG = re.compile(r"-(?<![\w-].)-?([A-Za-z][\w-]{1,60}+)(\\{0,31}[\"'`],?[ ]|[ \t]+|,[ ]?)")
_PAIR = re.compile(r"[(\[]\s{0,4}[bu]?(\\{0,31}[\"'])([\w.\- ]{2,80}+)\1\s{0,4},\s{0,4}(?=[bu]?\\{0,31}[\"']|[0-9])")
_PAIR_END = re.compile(r"\\{0,31}[\"']?\s{0,4}[)\],]|\\{0,31}[\"'](?:\s{0,4}$|,\s)")
_PASSWORD_QUOTED = re.compile(
    r"(?:pass(?:word|wd|wort|phrase|code)|pwd|kennwort|identified(?: with [\w']{1,40})? by)[ \t]{1,8}(?=[bn]?\\{0,31}['\"`])",
)
"""In lower case: `PASSWORD '...'` of SQL, `password "..." was refused`."""
_SAID = re.compile(
    r"(?:pass(?:word|wd|wort|phrase|code)|pwd|kennwort|pin|otp|code|secret|token|key)"
    r"[ \t]{1,4}(?:is now|is|was|ist|set to|changed to|reset to)[ \t]{0,4}[: ][ \t]{0,4}",
)
"""In lower case: `the password is ...`."""
_IS = (" is", " was", " ist ", " to")
_ELEMENT = re.compile(r"<(?:[A-Za-z][\w-]{0,40}:)?([A-Za-z][\w.\-]{1,80}+)((?:\s[^<>]{0,300})?)>(?:<!\[CDATA\[)?")
_NAMES = frozenset(
    ["name", "key", "field", "header", "param", "parameter", "variable", "var", "id", "k", "env", "setting", "property", "attribute", "option", "label", "loc", "column", "n"]
)
_VALUES = frozenset(
    ["value", "val", "v", "values", "content", "contents", "data", "default", "text", "input", "string_value", "stringvalue", "defaultvalue"]
)
_NAMED_VALUE = re.compile(
    rf"\\{{0,31}}[\"'`]?[,;&\s>}})\]][^:=]{{0,60}}?(?<![\w.-])(?:string_?value|default_?value|value|val|v|values|contents?|data|default|text)({_CLOSERS})[ \t]{{0,8}}(?:=>|:=|[:=])[ \t]{{0,8}}",
)
_NAME_AFTER = re.compile(
    rf"\\{{0,31}}[\"']?\s{{0,4}},\s{{0,4}}\\{{0,31}}[\"']?(?:name|key|field|header|id|k)({_CLOSERS})[ \t]{{0,8}}[:=][ \t]{{0,8}}[bu]?\\{{0,31}}[\"']?([\w.\- ]{{2,80}}+)",
    re.IGNORECASE,
)
_PART = re.compile(r"\"?(?:;[^\r\n\\]{0,200})?(\r?\n|\\r\\n|\\n)(?:[A-Za-z-]{1,40}:[^\r\n\\]{0,200}\1){0,4}\1")
_PART_END = re.compile(r"\r?\n--|\\r\\n--|\\n--|\r?\n|\\r\\n|$")
_ROWS = re.compile(r"\(([^()]{1,400}(?:\([^()]{0,80}\)[^()]{0,200}){0,4})\)\s{0,4}(?:=|(?i:values))\s{0,4}\(")
_TWO = re.compile(r"((?:[A-Za-z0-9]+[ \-]){1,2})\Z")
_TAILS = frozenset(["key", "number", "code", "id", "address", "phrase", "name", "secret", "token", "word", "birth", "date", "pin", "addr", "ip"])
_SCHEME = re.compile(
    r"(?i)(?:bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|hawk|ssws|bot|splunk|aws4-hmac-sha256|googlelogin|key|mac|jwt)[ \t]{1,4}"
)
_PARAMETERS = re.compile(r"(?:,?[ \t]{0,4}[A-Za-z-]{1,30}=(?:\\{0,7}\"[^\"]{0,2000}\"|[^\s,\"']{1,2000})){1,12}")
_AUTH_NAME = re.compile(r"(?i)authorization|authentication-info")
_COOKIE_NAME = re.compile(r"(?i)cookies?|morsel")
_CRUMBS = re.compile(r"[^\s=;,\"'{}\[\]]{1,128}=[^\r\n\"'\\]*+")
_NUMBERS_ONLY = re.compile(r"[0-9][0-9,._]{0,11}")
_LABELLED = re.compile(r"[A-Za-z_][\w-]{0,40}")


def scan_pairs(text: str, steps: Steps) -> str:
    """Replaces values whose name says that they are secret; looks no further where no such name can be."""
    lowered = text.lower()
    if not may_name(lowered):
        return text
    if len(lowered) != len(text):  # a letter whose lower case is two: keep the places the same
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    spans: list[tuple[int, int, str]] = []
    if "<" in text:
        _elements(text, spans, steps)
    _joined(text, spans, steps)
    if "-" in text:
        _flags(text, spans, steps)
    if "," in text:
        _pairs(text, spans, steps)
    if ")" in text and "(" in text:
        _rows(text, spans, steps)
    _said(text, lowered, spans, steps)
    return _without(text, spans) if spans else text


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
        if lowered in _NAMES or lowered in _VALUES:
            steps.spend(4)
            done = max(done, _named(text, found, lowered, spans))
            continue
        if text[start - 1 : start] == "\\" and name[0] in "nrt":
            name = name[1:]
        elif text[start - 1 : start] == "%" and _HEX.match(name) is not None:
            name = name[2:]
        how = beside(name.rstrip("-"))
        if (
            how is None
            and (tail := lowered.rpartition(".")[2]) in _TAILS
            and (two := _TWO.search(text, max(start - 32, 0), start))
        ):
            how = beside(f"{two[1]}{tail}") or beside(f"{two[1].split()[-1] if two[1].split() else ''} {tail}")
        if how is None:
            continue
        steps.spend(5)
        joint = found[3].strip()
        if joint == ">" and not (name.endswith("-") or text[start - 1 : start] in ("<", ":")):
            continue
        if joint in (">", "&gt;") and not name.endswith("-"):
            continue  # an element
        arrow = joint == "->" or name.endswith("-")
        if arrow and not found[3][-1:].isspace():
            continue  # a member of an object: `$session->close()`
        loose = found[3][-1:].isspace() or joint == ":"
        judged = _judged(text, place, name, how, loose=loose, spaced=joint == ":" or found[3][:1].isspace() or arrow)
        if judged is not None:
            spans.append(judged)
            done = judged[1]


def _judged(text: str, place: int, name: str, how: Beside, *, loose: bool, spaced: bool) -> tuple[int, int, str] | None:
    """What is replaced beside a name, and by what."""
    if _AUTH_NAME.search(name) is not None and (header := _authorization(text, place)) is not None:
        return header
    if _COOKIE_NAME.search(name) is not None:
        crumbs = _cookie(text, place)
        if crumbs is not None:
            return crumbs
    value = value_at(text, place, words=spaced and how is Beside.SECRET)
    if value is None or not is_data(value, name, how, loose=loose):
        return None
    row = _ROW.match(text, value.start) if not value.quoted else None
    return value.start, max(value.end, row.end() if row is not None else 0), REDACTED


_HEX = re.compile(r"[0-9A-Fa-f]{2}\w")
_ROW = re.compile(
    r"[+(0-9][0-9]{0,15}(?:[ ()/.\-\u00a0\u202f\u2010-\u2015]{1,3}[0-9]{2,16}){0,8}|[A-Z]{2}[0-9]{2}(?:[ \-.\u00a0]?[0-9A-Z]{2,4}){3,8}"
)
"""Groups of a number or an IBAN, which go together."""


def _authorization(text: str, place: int) -> tuple[int, int, str] | None:
    """`Bearer ...`, `Digest username="...", response="..."`, `AWS4-HMAC-SHA256 Credential=...`; bare or quoted."""
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


def _cookie(text: str, place: int) -> tuple[int, int, str] | None:
    """`sid=...; theme=dark`, up to the end of the header."""
    quote = _OPENING.match(text, place)
    start = quote.end() if quote is not None else place
    crumbs = _CRUMBS.match(text, start)
    return None if crumbs is None else (start, crumbs.end(), CREDENTIALS)


def is_data(value: Value, name: str, how: Beside, *, loose: bool) -> bool:
    """Whether a value beside a sensitive name has to go."""
    text = value.text.strip()
    if not text or prose.is_mask(text) or text.startswith(("[redacted]", "[credentials]")):
        return False
    first = text.split(None, 1)[0]
    if value.held:
        return _holds_data(text)
    if text.replace(",", "").replace(".", "").isdigit():
        return _number_counts(text, name)
    if prose.is_sentence(text):
        return False
    if value.quoted:
        return not (prose.is_state(text) or prose.is_path(text) or (how is Beside.SOFT and prose.is_kind(text)))
    if prose.is_state(first) or prose.is_path(text) or (prose.is_simple_number(first) and how is Beside.SOFT):
        return False
    if how is Beside.SOFT:
        if prose.is_kind(first):
            return False
        return (any(c.isdigit() for c in first) and len(first) > 5) or "@" in first if loose else True  # noqa: PLR2004 - shorter ones are counts and versions
    return not (text.startswith("//") or (prose.is_kind(first) and len(first) == len(text)))


def _number_counts(text: str, name: str) -> bool:
    """Whether digits alone are a secret: not where tokens are counted, nor where they are too few."""
    if counts_tokens(name):
        return _NUMBERS_ONLY.fullmatch(text) is None and len(text) > 6  # noqa: PLR2004 - a login code has six
    lowered = name.lower()
    if lowered in ("auth", "session", "sig", "signature", "mail", "email", "cookies", "cookie", "phone", "mobile"):
        return len(text) > 6  # noqa: PLR2004 - as above
    return len(text) > 2  # noqa: PLR2004 - a check number has three


def _holds_data(text: str) -> bool:
    """Whether a list or an object beside a sensitive name holds more than prose, counts and names of fields."""
    for found in _MEMBERS.finditer(text):
        word = found[1] or found[2] or found[3]
        if (
            prose.is_state(word)
            or prose.is_sentence(word)
            or prose.is_mask(word)
            or prose.is_simple_number(word)
            or prose.is_kind(word)
        ):
            continue
        if text.startswith(":", found.end()) or (_LABELLED.fullmatch(word) and beside(word) is not None):
            continue
        return True
    return False


_MEMBERS = re.compile(r"\"([^\"]{0,2000}+)\"?|'([^']{0,2000}+)'?|([^\s\"',:;(){}\[\]<>]++)")


def _named(text: str, found: re.Match[str], label: str, spans: list[tuple[int, int, str]]) -> int:
    """`name: K, value: V` in all its forms, `V` before `K` too, and parts of forms."""
    value = value_at(text, found.end(), words=False)
    if value is None:
        return 0
    if label in _VALUES:
        after = _NAME_AFTER.match(text, value.end)
        if after is not None and (how := beside(after[2])) is not None and is_data(value, after[2], how, loose=False):
            spans.append((value.start, value.end, REDACTED))
            return value.end
        return 0
    name = value.text.strip()
    if len(name) > 100 or _LABELLED_NAME.fullmatch(name) is None or (how := beside(name)) is None:
        return 0
    part = _PART.match(text, value.end)
    if part is not None:
        stop = _PART_END.search(text, part.end())
        if stop is not None and stop.start() > part.end():
            spans.append((part.end(), stop.start(), REDACTED))
            return stop.start()
        return 0
    element = _REST_OF_TAG.match(text, value.end)
    if element is not None:
        stop = text.find("<", element.end(), element.end() + 4_000)
        inner = text[element.end() : stop if stop >= 0 else None]
        if inner.strip() and not prose.is_mask(inner.strip()):
            spans.append((element.end(), element.end() + len(inner), REDACTED))
            return element.end() + len(inner)
    joint = _NAMED_VALUE.match(text[value.end : value.end + 200].lower())
    if joint is None:
        return 0
    second = value_at(text, value.end + joint.end(), words=False)
    if second is None or not is_data(second, name, how, loose=False):
        return 0
    spans.append((second.start, second.end, REDACTED))
    return second.end


_LABELLED_NAME = re.compile(r"[\w.\- ]{2,100}")
_REST_OF_TAG = re.compile(r"[\"'](?:\s[^<>/]{0,200})?>")


def _elements(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _ELEMENT.finditer(text):
        steps.spend(1)
        if beside(found[1]) is None:
            continue
        steps.spend(3)
        stop = text.find("<", found.end(), found.end() + 8_000)
        closed = text.startswith("<![CDATA[", found.end() - 9)
        if closed:
            stop = text.find("]]>", found.end(), found.end() + 8_000)
        if stop < 0:
            stop = min(len(text), found.end() + 200)
        inner = text[found.end() : stop].strip()
        if inner and not prose.is_mask(inner) and not prose.is_state(inner) and not prose.is_sentence(inner):
            spans.append((found.end(), stop, REDACTED))


def _flags(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _FLAG.finditer(text):
        steps.spend(1)
        name = found[1]
        how = beside(name)
        if how is not Beside.SECRET and not (how is Beside.SOFT and found[2][:1] in "\"'\\,"):
            continue
        steps.spend(4)
        value = value_at(text, found.end(), words=False)
        if value is None or value.held or value.text.startswith("-") or not is_data(value, name, how, loose=True):
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
        if _AUTH_NAME.search(name) is not None and (header := _authorization(text, found.end())) is not None:
            spans.append(header)
            continue
        value = value_at(text, found.end(), words=False)
        if value is None or not value.text or (value.quoted and _PAIR_END.match(text, value.end) is None):
            continue
        if beside(value.text) is not None and _LABELLED.fullmatch(value.text):
            continue  # a list of names: `('password', 'token')`
        if is_data(value, name, how, loose=False):
            spans.append((value.start, value.end, REDACTED))


def _rows(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`Key (a, b)=(1, 2)` of PostgreSQL, `INSERT INTO t (a, b) VALUES (1, 2)`."""
    for found in _ROWS.finditer(text):
        steps.spend(8)
        if any(beside(name) is not None for name in re.findall(r"[A-Za-z_][\w.]*", found[1])):
            value = value_at(text, found.end() - 1, words=False)
            if value is not None and value.end - value.start > 2:  # noqa: PLR2004 - brackets with nothing between
                spans.append((value.start + 1, value.end - (text[value.end - 1] == ")"), REDACTED))


def _said(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`PASSWORD '...'` of SQL, `the password is ...`, `sshpass -p ...`, `Bearer ...`, cookies of a jar."""
    quoted = ("'" in text or '"' in text or "`" in text) and any(
        one in lowered for one in ("pass", "pwd", "kennwort", "identified")
    )
    for pattern in ([_PASSWORD_QUOTED] if quoted else []) + ([_SAID] if any(one in lowered for one in _IS) else []):
        for found in pattern.finditer(lowered):
            if lowered[found.start() - 1 : found.start()].isalnum():
                continue
            steps.spend(4)
            value = value_at(text, found.end(), words=False)
            if value is None or value.held:
                continue
            secret = is_data(value, "password", Beside.SECRET, loose=False) if value.quoted else _secretive(value.text)
            if secret and not prose.is_state(value.text):
                spans.append((value.start, value.end, REDACTED))
    for found in _SCHEMED.finditer(lowered):
        steps.spend(3)
        start, end = found.span(2)
        if _is_credentials(found[1], text[start:end]):
            spans.append((start, end, CREDENTIALS))
    if "cookie " in lowered or "morsel" in lowered:
        spans.extend((one.start(1), one.end(1), CREDENTIALS) for one in _JAR.finditer(text))
    if "-p" in text or "-u" in text or "pass:" in text or " -a " in text or "--user" in text or "auth " in lowered:
        spans.extend(
            (one.start(one.lastindex or 0), one.end(one.lastindex or 0), REDACTED) for one in _COMMANDS.finditer(text)
        )


_JAR = re.compile(r"<(?:Cookie|Morsel:)\s([^\s=<>]{1,200}=[^<>]{0,2000}?)(?=\sfor\s|/?>)")
_SCHEMED = re.compile(
    r"(bearer|basic|token|apikey|negotiate|ntlm|ssws|splunk|bot)(?<![\w-]bearer)(?<![\w-]basic)(?<![\w-]token)(?<![\w-]bot)[ \t]{1,4}([a-z0-9._~+/=:\-]{8,4000}+)",
)
_COMMANDS = re.compile(
    r"(?:curl|wget|http|https)\b[^\n|;]{0,200}?\s(?:-u|--user|--proxy-user)[ =]?[\"']?([^\s\"':]{1,60}:[^\s\"']{1,200})"
    r"|sshpass\s+-p\s*[\"']?([^\s\"']{1,200})"
    r"|\bmysql(?:dump|admin|import|show)?\b[^\n|;]{0,200}?\s-p([^\s\"'=-][^\s\"']{0,200})"
    r"|\blogin\b[^\n|;]{0,200}?\s-p[ =]?[\"']?([^\s\"'-][^\s\"']{0,200})"
    r"|\bredis-cli\b[^\n|;]{0,200}?\s-a\s+[\"']?([^\s\"']{1,200})"
    r"|\s-pass(?:in|out)?\s+pass:([^\s\"']{1,200})"
    r"|\b(?:AUTH|HELLO [23] AUTH)\s+(?:default\s+|\"default\"\s+)?[\"']?((?=[^\s\"']*[0-9])[^\s\"'()]{6,200})",
)


def _secretive(value: str) -> bool:
    """Digits of a login code, or letters and digits mixed."""
    bare = value.strip(".,;!?")
    if bare.isdigit():
        return 4 <= len(bare) <= 8  # noqa: PLR2004 - a login code
    return len(bare) > 5 and any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)  # noqa: PLR2004 - `utf8`, `v2`


def _is_credentials(scheme: str, value: str) -> bool:
    """Whether what follows the name of a scheme is a credential and not the next word of a sentence."""
    digit = any(c.isdigit() for c in value)
    if scheme == "basic":
        return _basic(value)
    if scheme == "bearer":
        return digit or (len(value) > 19 and value.isalpha()) or any(c in "._~+/=" for c in value.strip(".="))  # noqa: PLR2004 - no word is as long
    return digit and len(value) > 19 and any(c.isalpha() for c in value) and "://" not in value  # noqa: PLR2004 - as above


def _basic(value: str) -> bool:
    """Whether it is the base64 of `user:password`."""
    import base64
    import binascii

    bare = value.rstrip(".=:")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and all(byte >= 32 for byte in decoded)  # noqa: PLR2004 - printable
