"""The rows on endurance measure what they say, in small."""

from __future__ import annotations

import resource
import socket
import time

import pytest

from tests.bench.api_endurance import endurance_section, files_allowed, forget_pages, still_open
from tests.bench.api_release import LESS


@pytest.mark.slow
def test_endurance_in_small(tmp_path, repo_root) -> None:
    rows = endurance_section(tmp_path, repo_root, 0.05, idle=300, size=LESS).rows
    found = {row.quantity.split(",")[0]: row for row in rows}
    assert len(rows) == 5
    assert all(0 < row.values[0] < 60 for row in rows[:3])
    idle = next(row for row in rows if "stillen" in row.quantity)
    assert idle.details == {"connections": 300, "left": 0, "failures": 0}
    failed = found["Anfragen"]
    assert failed.values == (0.0,)
    assert int(failed.note.split(" ")[0]) > 100


def test_files_allowed_leaves_the_limit_as_it_was() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with files_allowed(50) as count:
        assert 1 <= count <= 50
    with files_allowed(10**9) as count:
        assert 1 <= count < 10**9
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_closed_connections_are_told_from_open_ones() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    pairs[0][0].close()
    pairs[1][0].close()
    assert still_open([mine for _, mine in pairs], time.perf_counter() + 0.5) == 1
    for one in pairs:
        for plug in one:
            plug.close()


def test_pages_of_every_file_are_given_back(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 5_000)
    (tmp_path / "c").write_bytes(b"x" * 11)
    assert forget_pages(tmp_path) == 5_011
    assert (tmp_path / "c").read_bytes() == b"x" * 11
