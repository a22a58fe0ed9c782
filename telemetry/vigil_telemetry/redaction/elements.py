"""Secrets in XML: an element whose name says so, and one beside an element that holds the name."""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.keys import beside

_ELEMENT = re.compile(r"<(?:[A-Za-z][\w-]{0,40}:)?([A-Za-z][\w.\-]{1,80}+)((?:\s[^<>]{0,300})?)>(?:<!\[CDATA\[)?")
_NAME_ELEMENT = re.compile(
    r"<(?:[a-z]\w{0,20}:)?(?i:key|name|field|param|parameter|property|header|id|attribute|t[dh]|dt|label)>\s{0,4}([\w.\- ]{2,80}?)\s{0,4}</[\w:]{1,40}>\s{0,80}(?:<[A-Za-z][\w:]{0,40}(?:\s[^<>]{0,100})?>\s{0,80}){1,3}"
)


def scan_elements(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find `<password>...`, and `<key>password</key><string>...`."""
    _elements(text, spans, steps)
    if "</" in text:
        _neighbours(text, spans, steps)


def _elements(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _ELEMENT.finditer(text):
        steps.spend(1)
        if beside(found[1]) is None:
            continue
        steps.spend(6)
        stop = text.find("<", found.end(), found.end() + 8_000)
        closed = text.startswith("<![CDATA[", found.end() - 9)
        if closed:
            stop = text.find("]]>", found.end(), found.end() + 8_000)
        if stop < 0:
            stop = min(len(text), found.end() + 200)
        elif not closed and text[found.end()] in "\"'," and not text.startswith(("</", "<!"), stop):
            continue  # no element, but a placeholder in quotes: another begins before it ends
        inner = text[found.end() : stop].strip()
        if inner and not prose.is_mask(inner) and not prose.is_state(inner) and not prose.is_sentence(inner):
            spans.append((found.end(), stop, REDACTED))


def _neighbours(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`<key>password</key><string>...`, `<name>token</name><value>...`: elements beside one that has the name."""
    for found in _NAME_ELEMENT.finditer(text):
        steps.spend(4)
        if beside(found[1]) is None:
            continue
        stop = text.find("<", found.end(), found.end() + 8_000)
        end = stop if stop >= 0 else min(len(text), found.end() + 200)
        inner = text[found.end() : end].strip()
        if inner and not prose.is_mask(inner) and not prose.is_state(inner) and not prose.is_sentence(inner):
            spans.append((found.end(), end, REDACTED))
