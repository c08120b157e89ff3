"""Words of the pages on one topic: measures, modules, probabilities and levers, in one language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api.pages.texts import Translations

# from this share of the simulated courses on, a probability is called so
LIKELY: Final = (0.9, 0.66, 0.33, 0.1)


class TopicWords:
    """Short words for codes that only these pages show.

    Args:
        texts: Catalogue of the language.
    """

    def __init__(self, texts: Translations) -> None:
        _ = texts.gettext
        self._name_measures(_)
        self._name_training(_)
        self._name_knowledge(_)
        self._name_outlooks(_)
        self._name_levers(_)
        self.effective = _("not reachable by training; numbers from %(year)s on")

    def _name_measures(self, _: Callable[[str], str]) -> None:
        """Titles and units of columns."""
        self.measures = {
            "training_need": _("Training need"),
            "owners": _("Owners"),
            "owners_leaving": _("Owners leaving"),
            "successions_due": _("Successions due"),
            "craft_handovers": _("Handed over"),
            "handovers": _("Handed over"),
            "craft_closures": _("Closed"),
            "closures": _("Closed"),
            "foundings": _("Founded"),
            "jobs_lost_closures": _("Jobs lost with closures"),
            "training_places_lost": _("Training places lost"),
            "apprentices": _("Apprentices"),
            "course_weeks": _("Course weeks"),
            "course_places": _("Course places"),
            "further_training_hours": _("Hours of further training"),
            "further_training_participants": _("Participants"),
            "master_course_places": _("Places in Meister courses"),
            "master_examinations": _("Meister examinations passed"),
            "possible_successors": _("Possible successors"),
            "successions_postponed": _("Put off"),
            "technician_entrants": _("Entrants of the technical school"),
            "technician_examinations": _("Technician examinations passed"),
            "technician_demand": _("Technicians wanted"),
            "technician_gap": _("Gap of technicians"),
            "technician_places": _("Places in use, technical school"),
            "industrial_master_entrants": _("Entrants of courses for industrial masters"),
            "industrial_master_examinations": _("Industrial master examinations passed"),
            "industrial_master_demand": _("Industrial masters wanted"),
            "industrial_master_gap": _("Gap of industrial masters"),
            "industrial_master_places": _("Places in use, courses for industrial masters"),
        }
        self.units = {
            ("weeks", "flow"): _("weeks a year"),
            ("places", "flow"): _("places a year"),
            ("hours", "flow"): _("hours a year"),
        }
        self.plan = {
            "workshop_places": _("Workshop places in use at the same time"),
            "classes": _("Classes"),
        }

    def _name_training(self, _: Callable[[str], str]) -> None:
        """Years of training, and what course weeks rest on."""
        self.grade = _("grade %(letter)s")
        self.training_years = {"repeat": _("waiting for a repeated examination")}
        self.training_year = _("year %(number)s")
        self.basis = {
            "read": ("", _("The weeks stand in a source.")),
            "split": (
                _("mark: split"),
                _("Only the sum over several years of training was read in a source; the split is assumed."),
            ),
            "assumed": (
                _("mark: assumed"),
                _("Not read in any source; assumed until the chamber's plan is loaded."),
            ),
        }
        self.unread = _("%(weeks)s weeks not read in a source")
        self.no_courses = _("For this trade no courses between companies are known in the region and year.")
        self.industry = _("An occupation of industry: its courses are not those of the chamber of crafts.")

    def _name_knowledge(self, _: Callable[[str], str]) -> None:
        """How knowledge grows and ages, and what of it is assumed."""
        self.trends = {
            "growing": (_("What grows"), _("The demand for this knowledge grows.")),
            "stable": (_("What stays"), _("The demand for this knowledge stays as it is.")),
            "shrinking": (_("What shrinks"), _("The demand for this knowledge shrinks.")),
        }
        self.ageing = {
            "certificate_expires": _("certificate expires after %(years)s years"),
            "growing_technology": _("half outdated after %(years)s years (technology moves on)"),
            "regulation_change": _("half outdated after %(years)s years (rules change)"),
            "decay": _("half forgotten after %(years)s years"),
        }
        self.yearly = _("certificate to be renewed every year")
        self.deadline = _("deadline %(day)s")
        self.judged = {
            "half_life": _("how fast it ages"),
            "validity": _("validity"),
            "course_hours": _("hours of the course"),
            "refresh_hours": _("hours of the refresher"),
            "share_of_staff": _("share of the staff"),
        }
        self.judged_line = _("assumed, not read in a source: %(what)s")

    def _name_outlooks(self, _: Callable[[str], str]) -> None:
        """Classes of the outlook and how likely they are."""
        self.outlooks = {
            "very_good": _("very good: clearly fewer skilled workers than jobs"),
            "good": _("good: fewer skilled workers than jobs"),
            "fair": _("fair: about as many skilled workers as jobs"),
            "moderate": _("moderate: somewhat more skilled workers than jobs"),
            "bad": _("poor: clearly more skilled workers than jobs"),
        }
        self.likely = (
            _("very likely"),
            _("likely"),
            _("about as likely as not"),
            _("unlikely"),
            _("very unlikely"),
        )
        self.of_hundred = _("in %(number)s of 100 simulated courses")

    def _name_levers(self, _: Callable[[str], str]) -> None:
        """Levers, how far they go, when and where."""
        self.levers = {
            "productivity": _("Productivity"),
            "demand_step": _("Demand"),
            "working_time": _("Working time"),
            "contracts": _("New contracts"),
            "leavers": _("School leavers"),
            "dissolution": _("Contracts dissolved"),
            "exam_pass": _("Passing the examination"),
            "stay": _("Staying after the examination"),
            "craft_leaving": _("Leaving the trade"),
            "health_exits": _("Leaving for health reasons"),
            "exit_age": _("Age of leaving work"),
            "returners": _("Returning to the trade"),
            "migration": _("Moving and commuting"),
            "net_inflow": _("Other net inflow"),
            "inflow_persons": _("One-off inflow"),
            "masters": _("Master examinations"),
            "owner_exits": _("Owners giving up"),
            "foundings": _("Foundings"),
        }
        self.amounts = {
            "growth": _("output per worker and year: %(value)s"),
            "change": _("change: %(value)s"),
            "points": _("change in percentage points: %(value)s"),
            "persons": _("persons: %(value)s"),
            "months": _("months later (+) or earlier (−): %(value)s"),
            "share": _("share that follows: %(value)s"),
            "probability": _("probability: %(value)s"),
            "elasticity": _("per cent more contracts for one per cent more leavers: %(value)s"),
            "hours_before": _("hours a week before: %(value)s"),
            "hours_after": _("hours a week after: %(value)s"),
            "offset": _("share made up for: %(value)s"),
            "uptake": _("share of firms that join: %(value)s"),
        }
        self.from_year = _("from %(year)s on")
        self.in_steps = _("%(since)s, in full after %(years)s years")
        self.all_trades = _("all trades")
        self.all_regions = _("all regions")
        self.group_of_trades = _("group %(name)s")

    def probability(self, share: float) -> str:
        """Return how likely something is, in a word."""
        words = (word for limit, word in zip(LIKELY, self.likely, strict=False) if share >= limit)
        return next(words, self.likely[-1])
