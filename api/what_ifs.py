"""From a checked question «what if» to an answer: what it costs, which lane, what is kept."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Final

import orjson
from fastapi import Request, Response

from api.caching import HEAD_KEY, QUESTION, answer
from api.delivery import OTHER_FORMS, alternates, disposition
from api.formats import media
from api.heads import Head
from api.language import Lang, Text
from api.pinned import Releases
from api.problems import SELECTION, Problem
from api.question_store import QuestionStore
from api.questions import Question, is_id, read_question, unknown_question
from api.release import Release
from api.schemas import API
from api.service import Service
from api.what_if_accounts import Accounts
from api.what_if_lanes import Lane

SMALL_REGIONS: Final = 20
MOST_RECORDS: Final = 200_000
MOST_SECONDS: Final = 240.0
SMALL_WAITING: Final = 16
LARGE_WAITING: Final = 2
SMALL_SECONDS: Final = 60.0
LARGE_SECONDS: Final = 600.0
LARGE_NICENESS: Final = 15
CASES: Final = 3
JSON_FORM: Final = "json"
# measured on one core: opening a file, and one run over trades × years × draws
OPEN_SECONDS: Final = 0.02
RUN_SECONDS: Final = 4.5e-7
ACCOUNTS_KEPT: Final = 4


class WhatIfs:
    """Answers questions from the release in force, a kept one, or a draft.

    Args:
        service: Cache and settings.
        releases: The release in force and those kept.
    """

    def __init__(self, service: Service, releases: Releases) -> None:
        self._service = service
        self._releases = releases
        self._store = QuestionStore(service.settings.snapshot_root)
        self._small = Lane("klein", SMALL_WAITING, SMALL_SECONDS)
        self._large = Lane("groß", LARGE_WAITING, LARGE_SECONDS, LARGE_NICENESS)
        self._accounts: dict[str, Accounts] = {}

    async def posted(
        self, request: Request, body: dict[str, Any], lang: Lang, form: media.Format
    ) -> Response:
        """Answer a question in a body; afterwards its id is an address."""
        named = body.get("snapshot_id")
        release = await self._releases.named(named) if isinstance(named, str) else self._service.release
        question = read_question(body, self._of(release))
        if not self._service.draft:
            await asyncio.to_thread(self._store.put, question.id, question.document())
        scope = request.scope
        scope["path"] = f"{API}/scenarios/{question.id}"  # the answer is that of this address
        scope[QUESTION] = None
        scope[HEAD_KEY] = Head([one for one in scope["headers"] if one[0] != b"if-none-match"])
        return await self._deliver(request, release, question, lang, form, pinned=True)

    async def kept(self, request: Request, identity: str, lang: Lang, form: media.Format) -> Response:
        """Answer a question by its id.

        Raises:
            Problem: 404 if nobody asked it here or its release is no longer kept.
        """
        document = await asyncio.to_thread(self._store.get, identity) if is_id(identity) else None
        if document is None:
            raise unknown_question()
        try:
            release = await self._releases.named(str(document.get("snapshot_id")))
            question = read_question(document, self._of(release))
        except Problem as problem:
            if problem.kind.status >= 500:
                raise
            raise unknown_question() from None
        if question.id != identity:
            raise unknown_question()
        return await self._deliver(request, release, question, lang, form, pinned=True)

    async def shipped(
        self,
        request: Request,
        release: Release,
        body: dict[str, Any],
        lang: Lang,
        form: media.Format,
        *,
        pinned: bool,
    ) -> Response:
        """Answer a question about a shipped scenario at its own address."""
        question = read_question(body, self._of(release))
        return await self._deliver(request, release, question, lang, form, pinned=pinned, shared=False)

    def regions(self, release: Release) -> tuple[str, ...]:
        """Return the regions of a release with accounts; none where it holds no accounts."""
        try:
            return self._of(release).regions
        except Problem:
            return ()

    async def document(self, body: dict[str, Any], lang: Lang, address: str) -> Any:  # noqa: ANN401  (JSON)
        """Return the answer to a question about a shipped scenario, for a page.

        Args:
            body: The question.
            lang: Language of the labels.
            address: Where the interface gives the same answer.

        Raises:
            Problem: What the interface would answer instead.
        """
        release = self._service.release
        question = read_question(body, self._of(release))
        return orjson.loads(await self._built(release, question, lang, address, JSON_FORM))

    def close(self) -> None:
        """End the processes."""
        self._small.close()
        self._large.close()

    def _of(self, release: Release) -> Accounts:
        found = self._accounts.get(release.id)
        if found is None or found.release is not release:
            found = self._accounts[release.id] = Accounts(release)
            while len(self._accounts) > ACCOUNTS_KEPT:
                self._accounts.pop(next(iter(self._accounts)))
        return found

    async def _deliver(
        self,
        request: Request,
        release: Release,
        question: Question,
        lang: Lang,
        form: media.Format,
        *,
        pinned: bool,
        shared: bool = True,
    ) -> Response:
        """Answer from the cache or from a lane.

        Args:
            request: The request.
            release: The release the question is asked of.
            question: The checked question.
            lang: Language.
            form: Format.
            pinned: Whether the answer never changes.
            shared: Whether its address is the id of the question, not the query.
        """
        path = str(request.scope["path"])
        text = request.scope["query_string"].decode("ascii", "replace")
        if shared:
            named = {
                "format": form.name if form.name != JSON_FORM else "",
                "lang": lang if lang == "en" else "",
            }
            text = "&".join(f"{name}={value}" for name, value in named.items() if value)
        address = f"{path}?{text}" if text else path
        headers = disposition(release, "scenario", form) | ({"Content-Location": address} if shared else {})
        kept = "&".join(part for part in text.split("&") if part and not part.startswith("format="))
        more = alternates(f"{path}?{kept}" if kept else path, form, OTHER_FORMS)
        respond = functools.partial(
            answer, request, self._service, release, f"{question.id}&{address}", media_type=form.media_type,
            lang=lang, pinned=pinned, headers=headers, more=more,
        )  # fmt: skip
        try:
            return respond(_needed)  # kept, or known to the caller
        except _Needed:
            built = await self._built(release, question, lang, address, form.name)
            return respond(lambda: built)

    async def _built(
        self, release: Release, question: Question, lang: Lang, address: str, form: str
    ) -> bytes:
        rows, seconds = cost(question, self._of(release))
        if rows > MOST_RECORDS or seconds > MOST_SECONDS:
            raise Problem(
                SELECTION,
                Text(
                    f"Die Frage hätte {rows} Datensätze und rechnete rund {seconds:.0f} Sekunden; "
                    f"erlaubt sind {MOST_RECORDS} und {MOST_SECONDS:.0f}.",
                    f"The question would give {rows} records and compute for about {seconds:.0f} seconds; "
                    f"allowed are {MOST_RECORDS} and {MOST_SECONDS:.0f}.",
                ),
            )
        lane = self._small if len(question.regions) <= SMALL_REGIONS else self._large
        asked = {
            "root": str(release.snapshot.path.parent.absolute()),
            "snapshot": release.id,
            "question": question.document(),
            "lang": lang,
            "address": address,
            "form": form,
        }
        return await lane.ask(asked, seconds)


class _Needed(Exception):  # noqa: N818  (a signal, not an error)
    """The answer has to be computed."""


def _needed() -> bytes:
    raise _Needed


def cost(question: Question, accounts: Accounts) -> tuple[int, float]:
    """Return how many records an answer has and about how many seconds it takes, before any work.

    Args:
        question: The checked question.
        accounts: What the release can be asked.
    """
    changes = len(question.changes)
    runs = 2 + bool(question.overrides) + (changes if question.contributions and changes > 1 else 0)
    trades, seconds = 0, 0.0
    for region in question.regions:
        rows = accounts.rows(region)
        wanted = [code for code in question.trades or accounts.trades(region) if code in rows]
        trades += len(wanted)
        singles = len({trade for code in wanted for trade in rows[code]})
        seconds += OPEN_SECONDS + RUN_SECONDS * singles * len(accounts.years) * accounts.draws(region) * runs
    return trades * len(question.years) * len(question.measures) * CASES, seconds
