"""What a release consists of, as bytes: axes, arrays, documents, manifest; no disk is touched here.

Equal content gives equal bytes: headers, JSON, zero and NaN have one spelling, and no clock, no random number
and no version of a library enters.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.shared_parts import BY_CELL, packed

Part = bytes | memoryview

FORMAT = "fachkraeftematrix-snapshot"
FORMAT_VERSION = 3
READABLE_VERSIONS = (2, FORMAT_VERSION)
"""Format 2 spells derivations out for every cell; kept releases of it stay readable."""
STATISTICS = ("value", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95")
STATUSES = (
    "no_data", "observed", "rounded", "provisional", "estimated", "forecast", "suppressed", "not_reachable",
)  # fmt: skip
VALUE_STATUSES = STATUSES[1:6]
GRADES = ("", "A", "B", "C", "D")
AXIS_NAMES = ("region", "trade", "measure", "year", "statistic")
DOCUMENTS = ("catalogue", "derivations", "observations", "training_plan")
LATER_DOCUMENTS = ("year_sums", "stay_curve", "world_checks", "age_profiles", "past_forecasts")
"""Documents a release may hold: those written before they were introduced stay readable."""
ARRAYS = {
    "cube.npy": ("<f4", AXIS_NAMES),
    "status.npy": ("|u1", AXIS_NAMES[:-1]),
    "grade.npy": ("|u1", AXIS_NAMES[:-1]),
    "note.npy": ("<u2", AXIS_NAMES[:-1]),
}
MANIFEST = "manifest.json"

FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)?")


@dataclass(frozen=True, slots=True)
class Axes:
    """What the five axes of the cube stand for, each in order and without repetition."""

    regions: tuple[str, ...]
    trades: tuple[str, ...]
    measures: tuple[str, ...]
    years: tuple[int, ...]
    statistics: tuple[str, ...] = STATISTICS

    def __iter__(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Yield (axis name, codes) in the order of the cube."""
        codes: tuple[tuple[str | int, ...], ...] = (
            self.regions,
            self.trades,
            self.measures,
            self.years,
            self.statistics,
        )
        return iter(zip(AXIS_NAMES, codes, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the five axes."""
        return tuple(len(codes) for _, codes in self)


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotContent:
    """Everything a release says, before it is written.

    Args:
        axes: Codes of the five axes.
        cube: float32, shape `axes.shape`; persons, contracts, firms … as the measure says; NaN = no value.
        status: uint8, shape `axes.shape[:-1]`, positions in STATUSES.
        grade: uint8, same shape, positions in GRADES.
        note: uint16, same shape, positions in ``documents["catalogue"]["notes"]``.
        documents: Name → JSON value with text keys only; the names are DOCUMENTS, LATER_DOCUMENTS may follow.
        files: Relative name, for example ``export/matrix.csv`` → bytes.
        meta: Which run this is: as_of, base_year, scenario, seed, draws, hashes. Never a clock reading.
    """

    axes: Axes
    cube: NDArray[np.float32]
    status: NDArray[np.uint8]
    grade: NDArray[np.uint8]
    note: NDArray[np.uint16]
    documents: Mapping[str, Any]
    files: Mapping[str, bytes]
    meta: Mapping[str, Any]


def canonical_json(value: Any) -> bytes:  # noqa: ANN401
    r"""Return the one spelling of a JSON value: sorted keys, UTF-8, no spaces, newline at the end.

    Raises:
        ModelError: If the value is not JSON (NaN, numpy scalars, keys that are not text, lone surrogates).

    Example:
        >>> canonical_json({"b": [1, 2.5], "a": "ü"}).decode()
        '{"a":"ü","b":[1,2.5]}\n'
    """
    options: dict[str, Any] = {"sort_keys": True, "ensure_ascii": False, "separators": (",", ":")}
    try:
        text = json.dumps(value, allow_nan=False, **options)
        # A key 1 would be written as "1" and sort differently when read again: the id would not be stable.
        again = json.loads(text)
        stable = again == value or json.dumps(again, **options) == text  # equal is quicker to see
        data = f"{text}\n".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"Ein Dokument des Standes ist kein JSON: {error}.") from error
    if not stable:
        raise ModelError("Ein Dokument des Standes hat Schlüssel, die keine Texte sind.")
    return data


def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Return the header of a C-ordered .npy file (format 1.0), the same bytes under any numpy version.

    Source: numpy enhancement proposal 1, "A simple file format for numpy arrays".
    """
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    preamble = 10  # magic (6), version (2), length (2); the data begin at a multiple of 64
    body = text + " " * (-(preamble + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body.encode("ascii")


def array_table(axes: Axes) -> dict[str, Any]:
    """Return what the manifest says about the arrays: axes, dtype and shape of each."""
    return {
        name: {"axes": list(order), "dtype": dtype, "shape": list(axes.shape[: len(order)])}
        for name, (dtype, order) in ARRAYS.items()
    }


def axes_fault(axes: Axes) -> str:
    """Return what is wrong with the axes in German, or nothing."""
    if axes.statistics != STATISTICS:
        return f"die Achse der Kennwerte ist nicht {', '.join(STATISTICS)}"
    for name, codes in axes:
        kind = int if name == "year" else str
        if not codes or any(type(code) is not kind or not code for code in codes):
            return f"die Achse {name} ist leer oder enthält einen leeren oder falsch getippten Code"
        if len(set(codes)) < len(codes) or (name == "year" and list(codes) != sorted(codes)):
            return f"die Achse {name} ist nicht eindeutig oder nicht geordnet"
    return ""


def cells_fault(
    cube: NDArray[np.float32],
    status: NDArray[np.uint8],
    grade: NDArray[np.uint8],
    note: NDArray[np.uint16],
    catalogue: Any,  # noqa: ANN401
) -> str:
    """Return what is wrong with the cells in German, or nothing: a value needs a value status and back."""
    notes = catalogue.get("notes") if isinstance(catalogue, dict) else None
    if not isinstance(notes, list) or note.max() >= len(notes):
        return "eine Zelle verweist auf eine Anmerkung, die der Katalog nicht kennt"
    if status.max() >= len(STATUSES) or grade.max() >= len(GRADES):
        return "ein Status oder eine Güte liegt außerhalb der Liste"
    for values, codes in zip(cube, status, strict=True):  # one region at a time keeps the memory small
        has_value = np.isfinite(values[..., 0])
        if np.isinf(values).any():
            return "ein Wert ist unendlich"
        if (has_value != ((codes > 0) & (codes <= len(VALUE_STATUSES)))).any():
            return "ein Wert steht ohne passenden Status oder ein Status ohne Wert"
        if (np.isfinite(values).any(axis=-1) & ~has_value).any():
            return "eine Bandbreite steht ohne Wert"
    return ""


def _array_parts(content: SnapshotContent) -> dict[str, tuple[Part, ...]]:
    """Return header and data of the four arrays; refuse other types, shapes and meanings."""
    cube = content.cube
    if fault := axes_fault(content.axes):
        raise ModelError(f"Der Stand ist in sich widersprüchlich: {fault}.")
    parts: dict[str, tuple[Part, ...]] = {}
    for name, (dtype, axes) in ARRAYS.items():
        array: NDArray[Any] = getattr(content, name.removesuffix(".npy"))
        shape = content.axes.shape[: len(axes)]
        if array.shape != shape or not np.can_cast(array.dtype, dtype, casting="equiv"):
            raise ModelError(
                f"Das Feld {name} hat die falsche Form oder den falschen Typ.",
                where=f"{array.shape} {array.dtype}",
                expected=f"{shape} {np.dtype(dtype)}",
            )
        plain = np.ascontiguousarray(array, dtype=dtype)
        if array is cube:
            plain = plain + np.float32(0)  # one spelling of zero and one of NaN: equal content, equal bytes
            plain[np.isnan(plain)] = np.nan
        parts[name] = (npy_header(dtype, shape), plain.reshape(-1).view(np.uint8).data)
    catalogue = content.documents["catalogue"]
    if fault := cells_fault(cube, content.status, content.grade, content.note, catalogue):
        raise ModelError(f"Der Stand ist in sich widersprüchlich: {fault}.")
    return parts


def _stored(name: str, document: Any) -> Any:  # noqa: ANN401
    """Return a document as it is kept: one by cell with every part once."""
    if name != BY_CELL:
        return document
    try:
        return packed(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"Die Herleitungen des Standes haben eine unerwartete Form: {error}.") from error


def encode(content: SnapshotContent) -> tuple[dict[str, tuple[Part, ...]], bytes]:
    """Return all files but the manifest as buffers, and the manifest."""
    if set(content.documents) - set(LATER_DOCUMENTS) != set(DOCUMENTS):
        raise ModelError("Der Stand hat nicht die vorgesehenen Dokumente.", expected=", ".join(DOCUMENTS))
    parts = _array_parts(content)
    parts["axes.json"] = (canonical_json({name: list(codes) for name, codes in content.axes}),)
    for name, document in content.documents.items():
        parts[f"{name}.json"] = (canonical_json(_stored(name, document)),)
    for name, data in content.files.items():
        if not FILE_NAME.fullmatch(name) or "/" not in name:
            raise ModelError(f"Der Dateiname «{name}» ist nicht erlaubt.", expected="export/name.endung")
        parts[name] = (data,)
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "arrays": array_table(content.axes),
        "files": {name: _fingerprint(buffers) for name, buffers in parts.items()},
        "meta": dict(content.meta),
    }
    return parts, canonical_json(manifest)


def _fingerprint(parts: tuple[Part, ...]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return {"sha256": digest.hexdigest(), "size": sum(len(part) for part in parts)}


def identity_of(manifest: bytes) -> str:
    """Return the id that belongs to the bytes of a manifest."""
    return hashlib.sha256(manifest).hexdigest()[:16]
