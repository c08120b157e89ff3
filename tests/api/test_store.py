"""The store changes to a newer release without a failed request and keeps the old one if that is broken."""

from __future__ import annotations

import shutil
import threading

import pytest

import api.store
from api.store import SnapshotStore
from forecast.errors import OperationError
from forecast.snapshot import open_snapshot, read_pointer, write_snapshot
from tests.toy_snapshot import toy_content

CONTENTS = {shift: toy_content(shift) for shift in (0, 1)}


class Clock:
    """Seconds that only pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path):
    """A root with the old release in force."""
    write_snapshot(tmp_path / "snapshots", CONTENTS[0])
    return tmp_path / "snapshots"


@pytest.fixture
def store(place, clock) -> SnapshotStore:
    return SnapshotStore(place, clock=clock, interval=2.0, retry_after=60.0)


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """Ids that were verified, in order."""
    ids: list[str] = []

    def counting(root, snapshot_id=None):
        ids.append(snapshot_id)
        return open_snapshot(root, snapshot_id)

    monkeypatch.setattr(api.store, "open_snapshot", counting)
    return ids


def point_at(place, text: str) -> None:
    (place / "current").unlink(missing_ok=True)
    (place / "current").write_text(text)


def break_file(place, identity: str) -> None:
    path = place / identity / "cube.npy"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])


def test_without_a_release_there_is_no_store(tmp_path, clock) -> None:
    with pytest.raises(OperationError, match="noch kein Stand"):
        SnapshotStore(tmp_path, clock=clock)


def test_a_broken_release_is_no_start(place, clock) -> None:
    break_file(place, read_pointer(place))
    with pytest.raises(OperationError, match="beschädigt"):
        SnapshotStore(place, clock=clock)


def test_a_newer_release_is_taken_when_it_is_time_to_look(store, place, clock) -> None:
    first = store.current
    new = write_snapshot(place, CONTENTS[1])
    assert not store.due()
    assert not store.refresh()
    assert store.current is first
    clock.now += 2.0
    assert store.due()
    assert store.refresh()
    assert store.current.id == new != first.id
    assert first.cube.shape == store.current.cube.shape  # a request that still holds the old one can finish
    assert (store.swaps, store.failures, store.last_error) == (1, 0, None)
    assert not store.due()


def test_looking_may_be_forced(store, place) -> None:
    new = write_snapshot(place, CONTENTS[1])
    assert store.refresh(force=True)
    assert store.current.id == new


def test_nothing_new_means_nothing_is_hashed(store, place, clock, opened) -> None:
    for _ in range(5):
        clock.now += 10
        assert not store.refresh()
    assert opened == []


def test_a_pointer_rewritten_to_the_same_release_is_not_hashed_again(store, place, clock, opened) -> None:
    write_snapshot(place, CONTENTS[0])
    clock.now += 10
    assert not store.refresh()
    assert opened == []
    assert store.last_error is None


@pytest.mark.parametrize("text", ["", "nonsense", "../../../etc", "0123456789abcdef\n"])
def test_a_pointer_to_nonsense_keeps_the_old_release(store, place, clock, text) -> None:
    first = store.current
    point_at(place, text)
    clock.now += 2
    assert not store.refresh()
    assert store.current is first
    assert isinstance(store.last_error, OperationError)
    assert (store.swaps, store.failures) == (0, 1)
    point_at(place, first.id)
    clock.now += 2
    assert not store.refresh()
    assert store.last_error is None


def test_a_pointer_that_vanished_keeps_the_old_release(store, place, clock) -> None:
    (place / "current").unlink()
    clock.now += 2
    assert not store.refresh()
    assert "noch kein Stand" in str(store.last_error)
    assert store.current.documents["catalogue"]["as_of"] == "2025-10-31"


def test_a_broken_release_is_refused_once_and_tried_again_after_a_while(store, place, clock, opened) -> None:
    first = store.current
    new = write_snapshot(place, CONTENTS[1])
    whole = (place / new / "cube.npy").read_bytes()
    break_file(place, new)
    for _ in range(10):
        clock.now += 2
        assert not store.refresh()
    assert opened == [new]
    assert store.current is first
    assert "beschädigt" in str(store.last_error)
    (place / new / "cube.npy").write_bytes(whole)
    clock.now += 60
    assert store.refresh()
    assert store.current.id == new
    assert store.last_error is None
    assert opened == [new, new]


def test_a_new_pointer_is_tried_at_once_after_a_refusal(store, place, clock) -> None:
    point_at(place, "nonsense")
    clock.now += 2
    assert not store.refresh()
    new = write_snapshot(place, CONTENTS[1])
    clock.now += 2
    assert store.refresh()
    assert store.current.id == new


def test_a_deleted_directory_is_reported_and_still_served(store, place, clock) -> None:
    shutil.rmtree(place / store.current.id)
    clock.now += 2
    assert not store.refresh()
    assert "verschwunden" in str(store.last_error)
    assert store.current.cube[0, 2, 2, 15, 0] == 46
    assert store.current.read_file("export/matrix.csv")
    write_snapshot(place, CONTENTS[0])
    clock.now += 2
    store.refresh()
    assert store.last_error is None


def test_a_root_that_is_gone_is_reported_and_still_served(store, place, clock) -> None:
    shutil.rmtree(place)
    clock.now += 2
    assert not store.refresh()
    assert store.last_error is not None
    assert store.current.cube[0, 2, 2, 15, 0] == 46


def test_a_clock_that_stands_or_runs_backwards_does_no_harm(store, place, clock) -> None:
    write_snapshot(place, CONTENTS[1])
    clock.now -= 1_000
    assert not store.refresh()
    clock.now += 1_010
    assert store.refresh()


def test_while_one_thread_verifies_the_others_answer_from_the_old_release(
    store, place, clock, monkeypatch
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(root, snapshot_id=None):
        entered.set()
        assert leave.wait(10)
        return open_snapshot(root, snapshot_id)

    monkeypatch.setattr(api.store, "open_snapshot", slow)
    first, new = store.current, write_snapshot(place, CONTENTS[1])
    clock.now += 2
    results: list[bool] = []
    worker = threading.Thread(target=lambda: results.append(store.refresh()))
    worker.start()
    assert entered.wait(10)
    clock.now += 2
    assert not store.refresh()
    assert store.current is first
    leave.set()
    worker.join()
    assert results == [True]
    assert store.current.id == new


def test_a_storm_of_swaps_under_load_never_mixes_two_releases(place) -> None:
    """Each reader takes `current` once; what it reads then belongs to that one id."""
    ids = {write_snapshot(place, CONTENTS[shift]): shift for shift in (1, 0)}
    ticks = iter(range(10**9))
    store = SnapshotStore(place, clock=lambda: float(next(ticks)), interval=0.0)
    done = threading.Event()
    seen: set[str] = set()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            try:
                store.refresh()
                snapshot = store.current
                shift = ids[snapshot.id]
                value = snapshot.cube[0, 2, 2, 15, 0]
                title = snapshot.meta["parameters_sha256"]
                if value != 46 + shift or int(title, 16) != shift:
                    wrong.append((snapshot.id, value))
                seen.add(snapshot.id)
            except Exception as error:  # noqa: BLE001  (a reader thread must not die silently)
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn in range(30):
        point_now(place, list(ids)[turn % 2])
        threading.Event().wait(0.02)
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert seen == set(ids)
    assert store.swaps >= 5
    assert store.failures == 0


def point_now(place, identity: str) -> None:
    (place / "next").write_text(identity)
    (place / "next").replace(place / "current")
