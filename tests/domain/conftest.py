"""Hand-worked cases: read from YAML, compared at exactly the digits a person wrote down."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

Case = dict[str, Any]


@pytest.fixture(scope="session")
def case() -> Callable[[str], Case]:
    """Read one case file by its name."""

    def read(name: str) -> Case:
        text = (Path(__file__).parent / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
        content: Case = yaml.safe_load(text)
        return content

    return read


@pytest.fixture(scope="session")
def same_as_printed() -> Callable[[object, object], None]:
    """Compare numbers with decimal text, at the number of digits printed there."""

    def compare(actual: Any, printed: Any) -> None:
        values = np.atleast_1d(np.asarray(actual)).ravel().tolist()
        texts = printed if isinstance(printed, list) else [printed]
        assert len(values) == len(texts), f"{len(values)} numbers, {len(texts)} printed"
        rounded = [
            str(Decimal(repr(value)).quantize(Decimal(text), ROUND_HALF_EVEN) + 0)
            for value, text in zip(values, texts, strict=True)
        ]
        assert rounded == [str(Decimal(text)) for text in texts]

    return compare
