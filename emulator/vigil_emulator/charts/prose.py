"""Markdown of dashboards and alert policies as HTML that can do no harm.

HTML in it is shown as text, links go only to the web or a mail program, and pictures are named instead of loaded.
"""

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

_WEB = ("https://", "http://", "mailto:", "/console/")


def html(markdown: str) -> Markup:
    """Return the text as HTML."""
    return Markup(_parser().render(markdown))  # noqa: S704 - the parser escapes everything that it does not write itself


def plain(content: str) -> Markup:
    """Return text as it is, line by line."""
    return Markup('<pre class="prose-plain">') + escape(content) + Markup("</pre>")


def lines(markdown: str) -> list[tuple[str, str]]:
    """Return the text without its marks: each block with what it is (`h`, `p`, `li`)."""
    found: list[tuple[str, str]] = []
    kind = "p"
    for token in _parser().parse(markdown):
        if token.type == "heading_open":
            kind = "h"
        elif token.type == "list_item_open":
            kind = "li"
        elif token.type in {"heading_close", "list_item_close"}:
            kind = "p"
        elif token.type == "inline":
            words = "".join(_word(part) for part in token.children or ())
            found += [(kind, line) for line in words.split("\n") if line.strip()]
        elif token.type in {"fence", "code_block"}:
            found += [("p", line) for line in token.content.splitlines()]
    return found


def _word(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    return token.content


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.validateLink = _allowed
    parser.add_render_rule("image", _named)
    parser.add_render_rule("link_open", _outside)
    for name in ("td_open", "th_open"):
        parser.add_render_rule(name, _unstyled)
    for level in ("heading_open", "heading_close"):
        parser.add_render_rule(level, _lower)
    return parser


def _allowed(url: str) -> bool:
    return url.lower().startswith(_WEB)


def _named(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """A picture would be loaded from another host: its description stands for it."""
    del self, options, env
    return str(escape(f"[{tokens[idx].content or 'picture'}]"))


def _outside(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    tokens[idx].attrSet("rel", "noreferrer noopener")
    return self.renderToken(tokens, idx, options, env)


def _unstyled(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """A column's alignment is a style attribute, which the page's policy does not allow."""
    tokens[idx].attrs.pop("style", None)
    return self.renderToken(tokens, idx, options, env)


def _lower(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Headings below the tile's own, so that the page's outline stays one."""
    tokens[idx].tag = f"h{min(6, int(tokens[idx].tag[1]) + 3)}"
    return self.renderToken(tokens, idx, options, env)
