"""A page as blocks to be set in type: from the HTML a browser gets, so that paper and screen cannot disagree.

What leads elsewhere on the screen is left out: navigation, forms, links to data. Every text stays a text: it
is handed on as data and never read as markup again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin

Block = dict[str, Any]
Run = dict[str, str]

_SVG: Final = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_DESCRIPTION: Final = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
_VOID: Final = frozenset({"meta", "link", "br", "input", "img", "hr", "picture-of"})
_LEFT_OUT_TAGS: Final = frozenset(
    {"form", "nav", "footer", "script", "summary", "button", "template", "colgroup"}
)
_LEFT_OUT: Final = frozenset({"tabs", "data", "links", "hidden", "skip", "screen", "print", "choice"})
_HEADINGS: Final = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
_STYLES: Final = ("mark", "range", "unit", "code", "note", "words", "value", "terms")
_TONES: Final = frozenset({"h1", "h2", "h3", "c1", "c2", "c3", "shortage", "surplus"})
_WEB: Final = ("http://", "https://")
SOFT_HYPHEN: Final = "\u00ad"


@dataclass(slots=True)
class Element:
    """An element of the page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        """Its classes."""
        return frozenset(self.attributes.get("class", "").split())

    @property
    def left_out(self) -> bool:
        """Whether it has no place on paper."""
        return self.tag in _LEFT_OUT_TAGS or bool(self.kinds & _LEFT_OUT)

    def elements(self) -> Iterator[Element]:
        """Yield the elements right below that have a place on paper."""
        for child in self.children:
            if isinstance(child, Element) and not child.left_out:
                yield child

    def find(self, *tags: str) -> Iterator[Element]:
        """Yield the elements of some tags below, not those within each other."""
        for child in self.elements():
            if child.tag in tags:
                yield child
            else:
                yield from child.find(*tags)


class _Builder(HTMLParser):
    """Reads our own pages: well-formed, every attribute quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open[-1].tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class Reader:
    """Turns one page into blocks.

    Args:
        html: The page.
        address: Its absolute address; links of the page are resolved against it.
    """

    def __init__(self, html: str, address: str) -> None:
        self._address = address
        self._pictures = _SVG.findall(html)
        places = iter(range(len(self._pictures)))
        builder = _Builder()
        builder.feed(_SVG.sub(lambda _: f'<picture-of number="{next(places)}">', html))
        builder.close()
        self._root = builder.root
        self._level = 0

    def page(self) -> dict[str, Any]:
        """Return language, title and blocks.

        Raises:
            ValueError: If it is no page of ours.
        """
        html, title, main = (next(self._root.find(tag), None) for tag in ("html", "title", "main"))
        if html is None or title is None or main is None:
            raise ValueError("no page")
        return {
            "lang": html.attributes.get("lang", "de"),
            "title": plain(self._runs(title)).replace(SOFT_HYPHEN, ""),
            "blocks": self._blocks(main),
        }

    def _blocks(self, parent: Element) -> list[Block]:
        found: list[Block] = []
        for one in parent.elements():
            found += self._block(one)
        return found

    def _block(self, one: Element) -> list[Block]:
        if one.tag in _HEADINGS:
            self._level = min(_HEADINGS[one.tag], self._level + 1)  # a level left out would break the outline
            return [{"kind": "heading", "level": self._level, "runs": self._runs(one)}]
        match one.tag:
            case "p":
                return self._paragraph(one)
            case "ul" | "ol":
                return self._list(one)
            case "dl":
                return self._terms(one)
            case "table":
                return [self._table(one)]
            case "figure" | "picture-of":
                return self._figure(one)
            case "a" | "span" | "strong" | "pre" | "code":
                return self._paragraph(Element("p", {}, [one]))
        start = [{"kind": "sheet"}] if "sheet" in one.kinds else []
        return [*start, *self._blocks(one)]

    def _paragraph(self, one: Element) -> list[Block]:
        runs = self._runs(one)
        role = next((kind for kind in ("lead", "hint", "sign", "missing") if kind in one.kinds), "")
        return [{"kind": "paragraph", "role": role, "runs": runs}] if plain(runs) else []

    def _list(self, one: Element) -> list[Block]:
        entries = [
            {"runs": self._runs(entry), "tone": _tone(entry)} for entry in one.elements() if entry.tag == "li"
        ]
        role = next((kind for kind in ("notes", "scale", "sources", "bare") if kind in one.kinds), "")
        return [{"kind": "list", "role": role, "entries": entries}] if entries else []

    def _terms(self, one: Element) -> list[Block]:
        entries = []
        for pair in one.elements():
            parts = {part.tag: self._runs(part) for part in pair.elements()}
            if pair.tag == "div" and "dt" in parts and "dd" in parts:
                entries.append({"term": parts["dt"], "runs": parts["dd"]})
        role = "short" if "marks" in one.kinds else ""
        return [{"kind": "terms", "role": role, "entries": entries}] if entries else []

    def _figure(self, one: Element) -> list[Block]:
        pictures = [one] if one.tag == "picture-of" else list(one.find("picture-of"))
        captions = list(one.find("figcaption"))
        found: list[Block] = []
        for picture in pictures:
            svg = self._pictures[int(picture.attributes["number"])]
            words = [
                unescape(part.group(1)) for part in (_TITLE.search(svg), _DESCRIPTION.search(svg)) if part
            ]
            title = self._runs(captions[0]) if captions else [{"text": words[0]}] if words else []
            found.append({"kind": "chart", "title": title, "alt": ". ".join(words), "svg": svg})
        return found

    def _table(self, one: Element) -> Block:
        captions = list(one.find("caption"))
        head = [self._row(row) for part in one.find("thead") for row in part.find("tr")]
        rows = [self._row(row) for part in one.find("tbody") for row in part.find("tr")]
        # columns that have no place on paper are gone from the cells, but still counted in their spans
        columns = max((len(row["cells"]) for row in [*head, *rows]), default=0)
        for cell in (cell for row in rows for cell in row["cells"]):
            cell["span"] = min(cell["span"], columns)
        return {
            "kind": "table",
            "role": next((kind for kind in ("heat", "series") if kind in one.kinds), ""),
            "caption": self._runs(captions[0]) if captions else [],
            "columns": columns,
            "head": head,
            "rows": rows,
        }

    def _row(self, row: Element) -> Block:
        kinds = row.kinds
        return {
            "role": next((kind for kind in ("group", "chosen") if kind in kinds), ""),
            "cells": [self._cell(cell) for cell in row.elements() if cell.tag in ("th", "td")],
        }

    def _cell(self, cell: Element) -> Block:
        kinds = cell.kinds
        left = cell.tag == "th" and ("trade" in kinds or cell.attributes.get("scope") in ("row", "rowgroup"))
        return {
            "runs": self._runs(cell),
            "span": int(cell.attributes.get("colspan", "1")),
            "head": cell.tag == "th",
            "left": left or "text" in kinds,
            "missing": "missing" in kinds,
            "unsure": "unsure" in kinds,
            "tone": _tone(cell),
        }

    def _runs(self, one: Element) -> list[Run]:
        """Return the text of an element as runs of one style each, with single spaces."""
        found = list(self._inline(one, "", ""))
        tidy: list[Run] = []
        for run in found:
            text = re.sub(r"[ \t\r\n]+", " ", run["text"])
            if text.startswith(" ") and (not tidy or tidy[-1]["text"].endswith((" ", "\n"))):
                text = text[1:]
            if run.get("style") == "break":
                text = "\n"
            if text:
                tidy.append({**run, "text": text})
        while tidy and not tidy[-1]["text"].strip(" \n"):
            tidy.pop()
        if tidy:
            tidy[-1]["text"] = tidy[-1]["text"].rstrip(" ")
        return tidy

    def _inline(self, one: Element, style: str, link: str) -> Iterator[Run]:
        for child in one.children:
            if isinstance(child, str):
                run = {"text": child}
                if style:
                    run["style"] = style
                if link:
                    run["link"] = link
                yield run
            elif child.tag == "br":
                yield {"text": "", "style": "break"}
            elif not child.left_out:
                kinds = child.kinds
                inner = next((kind for kind in _STYLES if kind in kinds), style)
                inner = "strong" if child.tag in ("strong", "b") else inner
                yield from self._inline(child, inner, self._target(child) or link)

    def _target(self, one: Element) -> str:
        """Return where a link leads, as an absolute address; footnotes stand on the same paper."""
        href = one.attributes.get("href", "") if one.tag == "a" else ""
        if not href or href.startswith("#"):
            return ""
        target = urljoin(self._address, href)
        return target if target.startswith(_WEB) else ""


def _tone(one: Element) -> str:
    return next(iter(sorted(one.kinds & _TONES)), "")


def plain(runs: list[Run]) -> str:
    """Return the bare text of runs."""
    return "".join(run["text"] for run in runs).strip()


def read_page(html: str, address: str) -> dict[str, Any]:
    """Return a page as blocks.

    Args:
        html: A page of the service.
        address: Its absolute address.

    Example:
        >>> page = '<html><title>T</title><main><h1>Lücke</h1><nav>weg</nav><p>A <b>1</b></p></main>'
        >>> [(one["kind"], plain(one["runs"])) for one in read_page(page, "https://a.de/")["blocks"]]
        [('heading', 'Lücke'), ('paragraph', 'A 1')]
    """
    return Reader(html, address).page()
