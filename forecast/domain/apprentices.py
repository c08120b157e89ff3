"""From training contracts to journeymen: what becomes of a cohort of apprentices.

The layers of dissolution follow the layer model of the German vocational training statistics
(BIBB: Lösungsquote, Schichtenmodell). Published new contracts (31 December) leave out contracts that were
ended in the same year, therefore every cohort is first raised to the contracts really begun. A dissolved
contract is not added back when the apprentice signs a new one: the new contract is counted as such.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Account, Counts, Floats, float_tolerance
from forecast.errors import ModelError


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPipeline:
    """What is assumed about the way of one trade from contract to journeyman, draw by draw.

    Args:
        training_years: Length of training by regulation, in years (2, 3, 3.5).
        dissolution: Shares of contracts begun that are dissolved: in the calendar year of the start,
            then in each following year (layers); shape (D, 4).
        pass_first: Share of first attempts at the final examination that pass, (D,).
        retry: Share of those who failed that try again, (D,).
        pass_retry: Share of repeated attempts that pass, (D,); used for both repeats.
        stay: Share of graduates who work in the trade and region afterwards, (D,).

    Raises:
        ModelError: If a share is outside 0…1, the layers add to more than all contracts or shapes differ.
    """

    training_years: float
    dissolution: Floats
    pass_first: Floats
    retry: Floats
    pass_retry: Floats
    stay: Floats

    def __post_init__(self) -> None:
        training_lag(self.training_years)
        draws = self.pass_first.shape
        named = {
            "dissolution": self.dissolution,
            "pass_first": self.pass_first,
            "retry": self.retry,
            "pass_retry": self.pass_retry,
            "stay": self.stay,
        }
        for name, share in named.items():
            if not np.all((share >= 0) & (share <= 1)):
                raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
            if share.shape[:1] != draws or share.ndim != (2 if name == "dissolution" else 1):
                raise ModelError(
                    "Ein Anteil hat die falsche Form.", where=name, expected=f"erste Achse {draws}"
                )
        if np.any(self.dissolution.sum(axis=1) > 1 + float_tolerance(self.dissolution)):
            raise ModelError(
                "Es würden mehr Verträge gelöst als begonnen.",
                where="dissolution",
                expected="Summe der Lösungsanteile höchstens 1",
            )


@dataclass(frozen=True, slots=True, eq=False)
class CohortFates:
    """Where the contracts of each cohort stand, 0, 1, 2 … years after the start; nothing is lost.

    All arrays have shape (D, S, K): draw, cohort, years since the start; persons, cumulated, as of
    31 December. ``account`` holds the identity ``begun − dissolved − passed − failed = in training``.
    """

    in_training: Floats
    dissolved: Floats
    passed: Floats
    failed: Floats
    account: Account[Floats]


def training_lag(training_years: float) -> int:
    """Return the years from the start of training to the year of the first final examination.

    ``lag = ⌈training years⌉``: begun in autumn of s, a training of three and a half years ends with the
    winter examination of s + 4, one of three years with the summer examination of s + 3.

    Args:
        training_years: Length of training in years.

    Returns:
        Whole years.

    Raises:
        ModelError: If the length is not positive.

    Example:
        >>> training_lag(3.5), training_lag(3.0)
        (4, 3)
    """
    if not (training_years > 0 and math.isfinite(training_years)):
        raise ModelError(
            "Die Ausbildungsdauer muss größer als 0 sein.",
            where="training_years",
            expected="Jahre, zum Beispiel 3.5",
        )
    return math.ceil(training_years)


def contracts_begun(new_contracts: Floats, dissolution: Floats) -> Floats:
    """Raise published new contracts to the contracts really begun.

    ``B = N / (1 − l0)``: the published count leaves out contracts ended in the year of their start.

    Args:
        new_contracts: New contracts by start year as published, (D, S).
        dissolution: Layers, (D, 4); only the first is used.

    Returns:
        Contracts begun, (D, S).

    Raises:
        ModelError: If every contract would be dissolved in its first calendar year.
    """
    kept = 1 - dissolution[:, :1]
    if not np.all(kept > 0):
        raise ModelError(
            "Alle Verträge würden im Jahr des Beginns gelöst.",
            where="dissolution",
            expected="ein Anteil unter 1 in der ersten Schicht",
        )
    return np.asarray(new_contracts / kept, dtype=np.float64)


def completion_rate(dissolution: Floats) -> Floats:
    """Return the share of contracts begun that reach the final examination, ``1 − Σ l``, (D,).

    Args:
        dissolution: Layers as shares of contracts begun, (D, 4).
    """
    rate: Floats = np.clip(1 - dissolution.sum(axis=1), 0, 1)
    return rate


def eventual_pass(pass_first: Floats, retry: Floats, pass_retry: Floats) -> Floats:
    """Return the share of examination candidates who pass in the end, with at most two repeats.

    ``p1 + (1−p1)·a·p2 + (1−p1)·(1−p2)·a²·p2`` (two repeats: § 31 HwO).

    Args:
        pass_first: Share passing at the first attempt p1, (D,).
        retry: Share of the failed who try again a, (D,).
        pass_retry: Share of repeats that pass p2, (D,).

    Example:
        >>> float(eventual_pass(np.array([0.5]), np.array([1.0]), np.array([0.5]))[0])
        0.875
    """
    failed = 1 - pass_first
    first_repeat = failed * retry * pass_retry
    second_repeat = failed * (1 - pass_retry) * retry * retry * pass_retry
    return np.asarray(pass_first + first_repeat + second_repeat, dtype=np.float64)


def graduation_kernel(pipeline: TrainingPipeline) -> Floats:
    """Return the share of contracts begun that pass k years after the start.

    First attempts fall into year ``lag``; all repeats, six and twelve months later, into ``lag + 1``.
    That is where a workforce counted at 30 June finds them: of a winter examination the repeats are in
    summer and next winter, of a summer examination in winter and next summer.

    Args:
        pipeline: Assumptions of one trade.

    Returns:
        Shares, (D, lag + 2); the row sums are completion rate × eventual pass.
    """
    lag = training_lag(pipeline.training_years)
    kernel = np.zeros((pipeline.pass_first.size, lag + 2))
    completers = completion_rate(pipeline.dissolution)
    eventual = eventual_pass(pipeline.pass_first, pipeline.retry, pipeline.pass_retry)
    kernel[:, lag] = completers * pipeline.pass_first
    kernel[:, lag + 1] = completers * (eventual - pipeline.pass_first)
    return kernel


def graduates(begun: Floats, start_years: Counts, out_years: Counts, pipeline: TrainingPipeline) -> Floats:
    """Return passed examinations by cohort and year.

    ``graduates[s, t] = begun[s] · kernel[t − s]``. The cohort axis stays, so that cohorts already under
    contract can be told apart from those still expected.

    Args:
        begun: Contracts begun by start year, (D, S).
        start_years: Calendar years of the starts, (S,).
        out_years: Calendar years asked for, (Y,).
        pipeline: Assumptions of one trade.

    Returns:
        Persons, (D, S, Y).
    """
    return _place(begun, graduation_kernel(pipeline), start_years, out_years)


def skilled_entrants(passed: Floats, pipeline: TrainingPipeline) -> Floats:
    """Return the graduates who take up work in trade and region, ``graduates · stay``.

    Args:
        passed: Graduates by cohort and year, (D, S, Y).
        pipeline: Assumptions of one trade.
    """
    return np.asarray(passed * pipeline.stay[:, None, None], dtype=np.float64)


def contract_terminations(
    begun: Floats, start_years: Counts, out_years: Counts, pipeline: TrainingPipeline
) -> Floats:
    """Return dissolved contracts by calendar year over all cohorts, (D, Y).

    Args:
        begun: Contracts begun by start year, (D, S).
        start_years: Calendar years of the starts, (S,).
        out_years: Calendar years asked for, (Y,).
        pipeline: Assumptions of one trade.
    """
    terminations: Floats = _place(begun, _layers_by_year(pipeline), start_years, out_years).sum(axis=1)
    return terminations


def dissolved_by_year(new_contracts: Floats, layers: Floats, level: Floats) -> Floats:
    """Return contracts dissolved in each year where the layers of a year lie above or below their mean.

    ``dissolved[t] = level[t] · Σ_k l_k · B[t−k]`` with ``B[s] = N[s] / (1 − level[s]·l0)``.

    Args:
        new_contracts: New contracts of consecutive years as published, (S,) or (D, S).
        layers: Mean layers, (D, 4).
        level: Factor on the layers in each of the years, (D, S).

    Returns:
        Contracts, (D, S); the first three years lack the cohorts before the first one.

    Example:
        >>> layers, level = np.array([[0.1, 0.2, 0.0, 0.0]]), np.array([[1.0, 0.5]])
        >>> dissolved_by_year(np.array([90.0, 95.0]), layers, level).round(6).tolist()
        [[10.0, 15.0]]
    """
    kept = 1 - level * layers[:, :1]
    if not np.all(kept > 0):
        raise ModelError("Alle Verträge würden im Jahr des Beginns gelöst.", where="level")
    begun = new_contracts / kept
    dissolved = np.zeros_like(begun)
    for since in range(min(layers.shape[1], begun.shape[1])):
        dissolved[:, since:] += layers[:, since : since + 1] * begun[:, : begun.shape[1] - since]
    return np.asarray(level * dissolved, dtype=np.float64)


def apprentices_by_cohort(
    begun: Floats, start_years: Counts, out_years: Counts, pipeline: TrainingPipeline
) -> Floats:
    """Return apprentices under contract at 31 December by cohort, (D, S, Y).

    A cohort is present from its start year s to s + lag − 1, thinned layer by layer; those between a
    failed first attempt and the repeat count as in training until the year of the repeat.

    Args:
        begun: Contracts begun by start year, (D, S).
        start_years: Calendar years of the starts, (S,).
        out_years: Calendar years asked for, (Y,).
        pipeline: Assumptions of one trade.
    """
    return _place(begun, _shares(pipeline)["in_training"], start_years, out_years)


def apprentices_stock(
    begun: Floats, start_years: Counts, out_years: Counts, pipeline: TrainingPipeline
) -> Floats:
    """Return apprentices under contract at 31 December over all cohorts given, (D, Y).

    The sum of `apprentices_by_cohort`. The stock of a year is complete only if all cohorts from
    ``year − lag`` on are given.

    Args:
        begun: Contracts begun by start year, (D, S).
        start_years: Calendar years of the starts, (S,).
        out_years: Calendar years asked for, (Y,).
        pipeline: Assumptions of one trade.
    """
    stock: Floats = apprentices_by_cohort(begun, start_years, out_years, pipeline).sum(axis=1)
    return stock


def cohort_fates(begun: Floats, pipeline: TrainingPipeline) -> CohortFates:
    """Follow every cohort to its end: in training, dissolved, passed, failed for good.

    Identity, in every year since the start: ``begun = in training + dissolved + passed + failed``.

    Args:
        begun: Contracts begun by start year, (D, S).
        pipeline: Assumptions of one trade.

    Returns:
        Cumulated persons at 31 December, each (D, S, lag + 2).

    Raises:
        ModelError: If anybody is lost.
    """
    persons = {name: begun[:, :, None] * share[:, None, :] for name, share in _shares(pipeline).items()}
    opening = np.broadcast_to(begun[:, :, None], persons["passed"].shape)
    gone = {name: persons[name] for name in ("dissolved", "passed", "failed")}
    account = Account(
        "Ausbildungsjahrgang",
        opening=opening,
        inflows={},
        outflows=gone,
        closing=persons["in_training"],
        tolerance=float_tolerance(opening, *gone.values(), persons["in_training"]),
    )
    return CohortFates(**persons, account=account)


def _layers_by_year(pipeline: TrainingPipeline) -> Floats:
    """Dissolutions by years since the start; layers beyond the training merged into its last year."""
    lag = training_lag(pipeline.training_years)
    layers = np.zeros((pipeline.dissolution.shape[0], lag + 2))
    within = min(lag, pipeline.dissolution.shape[1])
    layers[:, :within] = pipeline.dissolution[:, :within]
    layers[:, lag - 1] += pipeline.dissolution[:, within:].sum(axis=1)
    return layers


def _shares(pipeline: TrainingPipeline) -> dict[str, Floats]:
    """Shares of contracts begun, cumulated by years since the start, each (D, lag + 2)."""
    lag = training_lag(pipeline.training_years)
    dissolved = np.cumsum(_layers_by_year(pipeline), axis=1)
    passed = np.cumsum(graduation_kernel(pipeline), axis=1)
    completers = completion_rate(pipeline.dissolution)
    failed_first = completers * (1 - pipeline.pass_first)
    failed_repeat = failed_first * pipeline.retry * (1 - pipeline.pass_retry)
    gave_up = failed_first * (1 - pipeline.retry)
    gave_up_later = failed_repeat * (1 - pipeline.retry * pipeline.pass_retry)
    failed = np.zeros_like(passed)
    failed[:, lag] = gave_up
    failed[:, lag + 1] = gave_up + gave_up_later
    in_training = np.zeros_like(passed)
    in_training[:, :lag] = 1 - dissolved[:, :lag]
    in_training[:, lag] = failed_first * pipeline.retry
    in_training = np.maximum(in_training, 0)  # 1 − Σ l may fall below zero by one rounding step
    return {"in_training": in_training, "dissolved": dissolved, "passed": passed, "failed": failed}


def _place(begun: Floats, shares: Floats, start_years: Counts, out_years: Counts) -> Floats:
    """Put shares by years since the start onto the calendar, (D, S, Y); outside the kernel zero."""
    since = np.asarray(out_years)[None, :] - np.asarray(start_years)[:, None]
    inside = (since >= 0) & (since < shares.shape[1])
    by_year = np.asarray(shares[:, np.where(inside, since, 0)], dtype=np.float64)
    by_year *= inside
    return np.asarray(begun[:, :, None] * by_year, dtype=np.float64)
