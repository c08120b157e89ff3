"""Our own documents (CommonMark with tables) as parts of a page: escaped, with heads, ids and captions.

Raw HTML of a document is shown as text, never passed on. A link that leads nowhere on this server loses its
address and keeps its words.

Source: CommonMark 0.31; tables as in GitHub Flavored Markdown; parsed by markdown-it-py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

PREFIX: Final = "abschnitt-"
_COMMENT = re.compile(r"^<!--.*?-->\s*$", re.MULTILINE)
_NO_WORD = re.compile(r"[^a-z0-9]+")
_LISTED: Final = ("h2",)

Resolve = Callable[[str], str]
"""Address in a document → address on this server; empty if there is none."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as a page needs it.

    Args:
        title: Its first heading, as text.
        body: Everything below the first heading.
        contents: Id and text of the headings of the second level.
    """

    title: str
    body: Markup
    contents: tuple[tuple[str, str], ...]


def slug(text: str) -> str:
    """Return a heading as the last part of an address.

    Example:
        >>> slug("Größe, Güte & «Maß»")
        'grosse-gute-mass'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return _NO_WORD.sub("-", plain).strip("-")


def title_of(text: str) -> str:
    """Return the first heading of a document without rendering it; empty if it has none."""
    found = re.search(r"^# +(.+?)\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def render(text: str, resolve: Resolve) -> Rendered:
    r"""Return a document as HTML.

    Args:
        text: Markdown.
        resolve: Where a link of the document leads on this server.

    Example:
        >>> render("# A\n\n## B\n[c](c.md)", lambda href: "").body
        Markup('<h2 id="abschnitt-b">B</h2>\n<p>c</p>\n')
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", text))
    title, contents = _headings(tokens)
    for token in tokens:
        if token.children:
            token.children = _links(token.children, resolve)
    tokens = _tables(tokens, title)
    for token in tokens:
        if token.type in ("fence", "code_block"):
            token.type, token.info = "code_block", ""
            token.attrSet("tabindex", "0")
    body = parser.renderer.render(tokens, parser.options, {})
    return Rendered(title, Markup(body), contents)  # noqa: S704  (made by the parser, html switched off)


def _headings(tokens: list[Token]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Take the first heading out as the title and give the others ids; each id once."""
    contents, used, title = [], set[str](), ""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title = _plain(tokens[1].children or ())
        del tokens[:3]
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = _plain(tokens[at + 1].children or ())
        name, number = PREFIX + slug(text), 1
        while name in used:
            number += 1
            name = f"{PREFIX}{slug(text)}-{number}"
        used.add(name)
        token.attrSet("id", name)
        if token.tag == "h1":
            token.tag = tokens[at + 2].tag = "h2"
        if token.tag in _LISTED:
            contents.append((name, text))
    return title, tuple(contents)


def _plain(children: Sequence[Token]) -> str:
    return "".join(child.content for child in children if child.type in ("text", "code_inline"))


def _links(children: list[Token], resolve: Resolve) -> list[Token]:
    """Lead links to this server; those without a target become their words."""
    kept, open_links = [], []
    for child in children:
        if child.type == "link_open":
            target = resolve(str(child.attrGet("href") or ""))
            open_links.append(target)
            if not target:
                continue
            child.attrs = {"href": target}
            if not target.startswith(("/", "#")):
                child.attrSet("rel", "noreferrer")
        elif child.type == "link_close":
            if not open_links.pop():
                continue
        elif child.type == "image":
            child.type, child.tag = "text", ""  # pictures stay outside: the words stand in their place
        kept.append(child)
    return kept


def _tables(tokens: list[Token], title: str) -> list[Token]:
    """Give tables a caption, heads with a scope, and a frame that scrolls by keyboard."""
    made: list[Token] = []
    heading, times = title, dict[str, int]()
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _plain(tokens[at + 1].children or ())
        elif token.type == "th_open":
            if _plain(tokens[at + 1].children or ()):
                token.attrSet("scope", "col")
            else:
                token.tag = tokens[at + 2].tag = "td"  # nothing to read out as a head
        if token.type in ("th_open", "td_open"):
            token.attrs = {name: value for name, value in token.attrs.items() if name != "style"}
        if token.type == "table_open":
            times[heading] = times.get(heading, 0) + 1
            name = escape(heading if times[heading] == 1 else f"{heading} ({times[heading]})")
            made.append(_html(f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">\n'))
            made += [token, _html(f'<caption class="hidden">{name}</caption>\n')]
        elif token.type == "table_close":
            made += [token, _html("</div>\n")]
        else:
            made.append(token)
    return made


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)
