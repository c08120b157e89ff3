"""The description of the interface as a page: complete, without scripts, its examples work."""

from __future__ import annotations

import re

import pytest

from tests.api.page_reader import read_page


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_operation_is_on_the_page(client, lang: str) -> None:
    answer = client.get(f"/docs?lang={lang}")
    assert (answer.status_code, answer.headers["content-language"]) == (200, lang)
    for path, methods in client.data("/api/v1/openapi.json")["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in answer.text
    assert "Published figures need no key" in answer.text or lang == "de"


def test_the_page_needs_nobody_else(client) -> None:
    text = client.get("/docs").text
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    for address in set(re.findall(r'<link[^>]* href="([^"]+)"', text)):
        assert client.get(address).status_code == 200


def test_its_examples_lead_somewhere(client) -> None:
    text = client.get("/docs").text
    examples = re.findall(r'<a href="(/api/v1[^"#]*)"><code>', text)
    assert len(examples) > 20
    for address in examples:
        status = client.get(address.replace("&amp;", "&")).status_code
        assert status < 500, address


def test_the_page_is_well_formed(client) -> None:
    assert read_page(client.get("/docs").text)
