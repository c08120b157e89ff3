"""The pages the browser looks at."""

from __future__ import annotations

from typing import Final

PAGES: Final = (
    "/",
    "/matrix",
    "/matrix?spalten=regionen",
    "/gewerk?trade=A-24&region=HWK-FF",
    "/region?region=HWK-FF",
    "/vergleich",
    "/vergleich?trade=A-24&region=HWK-FF&region=HWK-P&region=HWK-CB",
    "/ausbildungsbedarf",
    "/ausbildungsbedarf?hebel=A-24",
    "/bildung",
    "/bildung?ansicht=plan&trade=A-24",
    "/nachfolge",
    "/szenarien",
    "/szenarien?szenario=retention&neben=immigration_up&trade=A-24",
    "/guete",
    "/guete?groesse=new_contracts",
    "/suche?q=Klempner",
    "/suche?q=15230",
    "/quellen",
    "/hilfe",
    "/hilfe/planer",
    "/hilfe/glossar",
    "/methode/matrix",
    "/barrierefreiheit",
    "/docs",
    "/verwaltung",
)
WRONG: Final = ("/nichts", "/gewerk?trade=A-99", "/matrix?jahr=2030", "/hilfe/nichts", "/static/nichts.css")
LANGUAGES: Final = ("de", "en")


def in_language(address: str, lang: str) -> str:
    """Return an address in a language; German is what an address without one means."""
    if lang == "de":
        return address
    return f"{address}{'&' if '?' in address else '?'}lang={lang}"


EVERY: Final = tuple(in_language(page, lang) for page in PAGES for lang in LANGUAGES)
EVERY_WRONG: Final = tuple(in_language(page, lang) for page in WRONG for lang in LANGUAGES)
