"""The page for operators: nothing without a key, no secret with one, and nothing that can be changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from api.app import create_app
from api.security import new_key, write_keys
from api.service import Settings
from tests.api.conftest import Client
from tests.api.page_reader import read_page

FORM = {"content-type": "application/x-www-form-urlencoded"}
FAR = date(2099, 12, 31)


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """Keys in clear: one for operations, one for drafts only, one expired."""
    made = {
        "operations": new_key("Betrieb HWK", ("operations", "drafts"), FAR),
        "drafts": new_key("BI-Team", ("drafts",), FAR),
        "expired": new_key("Früher", ("operations",), date(2020, 2, 29)),
    }
    write_keys(tmp_path / "keys.json", {key.id: key for _, key in made.values()})
    return {name: clear for name, (clear, _) in made.items()}


@pytest.fixture
def admin(keys: dict[str, str], toy_root: Path, tmp_path: Path) -> Client:
    """A service with these keys."""
    return Client(
        create_app(Settings(toy_root, refresh_seconds=0, requests_per_minute=0, keys=tmp_path / "keys.json"))
    )


def send(client: Client, key: str, address: str = "/verwaltung", **more: str) -> httpx.Response:
    return client.request("POST", address, content=urlencode({"schluessel": key, **more}), headers=FORM)


def test_without_a_key_there_is_only_the_form(admin: Client) -> None:
    page = read_page(admin.get("/verwaltung").text)
    assert page.one("form").get("method") == "post"
    assert page.one("input", name="schluessel").get("type") == "password"
    assert not page.all("table")
    assert admin.get("/verwaltung").headers["cache-control"] == "no-store"


def test_with_the_key_it_shows_releases_and_keys_without_secrets(
    admin: Client, keys: dict[str, str], tmp_path: Path
) -> None:
    answer = send(admin, keys["operations"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    page = read_page(answer.text)
    release = admin.service.release_id
    (row,) = page.one("table", id="staende").all("tr", kind="chosen")
    assert row.one("th").text == release
    assert "in Kraft" in row.text
    rows = {
        r.one("th").text: [c.text for c in r.all("td")]
        for r in page.one("table", id="schluessel").all("tr")[1:]
    }
    identity = keys["operations"].split("_")[1]
    assert rows[identity][:4] == ["gültig", "Betrieb HWK", "Betrieb und Entwürfe", "31. Dezember 2099"]
    assert rows[identity][4] != "–", "just used"
    assert rows[keys["drafts"].split("_")[1]][4] == "–"
    assert rows[keys["expired"].split("_")[1]][0] == "abgelaufen"
    for clear in keys.values():
        assert clear not in answer.text
        assert clear.split("_", 2)[2] not in answer.text
    for secret in re.findall(r'"(?:hash|salt)": "([0-9a-f]+)"', (tmp_path / "keys.json").read_text()):
        assert secret not in answer.text
    assert str(tmp_path) not in answer.text, "no path of the server"
    assert not page.all("form"), "nothing to change"


@pytest.mark.parametrize(
    ("which", "status", "said"),
    [("drafts", 403, "nicht für diese Adresse"), ("expired", 401, "gilt nicht"), ("", 401, "gilt nicht")],
)
def test_another_key_opens_nothing(
    admin: Client, keys: dict[str, str], which: str, status: int, said: str
) -> None:
    answer = send(admin, keys.get(which, "fkm_00000000_" + "x" * 43))
    assert answer.status_code == status
    page = read_page(answer.text)
    assert said in page.one("p", role="alert").text
    assert page.one("form")
    assert not page.all("table")


def test_guessing_is_slowed_down(admin: Client, keys: dict[str, str]) -> None:
    wrong = keys["operations"][:-4] + "AAAA"
    answers = [send(admin, wrong).status_code for _ in range(25)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert "retry-after" in send(admin, wrong).headers


def test_a_key_in_the_address_or_twice_or_as_json_opens_nothing(admin: Client, keys: dict[str, str]) -> None:
    key = keys["operations"]
    assert admin.get(f"/verwaltung?schluessel={key}").status_code == 422
    body = urlencode([("schluessel", key), ("schluessel", key)])
    assert admin.request("POST", "/verwaltung", content=body, headers=FORM).status_code == 401
    assert admin.request("POST", "/verwaltung", json={"schluessel": key}).status_code == 415
    assert send(admin, key + " " * 2_000).status_code == 401


def test_it_speaks_english_and_shows_why_a_release_was_refused(admin: Client, keys: dict[str, str]) -> None:
    page = read_page(send(admin, keys["operations"], "/verwaltung?lang=en").text)
    assert page.one("h1").text == "Administration"
    facts = {one.one("dt").text: one.one("dd").text for one in page.one("dl").all("div")}
    assert facts["Ready"] == "yes"
    assert facts["Release in force"] == admin.service.release_id
    assert facts["Last refusal of a release"] == "none"
    assert facts["Written to the log"] == "errors and slow answers"
