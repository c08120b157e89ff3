"""A release in a real PostgreSQL: the test starts a server of its own and asks it."""
# ruff: noqa: S608  (our own names in our own queries)

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from forecast import star_schema
from forecast.errors import InputError, OperationError
from forecast.snapshot import STATUSES, open_snapshot
from tests.debian import POSTGRESQL, MissingProgramError
from tests.toy_snapshot import write_toy

PASSWORD = "t@b/ und %"  # noqa: S105  (of a server that lives as long as this test)
QUOTED = "t%40b%2F%20und%20%25"


def _server_user() -> str | None:
    """The server refuses to run as root: then another account of the machine runs it."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Address of an empty database on a server that stops with the tests."""
    try:
        found = POSTGRESQL.provided()
    except MissingProgramError as error:
        pytest.fail(str(error), pytrace=False)
    # not below pytest's own folder: only its owner may enter there
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, _running(Path(folder), found) as address:
        yield address


@contextmanager
def _running(root: Path, programs: dict[str, str]) -> Iterator[str]:
    secret = root / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    user = _server_user()
    if user:
        shutil.chown(root, user)
        shutil.chown(secret, user)
    data = root / "data"
    subprocess.run(
        [programs["initdb"], "-D", str(data), "-U", "anna", "-A", "scram-sha-256", f"--pwfile={secret}",
         "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True, user=user, cwd=root, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [programs["postgres"], "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(root),
         "-c", "fsync=off"],
        user=user, cwd=root, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"postgresql://anna:{QUOTED}@127.0.0.1:{port}/postgres"
    try:
        for _ in range(1_500):
            if ask(address, "SELECT 1", check=False) == [["1"]]:
                break
            time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=120)


def ask(address: str, sql: str, *, check: bool = True) -> list[list[str]]:
    """Return the rows of an answer of the database's own client; NULL is empty."""
    asked = subprocess.run(
        ["psql", "-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql],
        env={**os.environ, **star_schema.connection(address)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not check or asked.returncode == 0, asked.stderr
    return [line.split("\t") for line in asked.stdout.splitlines() if line]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory):
    """The toy release."""
    root = tmp_path_factory.mktemp("toy")
    write_toy(root)
    return open_snapshot(root)


def test_a_release_is_loaded_and_replaced_in_one_piece(database: str, snapshot) -> None:
    count = int((snapshot.status > 0).sum())
    for _ in range(2):  # loading again replaces
        assert star_schema.load(snapshot, database) == count
    schema = star_schema.SCHEMA
    assert ask(database, f"SELECT count(*) FROM {schema}.matrix") == [[str(count)]]
    assert ask(database, f"SELECT snapshot_id FROM {schema}.release") == [[snapshot.id]]
    at = tuple(snapshot.index(axis, code) for axis, code in
               (("region", "BB"), ("trade", "A-24"), ("measure", "gap"), ("year", 2030)))  # fmt: skip
    (row,) = ask(
        database,
        f"SELECT value, lower_80, upper_95, status, is_forecast, unit, region_label FROM {schema}.matrix "
        "WHERE region_code = 'BB' AND trade_code = 'A-24' AND measure = 'gap' AND year = 2030",
    )
    cube = snapshot.cube[at]
    assert [float(text) for text in row[:3]] == [cube[0], cube[3], cube[6]]
    assert row[3:] == [STATUSES[snapshot.status[at]], "t", "persons", "Brandenburg"]
    sums = "SELECT sum(value)::bigint, count(*) FILTER (WHERE value IS NULL) > 0"
    total = sum(v for v in snapshot.cube[..., 0].ravel().tolist() if v == v)
    assert ask(database, f"{sums} FROM {schema}.cell") == [[str(int(total)), "t"]]
    assert ask(database, f"SELECT count(*) > 0 FROM {schema}.gaps") == [["t"]]


def test_a_load_that_fails_changes_nothing(database: str, snapshot) -> None:
    star_schema.load(snapshot, database)
    trades = snapshot.documents["catalogue"]["trades"]
    broken = {**snapshot.documents, "catalogue": {**snapshot.documents["catalogue"], "trades": trades[:1]}}
    with pytest.raises(OperationError) as refused:
        star_schema.load(replace(snapshot, id="0" * 16, documents=broken), database)
    assert PASSWORD not in str(refused.value)
    assert refused.value.rows
    assert ask(database, f"SELECT snapshot_id FROM {star_schema.SCHEMA}.release") == [[snapshot.id]]
    assert int(ask(database, f"SELECT count(*) FROM {star_schema.SCHEMA}.cell")[0][0]) > 0


def test_a_load_that_breaks_off_is_taken_back(database: str, snapshot, monkeypatch) -> None:
    star_schema.load(snapshot, database)
    whole = star_schema.script

    def half(release):
        for number, part in enumerate(whole(release)):
            if number == 8:  # some regions of the cells are on their way
                raise KeyboardInterrupt
            yield part

    monkeypatch.setattr(star_schema, "script", half)
    before = ask(database, f"SELECT count(*) FROM {star_schema.SCHEMA}.cell")
    with pytest.raises(KeyboardInterrupt):
        star_schema.load(snapshot, database)
    assert ask(database, f"SELECT count(*) FROM {star_schema.SCHEMA}.cell") == before


def test_readers_need_not_wait_for_a_load(database: str, snapshot) -> None:
    """While a load is under way, another session reads the old numbers through the view."""
    star_schema.load(snapshot, database)
    parts = [part for part, _ in star_schema.script(snapshot)]
    surroundings = {**os.environ, **star_schema.connection(database)}
    loading = subprocess.Popen(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        stdin=subprocess.PIPE, env=surroundings, text=True,
    )  # fmt: skip
    assert loading.stdin is not None
    try:
        loading.stdin.write("".join(parts[:-1]))
        loading.stdin.flush()
        query = f"SET statement_timeout = 60000; SELECT count(*) > 0 FROM {star_schema.SCHEMA}.matrix"
        assert ask(database, query)[-1] == ["t"]
    finally:
        loading.stdin.close()
        loading.wait(timeout=120)


def test_views_of_others_outlive_a_load(database: str, snapshot) -> None:
    star_schema.load(snapshot, database)
    ask(database, f"CREATE VIEW own AS SELECT count(*) AS n FROM {star_schema.SCHEMA}.cell")
    star_schema.load(snapshot, database)
    assert int(ask(database, "SELECT n FROM own")[0][0]) > 0


def test_a_database_that_is_not_there_is_said_so(snapshot, database: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(OperationError, match="nicht übernommen"):
            star_schema.load(snapshot, f"postgresql://anna@127.0.0.1:{probe.getsockname()[1]}/x")


def test_a_client_that_leaves_in_the_middle_is_said_so(snapshot, monkeypatch, tmp_path: Path) -> None:
    client, gone = tmp_path / "psql", tmp_path / "gone"
    client.write_text(f"#!/bin/sh\nexec 0<&-\necho 'FATAL: zu viele' >&2\n: > '{gone}'\nexit 2\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    def script(_: object) -> Iterator[tuple[str, int]]:
        for _ in range(1_000):
            if gone.exists():
                break
            time.sleep(0.01)
        yield "less than a buffer holds", 1

    monkeypatch.setattr(star_schema, "script", script)
    with pytest.raises(OperationError, match="nicht übernommen") as refused:
        star_schema.load(snapshot, "postgresql://h/x")
    assert refused.value.rows == ("FATAL: zu viele",)


@pytest.mark.parametrize(
    "address",
    ["mysql://a@b/c", "", "host=db", "postgresql://h:99999/x", "postgresql://h/x?host=/tmp", "postgresql://h/x#y",
     "postgresql://h/x?sslmode"],
)  # fmt: skip
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="keine Adresse"):
        star_schema.connection(address)


def test_without_the_client_the_remedy_is_named(snapshot, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationError, match="psql"):
        star_schema.load(snapshot, "postgresql://h/x")


def test_the_command_writes_the_release_in_force(database: str, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from forecast.__main__ import app

    identity = write_toy(tmp_path)
    said = CliRunner().invoke(app, ["publish", "--snapshots", str(tmp_path), "--to", database])
    assert said.exit_code == 0, said.output
    assert identity in said.output
    assert PASSWORD not in said.output
    assert ask(database, f"SELECT snapshot_id FROM {star_schema.SCHEMA}.release") == [[identity]]
