"""The release in force: exchanged while the service runs, kept when the newer one is broken."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from api.service import Settings, fingerprint
from forecast.errors import OperationError
from forecast.snapshot import open_snapshot, write_snapshot
from tests.toy_snapshot import toy_content, write_toy

MATRIX = "/api/v1/matrix?region=HWK-FF&year=2030&measure=gap&trade=A-24"


def test_a_newer_release_is_served_without_a_restart(serve, own_root: Path) -> None:
    client = serve(own_root)
    before = client.get(MATRIX)
    newer = write_toy(own_root, shift=1)
    assert client.get(MATRIX).content == before.content  # not looked yet
    assert client.service.look()
    after = client.get(MATRIX, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["meta"]["snapshot_id"] == after.json()["data"][0]["snapshot_id"] == newer
    assert after.json()["data"][0]["value"] == before.json()["data"][0]["value"] + 1
    assert newer in client.get("/").text


@pytest.mark.parametrize("damage", ["flip a bit", "delete", "nonsense in the pointer"])
def test_a_broken_newer_release_leaves_the_old_one_in_force(serve, own_root: Path, damage: str) -> None:
    client = serve(own_root)
    before = client.get(MATRIX)
    old = before.json()["meta"]["snapshot_id"]
    newer = write_toy(own_root, shift=1)
    if damage == "flip a bit":
        path = own_root / newer / "cube.npy"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(bytes(data))
    elif damage == "delete":
        shutil.rmtree(own_root / newer)
    else:
        (own_root / "current").write_text("../../etc\n")
    assert not client.service.look()
    assert client.get(MATRIX).content == before.content
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["snapshot_id"]) == (200, old)
    assert ready.json()["last_error"]
    assert str(own_root) not in ready.text
    (own_root / "current").write_text(f"{old}\n")
    client.service.look()
    assert client.get("/health/ready").json()["last_error"] is None


@pytest.mark.parametrize(
    "missing", ["default_region", "default_year", "items", "trades", "measures", "base_year"]
)
def test_an_incomplete_catalogue_never_comes_into_force(serve, own_root: Path, missing: str) -> None:
    client = serve(own_root)
    old = client.service.release.id
    content = toy_content(1)
    catalogue = dict(content.documents["catalogue"])
    if missing in {"trades", "measures"}:
        catalogue[missing] = catalogue[missing][1:]
    else:
        del catalogue[missing]
    write_snapshot(own_root, replace(content, documents={**content.documents, "catalogue": catalogue}))
    assert not client.service.look()
    ready = client.data("/health/ready")
    assert (ready["snapshot_id"], ready["last_error"]) == (
        old,
        "Der Katalog des neuen Standes ist unvollständig.",
    )
    assert client.get("/").status_code == 200


def test_without_a_release_the_service_says_so_and_waits(serve, tmp_path: Path) -> None:
    root = tmp_path / "later"
    client = serve(root)
    assert client.get("/health/live").json() == {"status": "alive"}
    for url in ("/api/v1/matrix?region=HWK-FF&year=2030", "/api/v1", "/health/ready", "/api/v1/health/ready"):
        answer = client.get(url)
        assert (answer.status_code, answer.json()["type"]) == (503, "/hilfe/fehler/kein-stand")
        assert answer.headers["retry-after"] == "30"
    page = client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert client.get("/hilfe/fehler/kein-stand").status_code == 200
    write_toy(root)
    assert client.service.look()
    assert client.get("/").status_code == 200


def test_the_watch_finds_a_newer_release_by_itself(own_root: Path) -> None:
    app = create_app(Settings(own_root, refresh_seconds=0.01))
    old = app.state.service.release.id

    async def run() -> str:
        async with app.router.lifespan_context(app):
            write_toy(own_root, shift=1)
            for _ in range(500):
                if app.state.service.release.id != old:
                    break
                await asyncio.sleep(0.01)
        return str(app.state.service.release.id)

    found = asyncio.run(run())
    assert found != old
    assert found == open_snapshot(own_root).id


def test_requests_during_swaps_never_mix_two_releases(serve, own_root: Path) -> None:
    client = serve(own_root)
    ids = [open_snapshot(own_root).id, write_toy(own_root, shift=1)]
    values = {}
    for turn in range(20):
        (own_root / "current.new").write_text(f"{ids[turn % 2]}\n")
        (own_root / "current.new").replace(own_root / "current")
        client.service.look()
        answer = client.get(MATRIX)
        body = answer.json()
        assert answer.status_code == 200
        release = body["meta"]["snapshot_id"]
        assert answer.headers["etag"].startswith(f'"{release}-')
        values.setdefault(release, body["data"][0]["value"])
        assert body["data"][0]["value"] == values[release]
    assert set(values) == set(ids)
    assert values[ids[1]] == values[ids[0]] + 1


def test_settings_come_from_two_variables(monkeypatch) -> None:
    monkeypatch.delenv("FACHKRAEFTEMATRIX_SNAPSHOTS", raising=False)
    assert Settings.from_environment() == Settings(Path("data/snapshots"), 5.0)
    monkeypatch.setenv("FACHKRAEFTEMATRIX_SNAPSHOTS", "elsewhere")
    monkeypatch.setenv("FACHKRAEFTEMATRIX_REFRESH_SECONDS", "0.5")
    assert Settings.from_environment() == Settings(Path("elsewhere"), 0.5)
    monkeypatch.setenv("FACHKRAEFTEMATRIX_REFRESH_SECONDS", "bald")
    with pytest.raises(OperationError, match="keine Zahl"):
        Settings.from_environment()


def test_another_version_of_the_code_has_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = fingerprint(tmp_path)
    (tmp_path / "a.py").write_text("2")
    second = fingerprint(tmp_path)
    (tmp_path / "a.pyc").write_text("ignored")
    assert len({first, second, fingerprint(tmp_path)}) == 2
