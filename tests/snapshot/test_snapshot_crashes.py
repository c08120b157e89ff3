"""Kill -9 and disk failures while publishing: old or new release, complete, and the next try works."""

from __future__ import annotations

import builtins
import errno
import os
import random
import shutil
import threading
import time
from pathlib import Path

import pytest

from forecast import storage
from forecast.errors import OperationError
from forecast.snapshot import list_snapshots, open_snapshot, read_pointer, sweep, write_snapshot
from tests.toy_snapshot import toy_content

ERRORS = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS, errno.EMFILE, errno.EDQUOT)
KILLED, REFUSED = -9, 5
NEVER = 86_400.0


def steps_of_a_publication(root: Path, content) -> list[str]:
    steps: list[str] = []
    write_snapshot(root, content, steps.append)
    return steps


def leftovers(root: Path) -> list[str]:
    return [path.name for path in root.iterdir() if path.name.startswith(storage.TEMPORARY_PREFIX)]


def publishes_again(root: Path, ids, content) -> None:
    """The next publication works, the leftovers go, both releases are complete."""
    assert write_snapshot(root, content) == ids[1]
    assert open_snapshot(root).id == ids[1]
    assert open_snapshot(root, ids[0]).id == ids[0]
    sweep(root, time.time() + 1, 0)
    assert sorted(path.name for path in root.iterdir()) == sorted([ids[0], ids[1], "current"])


def test_everything_is_on_disk_before_it_gets_its_name(root, contents, monkeypatch) -> None:
    """Files, then folders, then the rename, then the root, then the pointer; each fsync is a real one."""
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(fd), real(fd))[1])
    steps = steps_of_a_publication(root, contents[1])
    written = [step.removeprefix("after write ") for step in steps if step.startswith("after write ")]
    assert len(written) == 14  # thirteen files and the pointer
    named, pointed = steps.index("before rename"), steps.index("before replace pointer")
    for name in written[:-1]:
        assert steps.index(f"after sync {name}") < named
    assert steps.index("after sync export") < steps.index("after sync directory") < named
    assert named < steps.index("after sync root") < steps.index("after read back") < pointed
    assert steps.index("after sync pointer") < pointed < steps.index("after sync directory of pointer")
    assert len(synced) == len([step for step in steps if step.startswith("after sync ")]) == 18


# --- kill -9 ---------------------------------------------------------------------------------------------


def test_killed_at_every_step(fresh_root, ids, contents, publisher) -> None:
    """Up to the replacement of the pointer the old release is in force, from then on the new one."""
    steps = steps_of_a_publication(fresh_root(), contents[1])
    assert len(steps) > 60
    turn = steps.index("after replace pointer")
    for at, step in enumerate(steps):
        root = fresh_root()
        assert publisher(root, 1, kill_at=step) == [KILLED], step
        assert open_snapshot(root).id == ids[at >= turn], step
        publishes_again(root, ids, contents[1])


@pytest.mark.parametrize("moments", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_killed_at_random_moments(fresh_root, ids, contents, publisher, moments: int) -> None:
    chance = random.Random(moments)
    started = time.perf_counter()
    assert publisher(fresh_root(), 1) == [0]
    whole = time.perf_counter() - started
    ends = set()
    for _ in range(moments):
        root = fresh_root()
        codes = publisher(root, 1, kill_after=chance.uniform(0, whole))
        assert codes[0] in {KILLED, 0}
        in_force = open_snapshot(root).id
        assert in_force in ids.values()
        ends.add((codes[0], in_force == ids[1]))
        publishes_again(root, ids, contents[1])
        shutil.rmtree(root)
    assert (KILLED, False) in ends
    if moments > 100:  # often enough to hit the short time behind the pointer, too
        assert {new for code, new in ends if code == KILLED} == {False, True}


def test_killed_before_the_first_release_ever(tmp_path, ids, contents, publisher) -> None:
    for step in ("after make directory", "before rename", "after rename", "before replace pointer"):
        root = tmp_path / step.replace(" ", "-")
        assert publisher(root, 1, kill_at=step) == [KILLED]
        with pytest.raises(OperationError, match="noch kein Stand"):
            open_snapshot(root)
        assert write_snapshot(root, contents[1]) == open_snapshot(root).id == ids[1]


# --- a disk that refuses ---------------------------------------------------------------------------------


def assert_refused_cleanly(root: Path, in_force: str, caught: OperationError) -> None:
    assert caught.where
    assert caught.expected
    assert "wiederholen" in caught.remedy
    assert not leftovers(root)
    assert open_snapshot(root).id == in_force


def test_refused_at_every_step(fresh_root, ids, contents) -> None:
    steps = steps_of_a_publication(fresh_root(), contents[1])
    turn = steps.index("after replace pointer")
    for at, step in enumerate(steps):
        root = fresh_root()
        number = ERRORS[at % len(ERRORS)]

        def fail(name: str, step: str = step, number: int = number) -> None:
            if name == step:
                raise OSError(number, os.strerror(number))

        with pytest.raises(OperationError) as caught:
            write_snapshot(root, contents[1], fail)
        assert_refused_cleanly(root, ids[at >= turn], caught.value)
        publishes_again(root, ids, contents[1])


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "voll"), (errno.EACCES, "Berechtigung"), (errno.EROFS, "schreibgeschützt"),
        (errno.EIO, "Ein-/Ausgabefehler"), (errno.EMFILE, "offen"), (errno.EXDEV, "meldet"),
    ],
)  # fmt: skip
def test_the_message_names_the_failure(root, contents, number, word) -> None:
    def fail(step: str) -> None:
        if step == "before sync cube.npy":
            raise OSError(number, os.strerror(number))

    with pytest.raises(OperationError) as caught:
        write_snapshot(root, contents[1], fail)
    assert word in caught.value.what
    assert caught.value.where.endswith("cube.npy")
    assert caught.value.exit_code == 5


class Failing:
    """Lets a function of the operating system fail at its nth call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, nth: int) -> None:
        self.real, self.left, self.tripped = getattr(owner, name), nth, False
        monkeypatch.setattr(owner, name, self)

    def __call__(self, *args, **options):
        self.left -= 1
        if self.left == 0:
            self.tripped = True
            raise OSError(errno.EIO, "injected")
        return self.real(*args, **options)


@pytest.mark.parametrize("name", ["fsync", "rename", "replace", "mkdir", "open", "read", "fdopen"])
def test_every_call_of_the_operating_system_may_fail(fresh_root, ids, contents, monkeypatch, name) -> None:
    """Also while reading back; the old release stays readable, whatever call it was."""
    for nth in range(1, 200):
        root = fresh_root()
        with monkeypatch.context() as patch:
            failing = Failing(patch, os, name, nth)
            try:
                write_snapshot(root, contents[1])
            except OperationError:
                pass
            else:
                # Swallowed may be: tidying up after oneself, and making a root that is there already.
                assert not failing.tripped or name == "open" or (name, nth) == ("mkdir", 1)
        assert open_snapshot(root).id in ids.values()
        publishes_again(root, ids, contents[1])
        if not failing.tripped:
            break
    assert nth > 1
    assert not failing.tripped


def test_a_full_disk_in_the_middle_of_the_data(root, ids, contents, monkeypatch) -> None:
    """The disk takes some of the cube and then no more."""
    real = os.fdopen

    class Half:
        def __init__(self, file) -> None:
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *reason) -> None:
            self.file.close()

        def __getattr__(self, name: str):
            return getattr(self.file, name)

        def write(self, data) -> int:
            self.file.write(bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, "injected")

    monkeypatch.setattr(
        os, "fdopen", lambda fd, mode: Half(real(fd, mode)) if "w" in mode else real(fd, mode)
    )
    with pytest.raises(OperationError, match="voll"):
        write_snapshot(root, contents[1])
    assert not leftovers(root)
    assert open_snapshot(root).id == ids[0]


def test_real_limits_of_the_operating_system(root, ids, contents, publisher) -> None:
    """A file size limit stops the cube, a limit of open files stops the first file."""
    assert publisher(root, 1, limits={"RLIMIT_FSIZE": 100_000}) == [REFUSED]
    assert not leftovers(root)
    assert publisher(root, 1, limits={"RLIMIT_NOFILE": 3}) == [REFUSED]
    assert open_snapshot(root).id == ids[0]
    messages = publisher.close()
    assert "erlaubte Größe" in messages
    assert "offen" in messages
    publishes_again(root, ids, contents[1])


def test_a_root_that_is_a_file_or_below_one(tmp_path, contents) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "snapshots"):
        with pytest.raises(OperationError) as caught:
            write_snapshot(root, contents[0])
        assert str(root) in caught.value.where


def test_anything_else_that_goes_wrong_is_tidied_up_too(root, ids, contents) -> None:
    def interrupt(step: str) -> None:
        if step == "before sync note.npy":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_snapshot(root, contents[1], interrupt)
    assert not leftovers(root)
    assert open_snapshot(root).id == ids[0]


def test_the_pointer_never_moves_to_what_a_reader_would_refuse(root, ids, contents) -> None:
    """The disk said yes and kept something else: found when reading back, healed by the next publication."""

    def rot(step: str) -> None:
        if step == "after rename":
            damage(root, ids[1])

    with pytest.raises(OperationError, match="beschädigt"):
        write_snapshot(root, contents[1], rot)
    assert read_pointer(root) == ids[0]
    publishes_again(root, ids, contents[1])


# --- damage that is already there ------------------------------------------------------------------------


def damage(root: Path, identity: str) -> None:
    path = root / identity / "cube.npy"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])


def test_publishing_heals_a_damaged_release(root, ids, contents) -> None:
    damage(root, ids[0])
    assert write_snapshot(root, contents[0]) == ids[0]
    assert open_snapshot(root).id == ids[0]
    assert [name for name in leftovers(root) if name.endswith("-damaged")]


def test_a_failed_healing_puts_back_what_was_there(root, ids, contents, monkeypatch) -> None:
    damage(root, ids[0])
    before = sorted(path.name for path in root.iterdir())
    Failing(monkeypatch, os, "rename", 2)
    with pytest.raises(OperationError):
        write_snapshot(root, contents[0])
    assert sorted(path.name for path in root.iterdir()) == before


def test_a_disk_that_only_refuses_for_now_is_no_damage(root, ids, contents, monkeypatch) -> None:
    """A good release is not moved aside because too many files were open when it was looked at."""
    inode = (root / ids[0]).stat().st_ino
    with monkeypatch.context() as patch:
        Failing(patch, os, "open", 3)
        with pytest.raises(OperationError):
            write_snapshot(root, contents[0])
    assert (root / ids[0]).stat().st_ino == inode
    assert open_snapshot(root).id == ids[0]


# --- several at once -------------------------------------------------------------------------------------


def test_publishers_at_once(root, ids, publisher) -> None:
    """Four processes, two contents, five times each: all succeed, the pointer names one of them."""
    assert publisher(root, 0, 1, 1, 0, times=5) == [0, 0, 0, 0]
    assert {info.id for info in list_snapshots(root)} == set(ids.values())
    for identity in ids.values():
        assert open_snapshot(root, identity).id == identity
    assert read_pointer(root) in ids.values()
    assert not leftovers(root)


def test_publishers_of_the_same_new_content_at_once(tmp_path, ids, publisher) -> None:
    for turn in range(4):
        root = tmp_path / str(turn)
        assert publisher(root, 1, 1, 1) == [0, 0, 0]
        assert open_snapshot(root).id == ids[1]
        assert sorted(path.name for path in root.iterdir()) == sorted([ids[1], "current"])


def test_the_other_publisher_was_faster(root, ids, contents) -> None:
    """Both write the same content; the second finds the name taken at the last moment."""
    steps = []

    def race(step: str) -> None:
        steps.append(step)
        if step == "before rename":
            write_snapshot(root, contents[1])

    assert write_snapshot(root, contents[1], race) == ids[1]
    assert "before rename" in steps
    assert open_snapshot(root).id == ids[1]
    assert not leftovers(root)


def test_a_reader_beside_a_publisher_sees_one_release_or_the_other(root, ids, contents) -> None:
    done = threading.Event()
    seen: list[str] = []
    failures: list[BaseException] = []

    def read() -> None:
        while not done.is_set():
            try:
                seen.append(open_snapshot(root).id)
            except OperationError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(12):
        write_snapshot(root, contents[turn % 2])
    done.set()
    reader.join()
    assert not failures
    assert set(seen) <= set(ids.values())
    assert len(seen) > 5


# --- leftovers -------------------------------------------------------------------------------------------


def test_only_old_leftovers_are_swept(root, ids) -> None:
    now = 1_000_000.0
    for name, age in (
        ("tmp-1-a", NEVER + 1),
        ("tmp-2-b", NEVER - 1),
        ("tmp-3-c", -3600),
        ("other", NEVER * 9),
    ):
        (root / name / "export").mkdir(parents=True)
        (root / name / "cube.npy").write_bytes(b"x")
        os.utime(root / name, (now - age, now - age))
    assert sweep(root, now, NEVER) == ("tmp-1-a",)
    assert sorted(p.name for p in root.iterdir()) == sorted(
        [ids[0], "current", "other", "tmp-2-b", "tmp-3-c"]
    )
    assert sweep(root / "nowhere", now, NEVER) == ()


def test_sweeping_does_not_follow_links(root, tmp_path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (root / "tmp-4-d").symlink_to(tmp_path / "precious")
    assert sweep(root, time.time() + NEVER, 0) == ("tmp-4-d",)
    assert (tmp_path / "precious" / "file").read_text() == "x"
    assert not os.path.lexists(root / "tmp-4-d")


def test_a_ruthless_sweep_beside_publishers_never_tears_a_release(root, ids, contents) -> None:
    """It may make a publication fail, with a message; a release that has its name is whole."""
    done = threading.Event()

    def ruthless() -> None:
        while not done.is_set():
            sweep(root, time.time() + NEVER, 0)

    sweeper = threading.Thread(target=ruthless)
    sweeper.start()
    refused = 0
    try:
        for _ in range(15):
            try:
                write_snapshot(root, contents[1])
            except OperationError:
                refused += 1
            assert open_snapshot(root).id in ids.values()
            for info in list_snapshots(root):
                assert open_snapshot(root, info.id).id == info.id
    finally:
        done.set()
        sweeper.join()
    assert write_snapshot(root, contents[1]) == ids[1]


def test_a_leftover_loses_its_name_before_its_files(root, monkeypatch) -> None:
    """A slow publisher that comes back in the middle of a sweep cannot rename what is being emptied."""
    (root / "tmp-1-a").mkdir()
    real, came_back = storage.discard, []

    def slow(path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            os.rename(root / "tmp-1-a", root / ("a" * 16))
        came_back.append(path)
        real(path)

    monkeypatch.setattr(storage, "discard", slow)
    assert sweep(root, time.time() + NEVER, 0) == ("tmp-1-a",)
    assert len(came_back) == 1
    assert not leftovers(root)


def test_two_sweeps_at_once(root) -> None:
    for number in range(40):
        (root / f"tmp-{number}-x").mkdir()
    results: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(target=lambda: results.append(sweep(root, time.time() + NEVER, 0))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not leftovers(root)
    assert len(results) == 3


def test_opening_uses_no_pickle_and_no_hidden_import(monkeypatch, root) -> None:
    """numpy's loader is not used at all: nothing in a file decides how it is read."""
    import numpy as np

    monkeypatch.setattr(np, "load", None)
    monkeypatch.setattr(builtins, "eval", None)
    assert open_snapshot(root).cube.shape == toy_content().cube.shape
