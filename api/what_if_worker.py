"""A process beside the service that answers questions «what if»: a line of JSON in, a head and bytes out.

    python -m api.what_if_worker NICENESS

It runs at a lower priority than the service, so that whoever asks for a series does not wait for a scenario,
and it ends when its input ends. It opens the release by its id and verifies it like the service does.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from api.overrides import assumptions_of
from api.problems import Problem
from api.questions import read_question
from api.release import Release
from api.side_process import run
from api.what_if_accounts import Accounts
from api.what_if_formats import formatted
from forecast.errors import FachkraefteError
from forecast.snapshot import open_snapshot
from forecast.what_if import WhatIfModel
from forecast.what_if_answer import Answers
from forecast.what_if_inputs import decode, file_name

RELEASES_KEPT: Final = 2
MODELS_KEPT: Final = 8
EXPECTED: Final = (
    FachkraefteError, Problem, KeyError, ValueError, TypeError, IndexError, MemoryError,
)  # fmt: skip


class Worker:
    """Keeps the last releases and accounts it has answered from."""

    def __init__(self) -> None:
        self._releases: OrderedDict[tuple[str, str], Accounts] = OrderedDict()
        self._models: OrderedDict[tuple[str, str], Answers] = OrderedDict()

    def answer(self, request: dict[str, Any]) -> bytes:
        """Return the bytes of an answer.

        Args:
            request: ``root`` and ``snapshot`` of the release, the ``question``, ``lang``, ``address`` and
                ``form``.
        """
        accounts = self._accounts(request["root"], request["snapshot"])
        question = read_question(request["question"], accounts)
        release = accounts.release
        return formatted(
            release,
            question,
            request["lang"],
            request["address"],
            request["form"],
            lambda region: self._model(release, region),
        )

    def _accounts(self, root: str, identity: str) -> Accounts:
        found = self._releases.get((root, identity))
        if found is None:
            found = self._releases[root, identity] = Accounts(Release(open_snapshot(Path(root), identity)))
        self._releases.move_to_end((root, identity))
        while len(self._releases) > RELEASES_KEPT:
            self._releases.popitem(last=False)
        return found

    def _model(self, release: Release, region: str) -> Answers:
        key = (release.id, region)
        if key not in self._models:
            name = file_name(region)
            inputs = decode(release.snapshot.view_file(name), name)
            self._models[key] = Answers(WhatIfModel(inputs, assumptions_of(release.catalogue)))
        self._models.move_to_end(key)
        while len(self._models) > MODELS_KEPT:
            self._models.popitem(last=False)
        return self._models[key]


if __name__ == "__main__":
    run(Worker().answer, EXPECTED)
