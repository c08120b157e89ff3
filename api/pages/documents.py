"""Handbook, methods and glossary: read once at the start, from the package or from the checkout.

A wheel carries a copy of them beside the templates (`pyproject.toml`, force-include); in a checkout they are
read where people edit them. Without either the service starts all the same and lists none.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.language import DEFAULT, Lang, Text
from api.pages.markdown import PREFIX, Rendered, render, slug, title_of

PLACES: Final = (Path(__file__).parent / "bundled", Path(__file__).parents[2])
GLOSSARY: Final = "GLOSSARY.md"
HELP: Final = "/hilfe"
METHOD: Final = "/methode"
_INDEX: Final = "README.md"  # its place is taken by the list of the section
# Folder or file of the documents → address below which it is shown, and the language it is written in.
_SECTIONS: Final[tuple[tuple[str, str, Lang], ...]] = (
    ("docs/handbook", HELP, "de"),
    ("docs/methods", METHOD, "en"),
)


@dataclass(frozen=True)
class Document:
    """One document.

    Args:
        file: Path below the root of the documents.
        address: Where it is shown.
        lang: Language it is written in.
        text: Markdown.
        addresses: File → address of all documents, for the links between them.
    """

    file: str
    address: str
    lang: Lang
    text: str
    addresses: dict[str, str]
    _made: dict[Lang, Rendered] = field(default_factory=dict, repr=False, compare=False)

    def rendered(self, lang: Lang) -> Rendered:
        """Return the document as HTML with links to pages in a language; made when first asked for."""
        if lang not in self._made:
            self._made[lang] = render(self.text, lambda link: self._resolve(link, lang))
        return self._made[lang]

    @property
    def title(self) -> str:
        """Its first heading."""
        return title_of(self.text) or self.name

    @property
    def name(self) -> str:
        """Last part of its address."""
        return self.address.rsplit("/", 1)[-1]

    def _resolve(self, link: str, lang: Lang) -> str:
        """Return where a link of the document leads: another document, a section, an https address."""
        if link.startswith("https://"):
            return link
        file, _, anchor = link.partition("#")
        if ":" in file or file.startswith("/"):
            return ""
        fragment = f"#{PREFIX}{slug(anchor)}" if anchor else ""
        if not file:
            return fragment
        target = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), file))
        address = self.addresses.get(target)
        query = "" if lang == DEFAULT else f"?lang={lang}"
        return f"{address}{query}{fragment}" if address else ""


class Documents:
    """All documents by address.

    Args:
        places: Roots, the first that holds a handbook counts.
    """

    def __init__(self, places: tuple[Path, ...] = PLACES) -> None:
        root = next((place for place in places if (place / "docs" / "handbook").is_dir()), None)
        self.by_address: dict[str, Document] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: Path) -> None:
        found = [
            (path, f"{address}/{path.stem}", lang)
            for folder, address, lang in _SECTIONS
            for path in sorted((root / folder).glob("*.md"))
            if path.name != _INDEX
        ]
        if (root / GLOSSARY).is_file():
            found.append((root / GLOSSARY, f"{HELP}/glossar", "en"))
        addresses = {path.relative_to(root).as_posix(): address for path, address, _ in found}
        addresses |= {f"{folder}/{_INDEX}": address for folder, address, _ in _SECTIONS}
        for path, address, lang in found:
            file = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            self.by_address[address] = Document(file, address, lang, text, addresses)

    def below(self, address: str) -> list[Document]:
        """Return the documents of a section, in the order of NAMES, then of their titles."""
        order = list(NAMES)
        found = [one for one in self.by_address.values() if one.address.startswith(f"{address}/")]
        return sorted(
            found,
            key=lambda one: (order.index(one.address) if one.address in NAMES else len(order), one.title),
        )

    def title(self, document: Document, lang: Lang) -> str:
        """Return the title of a document in a language, its own heading where it has no other."""
        known = NAMES.get(document.address)
        return known[0].of(lang) if known else document.title

    def about(self, document: Document, lang: Lang) -> str:
        """Return in one sentence what a document is for; empty where nothing is known."""
        known = NAMES.get(document.address)
        return known[1].of(lang) if known else ""


# Address → title and what it answers, in both languages; the order is that of the lists.
NAMES: Final[dict[str, tuple[Text, Text]]] = {
    "/hilfe/planer": (
        Text("Handbuch für die Planung", "Handbook for planners"),
        Text("Eine Zahl lesen, nachfragen, worauf zu achten ist.",
             "Reading a number, asking why, what to watch out for."),
    ),
    "/hilfe/begriffe": (
        Text("Begriffe", "Terms"),
        Text("Ein Begriff, eine Bedeutung: was gezählt wird und was nicht.",
             "What is counted and what is not, short and in German."),
    ),
    "/hilfe/bildungsstaette": (
        Text("Handbuch für Bildungsstätten", "Handbook for training centres"),
        Text("Lehrgangsplätze, Fortbildung und Aussichten je Gewerk und Jahr.",
             "Course places, further training and outlook by trade and year."),
    ),
    "/hilfe/szenarien": (
        Text("Szenarien: Was wäre, wenn?", "Scenarios: what if?"),
        Text("Annahmen ändern und die Folgen nebeneinander sehen.",
             "Changing assumptions and seeing what follows, side by side."),
    ),
    "/hilfe/modellbericht": (
        Text("Den Modellbericht lesen", "Reading the model report"),
        Text("Wo das Modell trifft und wo es verfehlt.", "Where the model hits and where it misses."),
    ),
    "/hilfe/vorausschaetzen": (
        Text("Eigene Reihen vorausschätzen", "Forecasting your own series"),
        Text("Eine Tabelle hineingeben, eine Vorausschätzung mit Spannen herausbekommen.",
             "Put a table in, get a forecast with ranges out."),
    ),
    "/hilfe/zahlen": (
        Text("Zahlen einspielen", "Loading figures"),
        Text("Eine neue Ausgabe, die eigene Lehrlingsrolle, eine Meldung der Innung.",
             "A new edition, your own register of apprentices, a report of the guild."),
    ),
    "/hilfe/dashboards": (
        Text("Handbuch für Dashboards und Programme", "Handbook for dashboards and programs"),
        Text("Power BI, Excel, Grafana und andere verbinden.",
             "Connecting Power BI, Excel, Grafana and others."),
    ),
    "/hilfe/betrieb": (
        Text("Handbuch für den Betrieb", "Handbook for operators"),
        Text("Den Dienst betreiben, sichern, überwachen.", "Running, securing and watching the service."),
    ),
    "/hilfe/entwicklung": (
        Text("Handbuch für die Entwicklung", "Handbook for developers"),
        Text("Das Programm ändern: was wo hingehört.", "Changing the program: what belongs where."),
    ),
    "/hilfe/glossar": (
        Text("Glossar", "Glossary"),
        Text("Alle Begriffe mit englischem Namen und allen Abgrenzungen.",
             "One term, one meaning: what is counted and what is not."),
    ),
    "/methode/matrix": (
        Text("Matrix und Herleitung", "Matrix and explanation"),
        Text("Wie aus Bedarf und Angebot die Lücke wird und woraus sie sich zusammensetzt.",
             "How demand and supply become the gap, and what it is made of."),
    ),
    "/methode/demand": (
        Text("Bedarf", "Demand"),
        Text("Beschäftigte, offene Stellen und wie beides weitergeht.",
             "Employees, vacancies, and how both go on."),
    ),
    "/methode/workforce": (
        Text("Bestand an Fachkräften", "Workforce"),
        Text("Nach einzelnen Altersjahren: Renten, Todesfälle, Gesundheit, Wechsel.",
             "By single year of age: pensions, deaths, health, moves."),
    ),
    "/methode/apprentices": (
        Text("Auszubildende und Absolventen", "Apprentices and graduates"),
        Text("Vom Vertrag über Lösung und Prüfung bis zur Fachkraft.",
             "From the contract through dissolution and examination to the skilled worker."),
    ),
    "/methode/training_need": (
        Text("Ausbildungsbedarf", "Training need"),
        Text("Wie viele Verträge die Lücke schließen würden, und ab wann.",
             "How many contracts would close the gap, and from when on."),
    ),
    "/methode/succession": (
        Text("Nachfolge", "Succession"),
        Text("Inhaber, Übergaben und Schließungen.", "Owners, handovers and closures."),
    ),
    "/methode/masters": (
        Text("Meister, Techniker, Industriemeister", "Masters and technicians"),
        Text("Bestand, Stellen, Nachwuchs und Plätze.", "Stock, positions, newcomers and places."),
    ),
    "/methode/courses": (
        Text("Überbetriebliche Lehrgänge und Aussichten", "Inter-company courses and outlook"),
        Text("Wochen, Plätze und was jemanden erwartet, der heute beginnt.",
             "Weeks, places, and what awaits someone who starts today."),
    ),
    "/methode/knowledge": (
        Text("Wissen veraltet", "Knowledge ages"),
        Text("Welche Module wann erneuert werden müssen.", "Which modules have to be renewed when."),
    ),
    "/methode/working_time": (
        Text("Arbeitszeit", "Working time"),
        Text("Köpfe und Vollzeit.", "Heads and full-time equivalents."),
    ),
    "/methode/shortage": (
        Text("Anzeichen von Engpässen heute", "Signs of a shortage today"),
        Text("Was offene Stellen und Arbeitslose heute schon zeigen.",
             "What vacancies and unemployed persons show today."),
    ),
    "/methode/scenarios": (
        Text("Szenarien", "Scenarios"),
        Text("Hebel, ihre Stärke und ihre Quellen.", "Levers, their strength and their sources."),
    ),
    "/methode/estimates": (
        Text("Schätzungen zwischen Zahl und Rechnung", "Estimates between figures and accounts"),
        Text("Vom Land auf den Bezirk, von Altersgruppen auf Altersjahre.",
             "From the Land to the district, from age bands to single years."),
    ),
    "/methode/series": (
        Text("Vorausschätzung kurzer Jahresreihen", "The forecaster of short yearly series"),
        Text("Wie Reihen fortgesetzt werden und woher die Spannen kommen.",
             "How series are continued and where the ranges come from."),
    ),
    "/methode/drivers": (
        Text("Treiber", "Drivers"),
        Text("Schulabgänge, Baugenehmigungen und anderes, das mitgeführt wird.",
             "School leavers, building permits and other companions."),
    ),
    "/methode/reconcile": (
        Text("Vorausschätzungen, die sich addieren", "Forecasts that add up"),
        Text("Kreise, Bezirke, Land und Bund passen zusammen.", "Districts, Land and nation fit together."),
    ),
    "/methode/backtest": (
        Text("Rückblickende Prüfung und Fehlerprotokoll", "Backtest and error record"),
        Text("Was wir damals gesagt hätten, und was kam.", "What we would have said then, and what came."),
    ),
    "/methode/benchmark": (
        Text("Vergleich mit anderen Verfahren", "How good: the benchmark"),
        Text("Genauigkeit, Spannen und Tempo an öffentlichen Reihen.",
             "Accuracy, ranges and speed on public series."),
    ),
    "/methode/model_report": (
        Text("Modellbericht", "Model report"),
        Text("Das Modell an veröffentlichten Zahlen gemessen.", "The model held against published figures."),
    ),
}  # fmt: skip
