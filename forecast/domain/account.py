"""The account: a stock-flow table that closes, or does not exist.

Every number the project shows about people, contracts or firms is an opening stock plus what came in
minus what went out. This module holds that sentence once, as a type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from forecast.errors import ModelError

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

N = TypeVar("N", Counts, Floats)
"""The numbers of one account: whole ones, or expected values."""


def float_tolerance(*terms: Counts | Floats) -> float:
    """Bound the rounding error of adding a few terms in double precision.

    Whole numbers add exactly and need no tolerance; shares of people do not. The bound is
    ``machine epsilon · number of terms² · largest term``, never a fixed small number, so that it
    follows the size of the account.

    Args:
        *terms: Arrays that are added up, any shape, all in the unit of the account.

    Returns:
        The tolerance in the unit of the terms.
    """
    largest = max((float(np.max(np.abs(term))) for term in terms if term.size), default=0)
    return float(np.finfo(np.float64).eps) * len(terms) ** 2 * max(largest, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Account(Generic[N]):
    """A stock-flow account that refuses to exist if it does not close.

    Identity: ``opening + Σ inflows − Σ outflows = closing``, in every draw and every age.

    Args:
        name: What is counted, for messages (German).
        opening: Stock at the start; first axis = draw.
        inflows: Flows that add, same shape; a net flow may be negative.
        outflows: Flows that take away, same shape.
        closing: Stock at the end, same shape.
        tolerance: Largest residual allowed, in the unit of the stock; zero for whole numbers.

    Raises:
        ModelError: If shapes differ, a value is not finite, a stock is negative or the identity fails.

    Example:
        >>> account = Account.close("Gesellen", np.array([10]), {"entrants": np.array([4])},
        ...                        {"retirements": np.array([3])})
        >>> int(account.closing[0])
        11
    """

    name: str
    opening: N
    inflows: Mapping[str, N]
    outflows: Mapping[str, N]
    closing: N
    tolerance: float = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "opening", _read_only(self.opening))
        object.__setattr__(self, "closing", _read_only(self.closing))
        for side in ("inflows", "outflows"):
            flows = {name: _read_only(flow) for name, flow in getattr(self, side).items()}
            object.__setattr__(self, side, MappingProxyType(flows))
        self._refuse_other_shapes()
        self._refuse_negative_stocks()
        residual = self.residual
        worst = float(np.max(np.abs(residual), initial=0)) if residual.any() else 0.0
        if not worst <= self.tolerance:
            raise ModelError(
                "Das Konto geht nicht auf.",
                where=self.name,
                expected=f"Anfangsbestand + Zugänge − Abgänge = Endbestand (Toleranz {self.tolerance:g})",
                remedy="Zu- und Abgänge prüfen: ein Strom fehlt oder ist doppelt gezählt.",
                rows=(f"größte Abweichung: {worst:g}, {_place_of(np.abs(self.residual))}",),
            )

    @classmethod
    def close(
        cls,
        name: str,
        opening: N,
        inflows: Mapping[str, N],
        outflows: Mapping[str, N],
        tolerance: float = 0,
    ) -> Account[N]:
        """Open an account and let its closing stock follow from the identity.

        Args:
            name: What is counted (German).
            opening: Stock at the start.
            inflows: Flows that add, same shape as the stock.
            outflows: Flows that take away, same shape as the stock.
            tolerance: How far below zero a stock of floating-point numbers may fall through rounding.

        Returns:
            The account with ``closing = opening + Σ inflows − Σ outflows``.

        Raises:
            ModelError: If more goes out than is there, or the shapes differ.
        """
        shape_of_all = {opening.shape, *(flow.shape for flow in (*inflows.values(), *outflows.values()))}
        if len(shape_of_all) > 1:
            raise _shape_error(name, shape_of_all)
        closing = opening + _total(inflows, opening) - _total(outflows, opening)
        return cls(name, opening, inflows, outflows, closing, tolerance)

    @property
    def residual(self) -> N:
        """What is left unexplained in every draw; zero if the account closes."""
        opening, closing = self.opening, self.closing
        return opening + _total(self.inflows, opening) - _total(self.outflows, opening) - closing

    def _refuse_other_shapes(self) -> None:
        shapes = {self.opening.shape, self.closing.shape}
        shapes |= {flow.shape for flow in (*self.inflows.values(), *self.outflows.values())}
        if len(shapes) > 1:
            raise _shape_error(self.name, shapes)

    def _refuse_negative_stocks(self) -> None:
        for label, stock in (("Anfangsbestand", self.opening), ("Endbestand", self.closing)):
            lowest = float(np.min(stock, initial=0))
            finite = stock.dtype.kind in "iu" or bool(np.all(np.isfinite(stock)))
            if not (lowest >= -self.tolerance and finite):
                raise ModelError(
                    f"{label} ist negativ oder keine Zahl.",
                    where=self.name,
                    expected="ein Bestand ab 0",
                    remedy="Abgänge dürfen nicht größer sein als das, was da ist.",
                    rows=(f"kleinster Wert: {lowest:g}, {_place_of(-np.asarray(stock, dtype=np.float64))}",),
                )


def _total(flows: Mapping[str, N], like: N) -> N:
    total = np.zeros_like(like)
    for flow in flows.values():
        if flow.dtype == total.dtype and flow.shape == total.shape:
            np.add(total, flow, out=total)
        else:
            total = total + flow
    return total


def _place_of(values: npt.NDArray[Any]) -> str:
    """Say where the largest value stands, in words: draw first, then age or year; what is no number wins."""
    if not values.size:
        return "leer"
    flat = np.where(np.isfinite(values), values, np.inf)
    place = np.unravel_index(int(np.argmax(flat)), values.shape)
    return ", ".join(f"{name} {at}" for name, at in zip(("Ziehung", "Stelle", "Stelle"), place, strict=False))


def _read_only(values: N) -> N:
    view: N = values.view()
    view.flags.writeable = False
    return view


def _shape_error(name: str, shapes: set[tuple[int, ...]]) -> ModelError:
    return ModelError(
        "Bestände und Ströme eines Kontos haben verschiedene Formen.",
        where=name,
        expected="für jeden Bestand und Strom dieselben Achsen (Ziehung, Alter)",
        rows=tuple(str(shape) for shape in sorted(shapes)),
    )
