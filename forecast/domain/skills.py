"""Knowledge ages: how many hours and participants of further training a year a trade needs, module by module.

Only perishable modules age, never a whole occupation. Two clocks:

* knowledge that decays, ``K(t) = K0 · exp(−δ·t)`` with ``δ = ln 2 / T`` and half-life T: every year the share
  δ of the core hours of each person concerned has to be learnt again. Core is what a refresher can restore,
  not the whole first course: after a half-life one refresher brings back the half that is lost;
* certificates that expire by rule after V years: every year one V-th of the holders renews theirs, whatever
  they still know.

Allen and van der Velden (2002) asked graduates what had decayed after seven years; half-lives per module are
judgements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.domain.account import Floats
from forecast.domain.estimate import Estimate
from forecast.errors import ModelError

AGEING = ("decay", "growing_technology", "regulation_change", "certificate_expires")
EXPIRES = "certificate_expires"
TRENDS = ("growing", "stable", "shrinking")


@dataclass(frozen=True, slots=True)
class SkillModule:
    """One perishable module of one trade.

    Args:
        code: Code of the module, the same in every trade.
        trade: Code of the trade, `*` for all.
        ageing: One of AGEING; `certificate_expires` by rule, the others decay.
        clock: Half-life of the knowledge or validity of the certificate, in years.
        course_hours: Hours of the first course.
        refresh_hours: Hours of a refresher or renewal; 0 where the qualification never lapses.
        share: Share of the skilled workers of the trade whom the module concerns.
        base_en: Of whom the share was thought, as the table says.
        trend: Whether the need grows, stays or shrinks.
        trend_kind: Kind of the statement on the trend.
        trend_source: Its source.
        deadline: Day by which certificates of old law have to be renewed, None where there is none.
    """

    code: str
    name_de: str
    name_en: str
    trade: str
    ageing: str
    clock: Estimate
    course_hours: Estimate
    refresh_hours: Estimate
    share: Estimate
    base_en: str
    trend: str
    trend_kind: str
    trend_source: str
    deadline: date | None

    @property
    def expires(self) -> bool:
        """Whether the module is a certificate that expires by rule."""
        return self.ageing == EXPIRES

    @property
    def estimates(self) -> Mapping[str, Estimate]:
        """The numbers of the module by the name of the fact in its table."""
        return {
            "validity" if self.expires else "half_life": self.clock,
            "course_hours": self.course_hours,
            "refresh_hours": self.refresh_hours,
            "share_of_staff": self.share,
        }

    @property
    def judged(self) -> tuple[str, ...]:
        """Names of the facts that were not read in a source."""
        return tuple(name for name, fact in self.estimates.items() if not fact.read_in_source)


@dataclass(frozen=True, slots=True, eq=False)
class ModuleDraws:
    """The numbers of one module as draws, each (D,).

    Args:
        expires: Certificate by rule instead of decay.
        clock: Half-life or validity, years.
        course_hours: Hours of the first course.
        refresh_hours: Hours of a refresher or renewal; 0 where there is none.
        core_hours: Perishable core of decaying knowledge, see `core_hours`.
        share: Share of the skilled workers concerned in the base year.
        growth: Yearly growth of the odds of that share.
        first_course_share: Share of new holders who take the first course after their apprenticeship.
        deadline: Year by whose end certificates of old law have to be renewed, None if there is none.
    """

    expires: bool
    clock: Floats
    course_hours: Floats
    refresh_hours: Floats
    core_hours: Floats
    share: Floats
    growth: Floats
    first_course_share: Floats
    deadline: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ModuleNeed:
    """Further training in one module, each (D, Y).

    Args:
        holders: Skilled workers concerned at the end of the year.
        first_courses: Participants of first courses.
        refreshers: Participants of refreshers and renewals.
        hours: Hours of all of them.
    """

    holders: Floats
    first_courses: Floats
    refreshers: Floats
    hours: Floats

    @property
    def participants(self) -> Floats:
        """Participations a year, first courses and refreshers."""
        return self.first_courses + self.refreshers


def decay_rate(half_life: Floats) -> Floats:
    """Return the yearly rate of decay, ``δ = ln 2 / T``.

    Args:
        half_life: Years after which half is outdated.

    Raises:
        ModelError: If a half-life is not positive.

    Example:
        >>> decay_rate(np.array([5.0, 8.0, 12.0])).round(3).tolist()
        [0.139, 0.087, 0.058]
    """
    if not np.all(half_life > 0):
        raise ModelError("Eine Halbwertszeit oder Gültigkeit ist nicht größer als 0.", where="clock")
    return np.asarray(np.log(2) / half_life, dtype=np.float64)


def knowledge_left(years: Floats, half_life: Floats) -> Floats:
    """Return what is left of the knowledge after some years, ``exp(−δ·t)``.

    Args:
        years: Years since it was learnt.
        half_life: Years after which half is outdated.

    Example:
        >>> knowledge_left(np.array([0.0, 5.0, 10.0]), np.array(5.0)).round(6).tolist()
        [1.0, 0.5, 0.25]
    """
    return np.asarray(np.exp(-decay_rate(half_life) * years), dtype=np.float64)


def core_hours(course_hours: Floats, refresh_hours: Floats, restored: Floats) -> Floats:
    """Return the perishable core, ``min(first course, refresher / share it restores)``, (D,).

    A refresher that brings back half of the core is half as long as the core; the core is never longer
    than the first course.

    Args:
        course_hours: Hours of the first course, (D,).
        refresh_hours: Hours of a refresher, (D,).
        restored: Share of the core one refresher restores, (D,), above 0.

    Raises:
        ModelError: If a refresher restores nothing.

    Example:
        >>> core_hours(np.array([80.0, 10.0]), np.array([8.0, 8.0]), np.array([0.5, 0.5])).tolist()
        [16.0, 10.0]
    """
    if not np.all(restored > 0):
        raise ModelError("Eine Auffrischung stellt nichts wieder her.", where="refresh_restores")
    return np.minimum(course_hours, refresh_hours / restored)


def share_path(share: Floats, growth: Floats, years: int) -> Floats:
    """Return the share concerned in the base year and after 1, 2 … years, (D, years + 1).

    ``odds(t) = odds(0) · exp(g·t)``: a growing share comes near the whole staff and never beyond it.

    Args:
        share: Share in the base year, (D,).
        growth: Growth of the odds a year, (D,).
        years: Number of years ahead.

    Example:
        >>> share_path(np.array([0.5]), np.array([0.0]), 2).tolist()
        [[0.5, 0.5, 0.5]]
    """
    factor = np.exp(growth[:, None] * np.arange(years + 1))
    return np.asarray(share[:, None] * factor / (1 - share[:, None] + share[:, None] * factor))


def renewal_rate(clock: Floats, deadline: int | None, base_year: int, years: int) -> Floats:
    """Return the share of the holders who renew in each year, (D, Y).

    ``1 / V``; up to a deadline at least ``1 / (deadline − base year)``, because by then every certificate of
    old law has to be renewed once.

    Args:
        clock: Validity in years, (D,).
        deadline: Year by whose end all have to renew, None if there is none.
        base_year: Year before the first forecast year.
        years: Number of forecast years.

    Example:
        >>> renewal_rate(np.array([8.0]), 2027, 2025, 3).tolist()
        [[0.5, 0.5, 0.125]]
    """
    by_rule = np.broadcast_to(1 / clock[:, None], (len(clock), years))
    if deadline is None or deadline <= base_year:
        return np.minimum(by_rule, 1)
    before = base_year + 1 + np.arange(years) <= deadline
    return np.minimum(np.where(before, np.maximum(by_rule, 1 / (deadline - base_year)), by_rule), 1)


def module_need(module: ModuleDraws, staff: Floats, leaving: Floats, base_year: int) -> ModuleNeed:
    """Return participants and hours of further training in one module.

    ``holders[t] = staff[t] · share[t]``, and

    * decay: ``hours = holders · δ · core hours``, participants = hours / refresher hours; who is new because
      the share grows takes the first course, young journeymen bring the module with them;
    * expiry: ``renewals = staying holders / validity``; who is new (growth, or in place of one who left)
      takes the first course unless the certificate was part of the apprenticeship;
    * without a refresher: only first courses, as for a certificate.

    Args:
        module: Numbers of the module as draws.
        staff: Skilled workers in the base year and each forecast year, (D, Y + 1).
        leaving: Share of the skilled workers who leave within the year, (D, Y).
        base_year: Year of the first column of `staff`.

    Raises:
        ModelError: If there is negative staff or a share is outside 0…1.
    """
    _refuse_wrong_input(module, staff, leaving)
    years = leaving.shape[1]
    share = share_path(module.share, module.growth, years)
    holders = staff * share
    now, before = holders[:, 1:], holders[:, :-1]
    lapses = module.refresh_hours > 0
    staying = np.minimum(now, before * (1 - leaving))
    replaced = (now - staying) * module.first_course_share[:, None]
    grown = staff[:, 1:] * np.maximum(np.diff(share, axis=1), 0)
    if module.expires:
        first = replaced
        refreshers = staying * renewal_rate(module.clock, module.deadline, base_year, years)
    else:
        first = np.where(lapses[:, None], grown, replaced)
        yearly = decay_rate(module.clock) * module.core_hours
        refreshers = (
            now * np.divide(yearly, module.refresh_hours, out=np.zeros_like(yearly), where=lapses)[:, None]
        )
    refreshers = refreshers * lapses[:, None]
    hours = refreshers * module.refresh_hours[:, None] + first * module.course_hours[:, None]
    return ModuleNeed(now, first, refreshers, hours)


def _refuse_wrong_input(module: ModuleDraws, staff: Floats, leaving: Floats) -> None:
    shares = {"share": module.share, "first_course_share": module.first_course_share, "leaving": leaving}
    for name, values in shares.items():
        if not np.all((values >= 0) & (values <= 1)):
            raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
    if not np.all(staff >= 0):
        raise ModelError("Der Bestand an Fachkräften ist negativ oder keine Zahl.", where="staff")
    if staff.shape[1] != leaving.shape[1] + 1:
        raise ModelError(
            "Bestand und Abgänge haben verschieden viele Jahre.",
            where=f"{staff.shape[1]} und {leaving.shape[1]}",
            expected="Bestand: Basisjahr und alle Jahre, für die es Abgänge gibt",
        )
    if not (np.all(module.refresh_hours >= 0) and np.all(module.core_hours >= 0)):
        raise ModelError("Eine Auffrischung dauert weniger als 0 Stunden.", where="refresh_hours")
