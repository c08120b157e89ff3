"""What the documents promise exists: files, make targets, commands, addresses with their parameters."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest


@pytest.fixture(scope="module")
def documents(repo_root: Path) -> dict[str, str]:
    """Every document of the project with its path."""
    paths = [*repo_root.glob("*.md"), *repo_root.glob("docs/**/*.md"), *repo_root.glob("*/README.md")]
    return {path.relative_to(repo_root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_links_lead_somewhere(documents, repo_root: Path) -> None:
    broken = []
    for name, text in documents.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            linked = (repo_root / name).parent / path if path else repo_root / name
            if not linked.exists():
                broken.append(f"{name}: {target}")
            elif anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
                if anchor not in map(_slug, headings):
                    broken.append(f"{name}: {target} (no such heading)")
    assert not broken, "\n".join(broken)


def test_make_targets_exist(documents, repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    named = {
        (name, target)
        for name, text in documents.items()
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE)
    }
    assert {target for _, target in named} >= {"run", "test", "check"}
    assert not [f"{name}: make {target}" for name, target in named if target not in targets]


def test_commands_exist(documents, repo_root: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "forecast", "--help"],
        cwd=repo_root,
        capture_output=True,
        text=True,
        check=True,
    )
    named = {
        command
        for text in documents.values()
        for command in re.findall(r"(?:bin/fachkraeftematrix|python -m forecast) ([a-z]+)", text)
    }
    assert named
    missing = [command for command in sorted(named) if not re.search(rf"\b{command}\b", result.stdout)]
    assert not missing, f"documented, but not on the command line: {missing}"


def test_addresses_exist_with_their_parameters(documents, tmp_path: Path) -> None:
    from api.app import Settings, create_app

    app = create_app(
        Settings(tmp_path, 1.0)
    )  # no snapshot there: known addresses answer 503, unknown ones 404
    described = _get(app, "/api/v1/openapi.json").json()["paths"]
    assert described
    wrong = []
    for name, text in documents.items():
        for address in re.findall(r"(?:GET |`|127\.0\.0\.1:8000)((?:/api/v1|/health)/[^\s`\"]*)", text):
            parts = urlsplit(address)
            operation = _operation(described, parts.path)
            if operation is None and _get(app, parts.path).status_code == 404:
                wrong.append(f"{name}: {parts.path}")
            known = {parameter["name"] for parameter in (operation or {}).get("parameters", ())}
            wrong += [f"{name}: {address} ({key})" for key, _ in parse_qsl(parts.query) if key not in known]
    assert not wrong, "\n".join(wrong)


def _operation(described: dict, path: str) -> dict | None:
    """The description of an address, also of one with a part that varies (`/matrix.csv`, `/trades/A-24`)."""
    for template, methods in described.items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if template == path or ("{" in template and re.fullmatch(pattern, path)):
            return methods.get("get")
    return None


def _get(app, path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(get())


def test_the_glossary_knows_every_status_and_grade(documents) -> None:
    from forecast.snapshot import GRADES, STATUSES

    glossary = documents["GLOSSARY.md"]
    assert re.findall(
        r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (?:yes|no) \|", glossary, flags=re.MULTILINE
    ) == list(STATUSES)
    assert re.findall(r"^\| ([A-D]) \|", glossary, flags=re.MULTILINE) == [grade for grade in GRADES if grade]


def test_decisions_are_numbered_and_stated(repo_root: Path) -> None:
    records = sorted((repo_root / "docs/adr").glob("*.md"))
    assert [path.name[:4] for path in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} "), path.name
        for heading in ("## Question", "## Decision", "## Why", "## Consequences"):
            assert heading in text, f"{path.name} lacks «{heading}»"
        assert len(text.splitlines()) <= 60, f"{path.name} is longer than a page"


def test_the_changelog_always_speaks_of_numbers(documents) -> None:
    releases = re.split(r"^## ", documents["CHANGELOG.md"], flags=re.MULTILINE)[1:]
    assert releases
    assert all("### Numbers" in release for release in releases)
