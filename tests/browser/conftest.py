"""Chromium in front of the running service; one browser per file: no other test meets its event loop."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.browser import chromium

DRAWS = 60
PATIENCE_SECONDS = 60
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
#: A sandbox of its own needs rights that containers rarely give; the pages are ours.
SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--hide-scrollbars"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder belongs to `make test`, not to `make check`."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other processes of the same test run out."""
    with (folder / "browser.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder all processes of this test run see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def program(shared: Path) -> str:
    """Chromium; installed if need be."""
    with one_at_a_time(shared):
        try:
            return chromium.provided()
        except chromium.NoChromiumError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def snapshots(shared: Path, repo_root: Path) -> Path:
    """A release of the bundled figures from few draws, made once for all processes."""
    folder = shared / "browser-release"
    with one_at_a_time(shared):
        if not (folder / "snapshots" / "current").exists():
            command = ["-m", "forecast", "run", "--draws", str(DRAWS), "--models", str(folder / "models")]
            done = subprocess.run(
                [sys.executable, *command, "--snapshots", str(folder / "snapshots")],
                cwd=repo_root, capture_output=True, text=True, check=False, timeout=300,
                env={**os.environ, "PYTHONPATH": str(repo_root), "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
    return folder / "snapshots"


@contextmanager
def serving(repo_root: Path, snapshots: Path, **environment: str) -> Iterator[str]:
    """Run the service as an operator does, on a free port of this machine; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"FACHKRAEFTEMATRIX_REQUESTS_PER_MINUTE": "1000000", "PYTHONPATH": str(repo_root)}
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port), "--snapshots", str(snapshots)],
        cwd=repo_root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **settings, **environment},
    )  # fmt: skip
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the service ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the service does not answer")


@pytest.fixture(scope="session")
def site(repo_root: Path, snapshots: Path) -> Iterator[str]:
    """Address of the service over the bundled figures."""
    with serving(repo_root, snapshots) as address:
        yield address


@pytest.fixture(scope="module")
def browser(program: str) -> Iterator[Browser]:
    """One Chromium for a file."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[Callable[..., BrowserContext]]:
    """Open a reader of their own: settings, no history, no cookies."""
    opened: list[BrowserContext] = []

    def fresh(**settings: Any) -> BrowserContext:
        opened.append(browser.new_context(base_url=site, **{"locale": "de-DE", **settings}))
        opened[-1].set_default_timeout(PATIENCE_SECONDS * 1000)
        return opened[-1]

    yield fresh
    for one in opened:
        one.close()


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another page and wait until it is there: a click waits for its first byte alone.

    A choice that stays on its page changes the address in the same step as the page: it is there with it.
    """
    with page.expect_navigation(wait_until="load"):
        link.click()


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    """A page on a desktop."""
    return context(viewport={"width": 1280, "height": 900}).new_page()
