"""What all pages share: templates, headers, the way a request's query is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jinja2

from vigil_emulator.charts.window import DEFAULT_RANGE, RANGES
from vigil_emulator.console.time_words import ago, clock_time, day_time
from vigil_emulator.rest.api import Answer
from vigil_emulator.rest.request import Request

FOLDER = Path(__file__).parent

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing runs, nothing is loaded from elsewhere, whatever a log entry says."""
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a picture that is opened by itself."""
REFRESHES = {"off": 0, "5": 5, "30": 30}
"""Wall seconds after which a page asks anew."""

_FILTERS: dict[str, Any] = {"clock": clock_time, "day": day_time, "ago": ago}
_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request's parameters, with the choices that stay from page to page."""

    path: str
    query: Mapping[str, str]

    @classmethod
    def of(cls, request: Request) -> "PageRequest":
        """Return what an HTTP request asks for. Of a repeated parameter the last counts."""
        return cls(request.path, dict(parse_qsl(request.query, keep_blank_values=True, errors="replace")))

    def get(self, name: str, default: str = "") -> str:
        """Return a parameter."""
        return self.query.get(name, default)

    @property
    def range(self) -> str:
        """The chosen time range; the default where the console has no such range."""
        return self.get("range") if self.get("range") in RANGES else DEFAULT_RANGE

    @property
    def refresh(self) -> str:
        """After how long the page asks anew."""
        return self.get("refresh") if self.get("refresh") in REFRESHES else "off"

    def kept(self) -> dict[str, str]:
        """Return the choices that go along with every link."""
        return {name: self.query[name] for name in ("project", "range", "refresh") if self.query.get(name)}

    def link(self, path: str, **parameters: str) -> str:
        """Return a path with the choices that stay, and further parameters; an empty one drops a choice."""
        chosen = {name: value for name, value in {**self.kept(), **parameters}.items() if value}
        return f"{path}?{urlencode(chosen)}" if chosen else path

    def here(self, **changes: str) -> str:
        """Return the address of this page with other choices."""
        chosen = {name: value for name, value in {**self.query, **changes}.items() if value}
        return f"{self.path}?{urlencode(chosen)}" if chosen else self.path


@cache
def environment() -> jinja2.Environment:
    """Return the templates. Every value is escaped, unless it is marked as safe by `prose`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    return made


def page(template: str, *, status: int = 200, **values: object) -> Answer:
    """Return a page from its template."""
    text = environment().get_template(template).render(**values)
    headers = {**_COMMON, "content-type": "text/html; charset=utf-8", "content-security-policy": PAGE_POLICY}
    return Answer(status=status, body=text.encode("utf-8", "replace"), headers={**headers, "cache-control": "no-store"})


def picture(body: bytes, kind: str, *, keep: bool = False, name: str = "") -> Answer:
    """Return a picture. `keep`: its address stands for its content, so that it never changes."""
    headers = {
        **_COMMON,
        "content-type": kind,
        "content-security-policy": PICTURE_POLICY,
        "cache-control": "private, max-age=86400, immutable" if keep else "no-store",
    }
    if name:
        headers["content-disposition"] = f'inline; filename="{name}"'
    return Answer(status=200, body=body, headers=headers)


def style(text: str, *, keep: bool = False) -> Answer:
    """Return a style sheet."""
    kept = "private, max-age=3600" if keep else "no-store"
    return Answer(
        status=200,
        body=text.encode(),
        headers={**_COMMON, "content-type": "text/css; charset=utf-8", "cache-control": kept},
    )


def document(value: object) -> Answer:
    """Return a document as JSON."""
    headers = {**_COMMON, "content-type": "application/json; charset=utf-8", "cache-control": "no-store"}
    return Answer(status=200, body=json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), headers=headers)


def redirect(to: str) -> Answer:
    """Return a redirect to another page of the console."""
    return Answer(status=303, body=b"", headers={**_COMMON, "location": to, "content-security-policy": PAGE_POLICY})
