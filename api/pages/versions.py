"""Other versions of a page at addresses of their own: on paper, and as a part of another web site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.language import DEFAULT, Lang

FOLDER: Final = "/embed"
EXPLORE: Final = "/erkunden"
# page → the same page as a PDF
PAPER: Final = {
    "/": "/jahr.pdf",
    "/matrix": "/matrix.pdf",
    "/gewerk": "/gewerk.pdf",
    "/vergleich": "/vergleich.pdf",
    "/region": "/region.pdf",
    "/ausbildungsbedarf": "/ausbildungsbedarf.pdf",
    "/bildung": "/bildung.pdf",
    "/nachfolge": "/nachfolge.pdf",
    "/szenarien": "/szenarien.pdf",
    "/guete": "/guete.pdf",
    "/quellen": "/quellen.pdf",
}
EMBEDDED: Final = ("/matrix", "/gewerk", "/ausbildungsbedarf")
# pages with charts that plotly can draw on demand
EXPLORED: Final = frozenset({"/gewerk", "/region", "/ausbildungsbedarf"})
# pages with a form that leads to themselves: the next choice takes the place of this one
CHOSEN: Final = frozenset(
    {
        "/", "/matrix", "/gewerk", "/region", "/vergleich", "/ausbildungsbedarf", "/bildung", "/nachfolge",
        "/szenarien", "/guete", "/suche",
    }
)  # fmt: skip
# the only ones that may run a script
SCRIPTED: Final = EXPLORED | CHOSEN


@dataclass(frozen=True, slots=True)
class Versions:
    """Addresses of one page.

    Args:
        address: The page itself, as a path.
        paper: The same as a PDF; empty where there is none.
        embedded: The same as a part of another web site; empty where there is none.
        explored: Whether it has charts to explore.
        chosen: Whether it has a form that leads to itself.
    """

    address: str = ""
    paper: str = ""
    embedded: str = ""
    explored: bool = False
    chosen: bool = False


def in_language(address: str, lang: Lang) -> str:
    """Return the address of the same page in a language.

    Example:
        >>> in_language("/matrix?year=2030", "en"), in_language("/?lang=en", "de")
        ('/matrix?year=2030&lang=en', '/')
    """
    path, _, query = address.partition("?")
    parts = [part for part in query.split("&") if part and not part.startswith("lang=")]
    if lang != DEFAULT:
        parts.append(f"lang={lang}")
    return f"{path}?{'&'.join(parts)}" if parts else path


def versions(address: str) -> Versions:
    """Return the versions of a page.

    Example:
        >>> versions("/gewerk?trade=A-24").paper, versions("/gewerk?trade=A-24").embedded
        ('/gewerk.pdf?trade=A-24', '/embed/gewerk?trade=A-24')
        >>> versions("/hilfe").paper
        ''
    """
    path, mark, query = address.partition("?")
    paper = f"{PAPER[path]}{mark}{query}" if path in PAPER else ""
    embedded = f"{FOLDER}{address}" if path in EMBEDDED else ""
    return Versions(address, paper, embedded, path in EXPLORED, path in CHOSEN)
