"""Further training beside work: who starts, how many places are in use, when it ends with an examination.

Technicians and industrial masters lead without a business of their own. Their stock follows the account of
`forecast.domain.masters`; here is what training centres need, read back from the examinations::

    entrants[t] = examinations[t + L] / success
    places[t]   = Σ_{k=1…L} examinations[t + k] / success
"""

from __future__ import annotations

import numpy as np

from forecast.domain.account import Floats
from forecast.errors import ModelError


def course_entrants(examinations: Floats, success: Floats, years: int) -> Floats:
    """Return those who start in each year, (D, Y): whoever passes L years later, and who does not pass.

    Args:
        examinations: Examinations passed, (D, Y + L): up to L years beyond the years wanted.
        success: Share of those who start and pass, (D,), above zero.
        years: Length L of the course.

    Raises:
        ModelError: If the share is outside 0…1, nobody passes or the years are too few.

    Example:
        >>> course_entrants(np.array([[6.0, 9.0, 12.0]]), np.array([0.75]), 1).tolist()
        [[12.0, 16.0]]
    """
    _refuse(examinations, success, years)
    return np.asarray(examinations[:, years:] / success[:, None], dtype=np.float64)


def course_places(examinations: Floats, success: Floats, years: int) -> Floats:
    """Return the places in use at the end of each year, (D, Y): all who started and have not finished yet.

    Args:
        examinations: Examinations passed, (D, Y + L).
        success: Share of those who start and pass, (D,), above zero.
        years: Length L of the course; whoever does not pass stays until the end as well.

    Raises:
        ModelError: As `course_entrants`.

    Example:
        >>> course_places(np.array([[6.0, 9.0, 12.0, 3.0]]), np.array([0.75]), 2).tolist()
        [[28.0, 20.0]]
    """
    _refuse(examinations, success, years)
    wanted = examinations.shape[1] - years
    seats = np.sum([examinations[:, k : k + wanted] for k in range(1, years + 1)], axis=0)
    return np.asarray(seats / success[:, None], dtype=np.float64)


def _refuse(examinations: Floats, success: Floats, years: int) -> None:
    if not np.all((success > 0) & (success <= 1)):
        raise ModelError(
            "Der Anteil, der die Fortbildung besteht, liegt außerhalb des Möglichen.",
            where="success",
            expected="über 0, höchstens 1",
        )
    if not 0 < years < examinations.shape[1]:
        raise ModelError(
            "Die Prüfungen reichen nicht über die Dauer der Fortbildung hinaus.",
            where="examinations",
            expected=f"mehr als {years} Jahre",
        )
