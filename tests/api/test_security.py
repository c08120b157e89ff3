"""Keys: what is open, what is not, how keys are kept, and that nothing of a draft gets out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest

from api import key_commands, security
from api.app import create_app
from api.security import new_key, read_keys, write_keys
from api.service import Settings
from forecast.errors import OperationError
from tests.api.conftest import Client
from tests.toy_snapshot import write_toy

TODAY = date(2026, 11, 20)
SOON = TODAY + timedelta(days=3_000)


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "settings" / "keys.json"


@pytest.fixture
def keys(key_file) -> dict[str, str]:
    """Role → key in clear; the file holds both and an expired and a revoked one."""
    clear, kept = {}, {}
    for name, roles, expires, revoked in (
        ("drafts", ("drafts",), SOON, False),
        ("operations", ("operations",), SOON, False),
        ("expired", security.ROLES, date(2020, 1, 1), False),
        ("revoked", security.ROLES, SOON, True),
    ):
        clear[name], key = new_key(name, roles, expires)
        kept[key.id] = replace(key, revoked=revoked)
    write_keys(key_file, kept)
    return clear


@pytest.fixture
def draft(tmp_path) -> str:
    return write_toy(tmp_path / "drafts", shift=1)


@pytest.fixture
def guarded(toy_root, tmp_path, key_file) -> Client:
    settings = Settings(
        toy_root, refresh_seconds=0, requests_per_minute=0, keys=key_file, drafts=tmp_path / "drafts"
    )
    return Client(create_app(settings))


def asked(client: Client, url: str, key: str = "", method: str = "GET"):
    return client.request(method, url, headers={"X-API-Key": key} if key else {})


PROTECTED = [("GET", "/metrics", "operations"), ("POST", "/api/v1/operations/refresh", "operations"),
             ("GET", "/api/v1/drafts", "drafts")]  # fmt: skip


@pytest.mark.parametrize(("method", "url", "role"), PROTECTED)
def test_what_needs_a_key(guarded, keys, method: str, url: str, role: str) -> None:
    other = "drafts" if role == "operations" else "operations"
    wrong = keys[role][:-1] + ("A" if keys[role][-1] != "A" else "B")
    assert asked(guarded, url, keys[role], method).status_code == 200
    for key in (
        "",
        "x",
        wrong,
        keys["expired"],
        keys["revoked"],
        "fkm_00000000_" + "x" * 43,
        "fkm_é",
        "ü" * 9,
    ):
        answer = guarded.raw(url, method=method, headers=[(b"x-api-key", key.encode())])
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert len(key) < 10 or key.encode() not in answer.body
    forbidden = asked(guarded, url, keys[other], method)
    assert forbidden.status_code == 403
    bearer = guarded.request(method, url, headers={"Authorization": f"Bearer {keys[role]}"})
    assert bearer.status_code == 200
    in_address = guarded.request(method, f"{url}?key={keys[role]}")
    assert in_address.status_code == 401


def test_published_figures_are_open_whatever_key_is_sent(guarded, keys) -> None:
    for key in ("", keys["revoked"], "nonsense"):
        assert asked(guarded, "/api/v1/matrix?region=HWK-FF&year=2030", key).status_code == 200


def test_a_draft_answers_like_the_interface_and_is_kept_nowhere(guarded, keys, draft: str) -> None:
    url = "matrix?region=HWK-FF&year=2030&measure=gap&trade=A-24"
    published = guarded.get(f"/api/v1/{url}")
    address = f"/api/v1/drafts/{draft}/{url}"
    assert asked(guarded, address).status_code == 401
    assert asked(guarded, address, keys["operations"]).status_code == 403
    found = asked(guarded, address, keys["drafts"])
    assert found.status_code == 200
    assert found.headers["cache-control"] == "private, no-store"
    assert found.json()["meta"]["snapshot_id"] == draft
    assert found.json()["data"][0]["value"] == published.json()["data"][0]["value"] + 1
    assert asked(guarded, address).status_code == 401  # not from a cache
    assert guarded.get(f"/api/v1/{url}").content == published.content
    entry = asked(guarded, f"/api/v1/drafts/{draft}/trades/A-24", keys["drafts"])  # through the framework
    assert entry.json()["meta"]["snapshot_id"] == draft
    etag = {"If-None-Match": found.headers["etag"]}
    assert guarded.get(address, headers=etag).status_code == 401
    listed = asked(guarded, "/api/v1/drafts", keys["drafts"]).json()["data"]
    assert [one["id"] for one in listed] == [draft]


@pytest.mark.parametrize("identity", ["0" * 16, "....", "current", "%2e%2e", "0" * 17])
def test_a_draft_that_is_none(guarded, keys, draft, identity: str) -> None:
    answer = asked(guarded, f"/api/v1/drafts/{identity}/matrix?region=BB&year=2030", keys["drafts"])
    assert answer.status_code == 404


def test_a_damaged_draft_is_not_found(guarded, keys, draft: str, tmp_path) -> None:
    path = tmp_path / "drafts" / draft / "cube.npy"
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)
    answer = asked(guarded, f"/api/v1/drafts/{draft}/matrix?region=BB&year=2030", keys["drafts"])
    assert answer.status_code == 404


def test_a_withdrawn_key_counts_no_more_from_the_next_request_on(guarded, keys, key_file, capsys) -> None:
    assert asked(guarded, "/metrics", keys["operations"]).status_code == 200
    identity = keys["operations"].split("_")[1]
    assert key_commands.main(["--file", str(key_file), "revoke", identity]) == 0
    assert asked(guarded, "/metrics", keys["operations"]).status_code == 401
    capsys.readouterr()


def test_guessing_is_stopped(guarded, keys) -> None:
    guess = keys["operations"][:-6] + "xxxxxx"
    found = [asked(guarded, "/metrics", guess).status_code for _ in range(security.ATTEMPTS_PER_MINUTE + 1)]
    assert found == [401] * security.ATTEMPTS_PER_MINUTE + [429]


def test_metrics_tell_the_state_of_the_service(guarded, keys) -> None:
    answer = asked(guarded, "/metrics", keys["operations"])
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert f'info{{snapshot="{guarded.service.release.id}"' in answer.text
    assert "fachkraeftematrix_ready 1\n" in answer.text
    assert not [value for value in keys.values() if value in answer.text]


def test_the_file_holds_no_secret_and_is_for_its_owner_only(keys, key_file) -> None:
    text = key_file.read_text()
    for clear in keys.values():
        assert clear not in text
        assert clear.split("_", 2)[2] not in text
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert {key.owner for key in read_keys(key_file).values()} == set(keys)
    key_file.chmod(0o640)
    with pytest.raises(OperationError, match="für andere lesbar"):
        read_keys(key_file)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": [{}]}', '{"keys": [{"id": 1}]}', '{"keys": null}'])
def test_a_damaged_file_opens_nothing(guarded, keys, key_file, text: str) -> None:
    key_file.write_text(text)
    with pytest.raises(OperationError, match="nicht lesbar"):
        read_keys(key_file)
    assert asked(guarded, "/metrics", keys["operations"]).status_code == 401
    assert guarded.get("/api/v1").status_code == 200


def test_no_key_file_lies_in_a_checkout(tmp_path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(OperationError, match="Git"):
        write_keys(tmp_path / "inside" / "keys.json", {})
    assert not (tmp_path / "inside").exists()


def test_the_command_line_issues_lists_and_revokes(key_file, repo_root) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api", "keys", "--file", str(key_file), *arguments],
            cwd=repo_root, capture_output=True, text=True, check=False,
        )  # fmt: skip

    added = run("add", "BI-Team", "--role", "drafts", "--role", "operations", "--days", "30")
    assert added.returncode == 0, added.stderr
    clear = added.stdout.strip()
    assert clear.startswith("fkm_")
    identity = clear.split("_")[1]
    listed = run("list").stdout
    assert "gültig" in listed
    assert "BI-Team" in listed
    assert clear.split("_", 2)[2] not in listed + key_file.read_text()
    assert run("revoke", identity).returncode == 0
    assert "widerrufen" in run("list").stdout
    unknown = run("revoke", "ffffffff")
    assert (unknown.returncode, "Abhilfe" in unknown.stderr) == (5, True)
    assert run("add", "x", "--role", "drafts", "--days", "0").returncode == 5
    assert run("add", "x", "--role", "everything").returncode == 2


def test_refresh_finds_a_newer_release_at_once(own_root, keys, key_file) -> None:
    client = Client(create_app(Settings(own_root, refresh_seconds=0, requests_per_minute=0, keys=key_file)))
    newer = write_toy(own_root, shift=1)
    answer = asked(client, "/api/v1/operations/refresh", keys["operations"], "POST").json()
    assert answer == {"changed": True, "snapshot_id": newer, "last_error": None}


def test_settings_of_the_environment_are_read_strictly() -> None:
    found = Settings.from_environment(
        {
            "FACHKRAEFTEMATRIX_ORIGINS": "https://a.example, https://b.example",
            "FACHKRAEFTEMATRIX_REQUESTS_PER_MINUTE": "120",
            "FACHKRAEFTEMATRIX_ACCESS_LOG": "all",
            "FACHKRAEFTEMATRIX_KEYS": "/etc/keys.json",
        }
    )
    assert found.origins == ("https://a.example", "https://b.example")
    assert (found.requests_per_minute, found.access_log, str(found.keys)) == (120, "all", "/etc/keys.json")
    for name, text in (
        ("ORIGINS", "*"), ("REQUESTS_PER_MINUTE", "1.5"), ("REQUESTS_PER_MINUTE", "-1"), ("ACCESS_LOG", "x"),
        ("REFRESH_SECONDS", "nan"), ("REFRESH_SECONDS", "inf"),
    ):  # fmt: skip
        with pytest.raises(OperationError):
            Settings.from_environment({f"FACHKRAEFTEMATRIX_{name}": text})
    assert json.dumps(found.requests_per_minute)
