"""Pages on one topic, put together: training need, training centres, succession, scenarios.

Each reads its records the way the routes of the interface do, and links to the answer behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup

from api import query, records
from api.documentation import PREFIX
from api.language import Lang
from api.pages import charts, numbers
from api.pages import scenarios_view as scenarios
from api.pages import succession_view as succession
from api.pages import training_view as training
from api.pages.module_signals import signals
from api.pages.need_levers import LEVER, need_levers, of_trade, wanted
from api.pages.need_view import NEED, SORTS, Bare, NeedList, need_list, need_sentence
from api.pages.rendering import Pages
from api.pages.scenario_results import results
from api.pages.scenarios_view import Scenario
from api.pages.topic import Choice, downloads, frame, regions_with, trades_with
from api.pages.topic_words import TopicWords
from api.pages.view import Footnotes
from api.release import Release
from api.selection import Selection

NEED_PATH: Final = "/ausbildungsbedarf"
TRAINING_PATH: Final = "/bildung"
SUCCESSION_PATH: Final = "/nachfolge"
SCENARIOS_PATH: Final = "/szenarien"
TRADE_PATH: Final = "/gewerk"
RESULT_PATH: Final = f"{PREFIX}/scenarios/{{code}}/result"
VIEWS: Final = ("kurz", "plan")
PLAN: Final = VIEWS[1]


class TopicPages:
    """The pages over one release at a time.

    Args:
        pages: Templates and catalogues.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.words = {lang: TopicWords(texts) for lang, texts in pages.texts.items()}
        self._plans = Plans()

    def _render(self, template: str, choice: Choice, context: dict[str, Any]) -> bytes:
        other: Lang = "en" if choice.lang == "de" else "de"
        return self.pages.render(template, choice.lang, choice.address(other), context)

    def _frame(
        self, release: Release, choice: Choice, measures: Sequence[str], years: Sequence[int]
    ) -> dict[str, Any]:
        filled = regions_with(release, measures, [choice.year])
        return frame(release, choice, self.pages.wording[choice.lang], self.words[choice.lang], filled, years)

    def need(
        self,
        release: Release,
        choice: Choice,
        asked: Selection,
        sort: str,
        answers: Mapping[str, Any],
        refused: Sequence[str],
    ) -> bytes:
        """Return the ranked list of trades by training need, and what levers would change for one of them.

        Args:
            release: The release.
            choice: What the reader chose.
            asked: The query behind the list.
            sort: One of SORTS.
            answers: Lever → answer of the interface for the trade asked for; none if no trade was.
            refused: Why some levers have no answer.
        """
        lang = choice.lang
        texts, words, wording = self.pages.texts[lang], self.words[lang], self.pages.wording[lang]
        found = found_records(release, asked)
        shown = need_list(release, found, choice, sort, wording, words)
        _ = texts.gettext
        title, drawn = self.need_chart(shown, choice)
        sorts = {"differenz": _("largest difference"), "bedarf": _("largest need"), "gewerk": _("name")}
        context = {
            **self._frame(release, choice, [NEED], release.forecast_years),
            "section": "need",
            "summary": need_sentence(release, shown, choice, lang, texts),
            "list": shown,
            "base": release.base_year,
            "sort": sort,
            "sorts": [(code, sorts[code]) for code in SORTS],
            "chart_title": title,
            "chart": drawn,
            "trades": self._trades(release, replace(choice, trade=wanted(choice)), [NEED]),
            "moved": wanted(choice),
            "first_levers": self._first_levers(shown, choice),
            "levers": need_levers(release, answers, of_trade(choice, SCENARIOS_PATH), wording),
            "refused": list(dict.fromkeys(refused)),
            "links": downloads(f"{PREFIX}/training-need", asked.text),
            "trade_pages": self._trade_pages([row.code for row in (*shown.ranked, *shown.late)], choice),
            "scenarios": Choice(SCENARIOS_PATH, choice.region, choice.year, lang=lang).address(),
        }  # fmt: skip
        return self._render("need.html", choice, context)

    def _first_levers(self, shown: NeedList, choice: Choice) -> dict[str, str]:
        """Return the address of the levers of the trade that stands first."""
        if not shown.ranked:
            return {}
        first = shown.ranked[0]
        more = tuple((name, first.code if name == LEVER else value) for name, value in choice.more)
        return {"href": choice.other(more=more) + "#hebel", "label": first.label}

    def need_chart(self, shown: NeedList, choice: Choice) -> tuple[str, Markup]:
        """Return title and picture of the ranked list."""
        texts = self.pages.texts[choice.lang]
        title = texts.gettext(
            "Contracts a year with which the gap of %(year)s would be closed: middle and 80%% range"
        ) % {"year": choice.year}
        drawn = charts.dots(
            [
                charts.Dot(row.label, row.record["value"], row.record["lower_80"], row.record["upper_80"])
                for row in shown.ranked
            ],
            key="bedarf-bild", title=title, unit=texts.gettext("contracts a year"), lang=choice.lang,
            words=texts,
        )  # fmt: skip
        return title, drawn

    def training(
        self, release: Release, choice: Choice, asked: Selection, view: str, sheets: Sequence[str]
    ) -> bytes:
        """Return the plan for training centres: an overview, the sheet of a trade, or all sheets."""
        lang = choice.lang
        texts, words, wording = self.pages.texts[lang], self.words[lang], self.pages.wording[lang]
        found = found_records(release, asked)
        notes = Footnotes()
        rows, bare = training.overview(release, found, choice, wording, words, notes)
        document = plan_document(release)
        planned = self._plans.rows(release, choice)
        if view == PLAN:
            sheets = [row.code for row in rows]
        leaders: dict[str, list[records.Record]] = {code: [] for code in sheets}
        for record in found:
            if record["measure"] in training.LEADERS and record["trade_code"] in leaders:
                leaders[record["trade_code"]].append(record)
        place: list[tuple[str, list[str | int]]] = [
            ("region", [choice.region]),
            ("year", [choice.year]),
        ]
        plan = query.canonical([*place, ("trade", [choice.trade] if choice.trade else [])], lang)
        context = {
            **self._frame(release, choice, training.MEASURES, release.forecast_years),
            "section": "training",
            "view": view,
            "trades": self._trades(release, choice, training.MEASURES),
            "summary": training.training_sentence(release, found, choice, texts),
            "plan_missing": not document.get("rows"),
            "heads": self._heads(release, training.COLUMNS, lang),
            "rows": [] if choice.trade else rows,
            "bare": [] if choice.trade else bare_list(bare),
            "signals": () if sheets else signals(release, planned, document, lang, words),
            "sheets": [
                training.sheet(
                    release, code, planned.get(code, ()), document, leaders[code], lang, wording, words, notes
                )
                for code in sheets
            ],
            "notes": notes.texts,
            "group_size": self._group_size(document, lang),
            "links": {
                **downloads(f"{PREFIX}/matrix", asked.text),
                "plan": f"{PREFIX}/training-plan?{plan}",
                "plan_csv": f"{PREFIX}/training-plan?format=csv&{plan}",
            },
        }  # fmt: skip
        return self._render("training.html", choice, context)

    def succession(self, release: Release, choice: Choice, asked: Selection) -> bytes:
        """Return succession of all trades in a year, or of one trade over the years."""
        lang = choice.lang
        texts, words, wording = self.pages.texts[lang], self.words[lang], self.pages.wording[lang]
        found = found_records(release, asked)
        notes = Footnotes()
        measures = succession.measures_of(release)
        bare: dict[str, list[tuple[str, str]]] = {}
        if choice.trade:
            rows = succession.years_of(release, found, choice, wording, words, notes)
            summary = succession.trade_sentence(release, found, choice, texts)
        else:
            rows, bare = succession.overview(release, found, choice, wording, words, notes)
            summary = succession.overview_sentence(release, found, choice, texts)
        heads = self._heads(release, measures, lang)
        reason = next((record["note"] for record in found if record["note"]), "")
        context = {
            **self._frame(release, choice, measures, release.forecast_years),
            "section": "succession",
            "trades": self._trades(release, choice, measures),
            "trade_label": release.label("trades", choice.trade, lang) if choice.trade else "",
            "summary": summary,
            "heads": heads,
            "missing": numbers.listing(list(succession.missing_of(release, words)), lang),
            "rows": rows,
            "bare": bare_list(bare),
            "reason": reason,
            "charts": self._charts(found, heads, choice) if choice.trade and rows else [],
            "notes": notes.texts,
            "links": downloads(f"{PREFIX}/matrix", asked.text),
        }
        return self._render("succession.html", choice, context)

    def scenarios(
        self,
        release: Release,
        choice: Choice,
        named: Sequence[str],
        regions: Sequence[str] = (),
        answers: Mapping[str, Any] | None = None,
        refused: Sequence[str] = (),
    ) -> bytes:
        """Return the scenarios of the release in plain words, and what those chosen come to.

        Args:
            release: The release.
            choice: Region, year and trade.
            named: Scenarios chosen; none = all are told, none is computed.
            regions: Regions with accounts.
            answers: Scenario → answer of the interface.
            refused: Why others have no answer.
        """
        lang = choice.lang
        shown = scenarios.scenarios(release, lang, self.words[lang])
        place = Choice("/", choice.region, choice.year, lang=lang)
        context = {
            **frame(
                release, choice, self.pages.wording[lang], self.words[lang], frozenset(regions),
                release.forecast_years,
            ),
            "section": "scenarios",
            "trades": self._trades(release, choice, ["gap"]),
            "trade_label": release.label("trades", choice.trade, lang) if choice.trade else "",
            "chosen": list(named),
            "results": results(release, answers, choice, self.pages.wording[lang]) if answers else None,
            "refused": list(dict.fromkeys(refused)),
            "names": [(one.code, one.label) for one in shown],
            "addresses": self._results(shown, choice),
            "scenarios": [one for one in shown if not named or one.code in named],
            "one_address": {one.code: choice.other(more=(("szenario", one.code),)) for one in shown},
            "current": release.label("scenarios", str(release.catalogue["scenario"]), lang),
            "matrix": place.address(),
            "need": Choice(NEED_PATH, choice.region, choice.year, lang=lang).address(),
            "links": {"json": f"{PREFIX}/scenarios" + ("?lang=en" if lang == "en" else "")},
        }  # fmt: skip
        return self._render("scenarios.html", choice, context)

    def _trade_pages(self, trades: Sequence[str], choice: Choice) -> dict[str, str]:
        """Return trade → address of its own page, where the service has such pages."""
        if TRADE_PATH not in self.pages.known:
            return {}
        place: list[tuple[str, list[str | int]]] = [
            ("region", [choice.region]),
            ("year", [choice.year]),
        ]
        return {
            code: f"{TRADE_PATH}?{query.canonical([('trade', [code]), *place], choice.lang)}"
            for code in trades
        }

    def _results(self, shown: Sequence[Scenario], choice: Choice) -> dict[str, str]:
        """Return scenario → address of its result, where the service computes results."""
        if RESULT_PATH not in self.pages.known:
            return {}
        asked = query.canonical([("region", [choice.region]), ("year", [choice.year])], choice.lang)
        return {one.code: f"{RESULT_PATH.format(code=one.code)}?{asked}" for one in shown if not one.base}

    def _heads(self, release: Release, measures: Sequence[str], lang: Lang) -> list[dict[str, str]]:
        """Return title, unit and definition of columns, from the catalogue where it has them."""
        words, wording = self.words[lang], self.pages.wording[lang]
        heads = []
        for code in measures:
            entry = release.entries["measures"].get(code, {})
            unit, kind = str(entry.get("unit") or ""), str(entry.get("kind") or "")
            english = entry.get("definition_en") if lang == "en" else None
            heads.append(
                {
                    "code": code,
                    "title": words.measures[code],
                    "unit": words.units.get((unit, kind)) or wording.unit(unit, kind),
                    "definition": str(english or entry.get("definition") or ""),
                }
            )
        return heads

    def _trades(self, release: Release, choice: Choice, measures: Sequence[str]) -> list[dict[str, str]]:
        """Return the trades to choose from: those of the group with numbers in the region, by name."""
        known = trades_with(release, choice.region, measures)
        codes = {
            code
            for code in known
            if not choice.group or release.entries["trades"][code]["group"] == choice.group
        } | ({choice.trade} if choice.trade else set())
        named = [{"code": code, "label": release.label("trades", code, choice.lang)} for code in codes]
        return sorted(named, key=lambda one: (one["label"].casefold(), one["code"]))

    def _group_size(self, document: Mapping[str, Any], lang: Lang) -> str:
        size = document.get("group_size")
        if not size:
            return ""
        _ = self.pages.texts[lang].gettext
        return _("Classes: course places divided by %(size)s in a group (%(range)s).") % {
            "size": numbers.number(size["value"], lang),
            "range": numbers.interval(size["low"], size["high"], lang),
        }

    def _charts(
        self, found: Sequence[records.Record], heads: Sequence[Mapping[str, str]], choice: Choice
    ) -> list[tuple[str, Markup]]:
        """Return title and picture of each measure over the years."""
        texts = self.pages.texts[choice.lang]
        drawn = []
        for head in heads:
            series = [r for r in found if r["measure"] == head["code"] and r["value"] is not None]
            if series:
                title = f"{head['title']} ({head['unit']})"
                picture = charts.fan(
                    charts.points(series), key=f"bild-{head['code'].replace('_', '-')}", title=title,
                    unit=head["unit"], lang=choice.lang, words=texts, small=True,
                )  # fmt: skip
                drawn.append((title, picture))
        return drawn


def plan_document(release: Release) -> Mapping[str, Any]:
    """Return the training plan of a release; empty where it has none."""
    document = release.snapshot.documents.get("training_plan")
    return document if isinstance(document, dict) and "columns" in document else {}


class Plans:
    """Rows of the plan by region and year, of the release asked last."""

    def __init__(self) -> None:
        self._made: tuple[str, dict[tuple[str, int], list[Sequence[Any]]]] = ("", {})

    def rows(self, release: Release, choice: Choice) -> dict[str, list[dict[str, Any]]]:
        """Return trade → rows of the plan in the region and year of a choice."""
        document = plan_document(release)
        if self._made[0] != release.id:
            self._made = (release.id, _by_place(document))
        columns = list(document.get("columns", ()))
        found: dict[str, list[dict[str, Any]]] = {}
        for values in self._made[1].get((choice.region, choice.year), ()):
            row = dict(zip(columns, values, strict=True))
            found.setdefault(row["trade"], []).append(row)
        return found


def _by_place(document: Mapping[str, Any]) -> dict[tuple[str, int], list[Sequence[Any]]]:
    """Return region and year → rows of the plan, as they stand in it."""
    columns = list(document.get("columns", ()))
    found: dict[tuple[str, int], list[Sequence[Any]]] = {}
    if {"trade", "region", "year"} <= set(columns):
        region, year = columns.index("region"), columns.index("year")
        for row in document["rows"]:
            found.setdefault((row[region], row[year]), []).append(row)
    return found


def bare_list(reasons: Mapping[str, Sequence[tuple[str, str]]]) -> list[Bare]:
    """Return trades without data by reason."""
    return [Bare(reason, tuple(listed)) for reason, listed in reasons.items()]


def found_records(release: Release, asked: Selection) -> list[records.Record]:
    """Return the records of a selection in one region, as the interface delivers them."""
    return records.records(release, asked.region, asked.trades, asked.measures, asked.years, asked.lang)
