"""Whole answers by validator and by the questions that lead to them: bounded, the least recent out first."""

from __future__ import annotations

from collections import OrderedDict

from api.caching import OVERHEAD, Entry, Question


class AnswerCache:
    """Answers by tag, and the questions that lead to them; least recently used first out, bounded in bytes.

    A question is everything in a request that decides its answer, before any routing: it costs one look-up.
    Several spellings of a question share one answer.

    Args:
        limit: Most bytes to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._questions: dict[Question, Entry] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, tag: str) -> Entry | None:
        """Return the answer with a tag, or None."""
        entry = self._entries.get(tag)
        if entry is not None:
            self._entries.move_to_end(tag)
        return entry

    def find(self, question: Question, release: str) -> Entry | None:
        """Return the answer to a question if it is of this release, or of a kept one checked against it.

        What a kept release shows may have become secret with the next one in force: then it has to be asked
        again whether it may still be handed out, also if its answer was finished only after the change.
        """
        entry = self._questions.get(question)
        if entry is None or (entry.checked if entry.pinned else entry.release) != release:
            return None
        self._entries.move_to_end(entry.tag)
        return entry

    def put(self, entry: Entry, question: Question | None = None) -> None:
        """Keep an answer unless it is larger than the whole cache, and the question that led to it."""
        if entry.size > self._limit:
            return
        kept = self._entries.get(entry.tag)
        if kept is None:
            kept = self._entries[entry.tag] = entry
            self.size += entry.size
        if question is not None and (known := self._questions.get(question)) is not kept:
            if known is not None:
                self._forget(question, known)
            self._questions[question] = kept
            kept.questions.append(question)
            self.size += OVERHEAD
        while self.size > self._limit:
            self._drop_oldest()

    def _forget(self, question: Question, entry: Entry) -> None:
        del self._questions[question]
        entry.questions.remove(question)
        self.size -= OVERHEAD

    def _drop_oldest(self) -> None:
        _, entry = self._entries.popitem(last=False)
        for question in entry.questions:
            del self._questions[question]
        self.size -= entry.size + OVERHEAD * len(entry.questions)
        entry.questions.clear()
