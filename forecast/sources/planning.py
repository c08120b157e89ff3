"""Reads the tables of data/skills that plan teaching: perishable modules and inter-company courses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path

from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.courses import ASSUMED, READ, SPLIT, Course
from forecast.domain.estimate import READ_KINDS, Estimate
from forecast.domain.skills import AGEING, EXPIRES, TRENDS, SkillModule
from forecast.sources.documents import Complaints, Row, read_table

MODULES, COURSES = "skill_modules.csv", "inter_company_courses.csv"
KINDS = (*READ_KINDS, "judgement", "memory")
UNITS = {
    "half_life": "years",
    "validity": "years",
    "course_hours": "hours",
    "refresh_hours": "hours",
    "share_of_staff": "share",
    "trend": "direction",
    "deadline": "date",
    "course": "weeks",
    "weeks_total": "weeks",
    "group_size": "persons",
}
NUMBERS = ("half_life", "validity", "course_hours", "refresh_hours", "share_of_staff")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Planning:
    """What is known and assumed about teaching.

    Args:
        modules: Perishable modules by trade.
        courses: Weeks of inter-company courses by trade and year of training, and named courses.
        group_size: Places in one course, None where the table is missing.
    """

    modules: tuple[SkillModule, ...] = ()
    courses: tuple[Course, ...] = ()
    group_size: Estimate | None = None

    def modules_of(self, trade: str) -> tuple[SkillModule, ...]:
        """Modules of a trade, those of all trades included."""
        return tuple(module for module in self.modules if module.trade in (trade, ALL_TRADES))

    def courses_of(self, trade: str) -> tuple[Course, ...]:
        """Weeks and courses of a trade."""
        return tuple(course for course in self.courses if course.trade == trade)


def read_planning(root: Path, codes: CodeList, sources: Collection[str], complaints: Complaints) -> Planning:
    """Read both tables; a table that is not there counts as empty.

    Args:
        root: The folder data/.
        codes: Code lists, against which trades are checked.
        sources: Ids of all sources.
        complaints: Collects every fault with file, line and field.
    """
    reader = _Reader(codes, frozenset(sources), complaints)
    modules = reader.modules(_rows(root, MODULES))
    courses, group_size = reader.courses(_rows(root, COURSES))
    return Planning(modules, courses, group_size)


def _rows(root: Path, name: str) -> list[Row]:
    path = root / "skills" / name
    return read_table(path, path.relative_to(root.parent).as_posix()) if path.is_file() else []


@dataclass(frozen=True, slots=True)
class _Reader:
    codes: CodeList
    sources: frozenset[str]
    complaints: Complaints

    def modules(self, rows: Sequence[Row]) -> tuple[SkillModule, ...]:
        """One module for each pair of module and trade."""
        facts: dict[tuple[str, str], dict[str, Row]] = {}
        for row in rows:
            if not self._known(row, [*NUMBERS, "trend", "deadline"]):
                continue
            of_module = facts.setdefault((row.cells["module"], row.cells["trade"]), {})
            if row.cells["fact"] in of_module:
                self.complaints.add(row.where, f"fact «{row.cells['fact']}» steht für dieses Modul doppelt")
            of_module[row.cells["fact"]] = row
        found = [self._module(key, of_module) for key, of_module in facts.items()]
        return tuple(module for module in found if module is not None)

    def _module(self, key: tuple[str, str], facts: dict[str, Row]) -> SkillModule | None:
        code, trade = key
        any_row = next(iter(facts.values()))
        ageing = any_row.cells["ageing"]
        if ageing not in AGEING:
            self.complaints.add(any_row.where, f"ageing «{ageing}» ist unbekannt", " | ".join(AGEING))
            return None
        clock = "validity" if ageing == EXPIRES else "half_life"
        needed = (clock, "course_hours", "share_of_staff", "trend")
        missing = [name for name in needed if name not in facts]
        if missing:
            text = f"dem Modul «{code}» fehlt für {trade} die Angabe {', '.join(missing)}"
            self.complaints.add(any_row.where, text, ", ".join(needed))
            return None
        numbers = {name: self._estimate(row) for name, row in facts.items() if name in NUMBERS}
        values = {name: number for name, number in numbers.items() if number is not None}
        if len(values) < len(numbers):
            return None
        trend = facts["trend"].cells
        if trend["text_en"] not in TRENDS:
            self.complaints.add(
                facts["trend"].where, f"trend «{trend['text_en']}» ist unbekannt", " | ".join(TRENDS)
            )
            return None
        return SkillModule(
            code=code,
            name_de=any_row.cells["name_de"],
            name_en=any_row.cells["name_en"],
            trade=trade,
            ageing=ageing,
            clock=values[clock],
            course_hours=values["course_hours"],
            refresh_hours=values.get("refresh_hours", values["course_hours"].scaled(0, "derived")),
            share=values["share_of_staff"],
            base_en=facts["share_of_staff"].cells["text_en"].removeprefix("base: "),
            trend=trend["text_en"],
            trend_kind=trend["kind"],
            trend_source=trend["source"],
            deadline=self._deadline(facts.get("deadline")),
        )

    def _deadline(self, row: Row | None) -> date | None:
        found = DAY.search(row.cells["text_en"]) if row is not None else None
        if row is not None and found is None:
            self.complaints.add(row.where, "deadline nennt kein Datum", "JJJJ-MM-TT")
        return date.fromisoformat(found.group()) if found else None

    def courses(self, rows: Sequence[Row]) -> tuple[tuple[Course, ...], Estimate | None]:
        """Weeks by year of training with the sums they come from, and the size of a group."""
        rows = [row for row in rows if self._known(row, ["course", "weeks_total", "group_size"])]
        sizes = [self._estimate(row) for row in rows if row.cells["fact"] == "group_size"]
        totals = [row for row in rows if row.cells["fact"] == "weeks_total"]
        whole = [self._dated(row) for row in totals if row.cells["training_year"] == WHOLE]
        by_year = [row for row in totals if row.cells["training_year"] != WHOLE]
        occupations = {(row.cells["trade"], row.cells["training_occupation"]) for row in by_year}
        found = [course for row in by_year for course in self._weeks(row, whole)]
        for row in rows:
            same = (row.cells["trade"], row.cells["training_occupation"]) in occupations
            if row.cells["fact"] == "course" and row.cells["value"] and same:
                found.extend(self._weeks(row, ()))
        self._refuse_overlaps(found)
        return tuple(found), sizes[0] if sizes else None

    def _weeks(self, row: Row, whole: Iterable[tuple[Row, Estimate, date, date]]) -> list[Course]:
        """The weeks of one row, one course a year of training and, where set, a sum behind them."""
        _, weeks, first, last = self._dated(row)
        years = _years(row.cells["training_year"])
        if not years:
            text = f"training_year «{row.cells['training_year']}» ist kein Ausbildungsjahr"
            self.complaints.add(row.where, text, "1, 2-3 oder all")
            return []
        basis, total = (READ, None) if weeks.read_in_source else (ASSUMED, None)
        if len(years) > 1:
            basis, total = (SPLIT if weeks.read_in_source else ASSUMED), weeks
            weeks = weeks.scaled(1 / len(years), "judgement")
        plain = Course(
            row.cells["trade"], row.cells["course"], row.cells["title"], 0, weeks, basis, total, first, last
        )
        plans = [plain]
        if basis == ASSUMED and total is None:
            sums = [one for one in whole if _same(one[0], row) and max(one[2], first) <= min(one[3], last)]
            plans = [
                replace(
                    plain,
                    basis=SPLIT if total.read_in_source else ASSUMED,
                    total=total,
                    valid_from=max(start, first),
                    valid_to=min(end, last),
                )
                for _, total, start, end in sums
            ] or plans
        return [replace(plan, training_year=year) for plan in plans for year in years]

    def _dated(self, row: Row) -> tuple[Row, Estimate, date, date]:
        weeks = self._estimate(row) or Estimate(0, 0, 0, "judgement", row.cells["source"])
        first = self._day(row, "valid_from", date.min, "-01-01")
        return row, weeks, first, self._day(row, "valid_to", date.max, "-12-31")

    def _day(self, row: Row, name: str, unbounded: date, within_year: str) -> date:
        """A day, the first or last day of a year, or of the first of two years."""
        text = row.cells[name]
        if not text:
            return unbounded
        spelled = text if DAY.fullmatch(text) else text[:4] + within_year
        try:
            return date.fromisoformat(spelled)
        except ValueError:
            self.complaints.add(row.where, f"{name} «{text}» ist kein Datum", "JJJJ, JJJJ-MM-TT oder leer")
            return unbounded

    def _known(self, row: Row, facts: Collection[str]) -> bool:
        """Check the cells every row of both tables has."""
        before = len(self.complaints.found)
        cells = row.cells
        if cells["fact"] not in facts:
            self.complaints.add(row.where, f"fact «{cells['fact']}» ist unbekannt", " | ".join(facts))
        elif cells["unit"] != UNITS[cells["fact"]]:
            self.complaints.add(row.where, f"unit «{cells['unit']}» passt nicht", UNITS[cells["fact"]])
        if cells["trade"] != ALL_TRADES and cells["trade"] not in self.codes.trades:
            near = ", ".join(self.codes.near(cells["trade"], self.codes.trades))
            self.complaints.add(
                row.where, f"trade «{cells['trade']}» ist unbekannt", f"etwa {near}" if near else ""
            )
        if cells["kind"] not in KINDS:
            self.complaints.add(row.where, f"kind «{cells['kind']}» ist unbekannt", " | ".join(KINDS))
        if cells["source"] not in self.sources:
            text = f"source: die Quelle «{cells['source']}» steht in keiner Datei unter data/sources"
            self.complaints.add(row.where, text)
        return len(self.complaints.found) == before

    def _estimate(self, row: Row) -> Estimate | None:
        """The number of a row; a range that is not given is the value itself."""
        numbers = {}
        for name in ("value", "low", "high"):
            text = row.cells[name] or row.cells["value"]
            try:
                numbers[name] = float(text)
            except ValueError:
                self.complaints.add(
                    row.where, f"{name} «{text}» ist keine Zahl", "eine Zahl mit Dezimalpunkt"
                )
                return None
        low, value, high = numbers["low"], numbers["value"], numbers["high"]
        limit = 1 if row.cells["unit"] == "share" else float("inf")
        if not 0 <= low <= value <= high <= limit:
            self.complaints.add(
                row.where,
                f"value, low und high passen nicht zusammen ({value:g}, {low:g}, {high:g})",
                "0 ≤ low ≤ value ≤ high" + (" ≤ 1" if limit == 1 else ""),
            )
            return None
        if row.cells["fact"] in NUMBERS and value == 0:
            self.complaints.add(row.where, f"value: {row.cells['fact']} ist 0", "mehr als 0")
            return None
        return Estimate(value, low, high, row.cells["kind"], row.cells["source"])

    def _refuse_overlaps(self, found: Iterable[Course]) -> None:
        groups: dict[tuple[str, str, int], list[Course]] = {}
        for course in found:
            groups.setdefault((course.trade, course.code, course.training_year), []).append(course)
        for (trade, code, year), courses in groups.items():
            for one, other in combinations(courses, 2):
                starts = [day for day in (one.valid_from, other.valid_from) if day]
                ends = [day for day in (one.valid_to, other.valid_to) if day]
                if max(starts) <= min(ends):
                    self.complaints.add(
                        f"data/skills/{COURSES}",
                        f"{trade} {code or 'weeks_total'}, Jahr {year}: zwei Angaben gelten zugleich",
                        "valid_from und valid_to, die sich nicht überschneiden",
                    )


def _years(text: str) -> tuple[int, ...]:
    """Years of training a row speaks of: «2-3» are two."""
    if not re.fullmatch(r"[1-4](-[1-4])?", text):
        return ()
    first, _, last = text.partition("-")
    return tuple(range(int(first), int(last or first) + 1))


def _same(one: Row, other: Row) -> bool:
    return all(one.cells[name] == other.cells[name] for name in ("trade", "training_occupation"))
