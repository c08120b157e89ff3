"""Rows of `make bench-pages`: each page in a slowed-down Chromium, its weight, the server's time for it."""

from __future__ import annotations

import gzip
import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from tests.bench import pages_goals as goals
from tests.bench.api_server import Server, product
from tests.bench.goals import Goal
from tests.bench.table import Row, Section, Style, written

#: Names as the navigation has them; a place and a trade where the page needs them.
PAGES: Final = {
    "Übersicht": "/",
    "Matrix": "/matrix",
    "Matrix über Regionen": "/matrix?spalten=regionen",
    "Gewerk": "/gewerk?trade=A-24&region=HWK-FF",
    "Region": "/region?region=HWK-FF",
    "Vergleich": "/vergleich",
    "Ausbildungsbedarf": "/ausbildungsbedarf",
    "Bildungsstätten": "/bildung",
    "Bildungsstätten, ganzer Plan": "/bildung?ansicht=plan",
    "Nachfolge": "/nachfolge",
    "Szenarien": "/szenarien",
    "zwei Szenarien": "/szenarien?szenario=retention&neben=immigration_up&trade=A-24",
    "Güte": "/guete",
    "Suche": "/suche?q=Klempner",
    "Quellen": "/quellen",
    "Hilfe": "/hilfe/planer",
    "Methode": "/methode/matrix",
}
SLOWER: Final = 4
#: Questions to the server for each visit: the clock of a process counts in steps of ten milliseconds.
ASKED: Final = 10
#: Seconds a service is given to prepare its pages after a start.
PREPARING_SECONDS: Final = 4
#: Not measured against the 30 ms: it computes, and says so in its row.
COMPUTED: Final = "zwei Szenarien"
_TIMES: Final = """async () => {
    const paint = await new Promise(found => new PerformanceObserver(list => {
        const first = list.getEntriesByName("first-contentful-paint")[0];
        if (first) found(first.startTime);
    }).observe({type: "paint", buffered: true}));
    return {paint, load: performance.getEntriesByType("navigation")[0].loadEventEnd};
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One page in the browser: seconds to the first paint and to the end of loading, compressed bytes."""

    paint: float
    load: float
    weight: int


@contextmanager
def slow_browser(program: str) -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


def visited(browser: Browser, address: str) -> Seen:
    """Open a page as somebody who has never been here, on a processor slowed down four times."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.goto("about:blank")
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        bodies: list[bytes] = []
        page.on("requestfinished", lambda done: bodies.append(_weighed(done)))
        page.goto(address, wait_until="load")
        found = page.evaluate(_TIMES)
        return Seen(found["paint"] / 1000, found["load"] / 1000, sum(map(len, bodies)))
    finally:
        context.close()


def _weighed(request: Any) -> bytes:
    """Return a document, style sheet or script, compressed; nothing for a picture."""
    if request.resource_type not in ("document", "stylesheet", "script"):
        return b""
    return gzip.compress(request.response().body(), 6)


def asked(server: Server, target: str, times: int) -> list[float]:
    """Return milliseconds of one question after another over one connection, nothing kept."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    taken = []
    try:
        for _ in range(times):
            started = time.perf_counter()
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"{target}: {answer.status}")
    finally:
        connection.close()
    return taken


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: medians of the browser's visits and of the server's uncached answers.

    Args:
        paint: Seconds to the first content.
        load: Seconds until all is loaded.
        weight: kB of HTML, CSS and JS, compressed.
        server: Milliseconds for one answer, nothing kept.
        computing: Milliseconds of computing in it: what another program on the machine does not change.
        first: Milliseconds of the first answer after a start.
    """

    paint: float
    load: float
    weight: float
    server: float
    computing: float
    first: float


def measured(
    root: Path, snapshots: Path, program: str, rounds: int, on_page: Callable[[str], None]
) -> dict[str, Measured]:
    """Return every page by name.

    Args:
        root: The checkout.
        snapshots: A published release.
        program: Chromium.
        rounds: Visits a page; the server is asked ASKED times as often.
        on_page: Told the name of each page before it is opened.
    """
    seen = {}
    with product(root, snapshots) as server, slow_browser(program) as browser:
        base = f"http://127.0.0.1:{server.port}"
        time.sleep(PREPARING_SECONDS)
        visited(browser, f"{base}/")  # the browser's own first page is not ours
        for name, address in PAGES.items():
            on_page(name)
            seen[name] = [visited(browser, base + address) for _ in range(rounds)]
    with product(root, snapshots, cache_megabytes=0) as server:
        time.sleep(PREPARING_SECONDS)
        first = {name: asked(server, address, 1)[0] for name, address in PAGES.items()}
        usual, computing = {}, {}
        for name, address in PAGES.items():
            before = server.cpu_seconds()
            usual[name] = statistics.median(asked(server, address, ASKED * rounds))
            computing[name] = (server.cpu_seconds() - before) * 1000 / (ASKED * rounds)
    return {
        name: Measured(
            statistics.median(one.paint for one in visits),
            statistics.median(one.load for one in visits),
            max(one.weight for one in visits) / 1000,
            usual[name],
            computing[name],
            first[name],
        )
        for name, visits in seen.items()
    }


def worst_rows(found: dict[str, Measured]) -> Section:
    """Return one row a goal: the page that keeps it least."""
    plain = {name: one for name, one in found.items() if name != COMPUTED}

    def row(
        quantity: str, style: Style, goal: Goal, of: Callable[[Measured], float], pages: dict[str, Measured]
    ) -> Row:
        name = max(pages, key=lambda page: of(pages[page]))
        return Row(quantity, (of(pages[name]),), style, goal, note=f"am meisten: {name}")

    rows = [
        row("erster Inhalt sichtbar", "seconds", goals.FIRST_PAINT, lambda one: one.paint, found),
        row("alles geladen", "seconds", goals.LOADED, lambda one: one.load, found),
        row("HTML, CSS und JS gepackt, kB", "number", goals.WEIGHT, lambda one: one.weight, found),
        row("Server, ohne Zwischenspeicher", "milliseconds", goals.UNCACHED, lambda one: one.server, plain),
        row("davon Rechenzeit", "milliseconds", goals.UNCACHED, lambda one: one.computing, plain),
        row(
            "Server, erste Anfrage nach dem Start", "milliseconds", goals.FIRST, lambda one: one.first, plain
        ),
    ]
    computed = found[COMPUTED]
    note = (
        "rechnet zwei Szenarien in einem Prozess daneben; für die Schnittstelle gilt das Ziel der Szenarien"
    )
    rows.append(Row(f"Server: {COMPUTED}", (computed.server,), "milliseconds", note=note))
    return Section(f"Seiten; Prozessor des Browsers {SLOWER}-fach gebremst, erster Besuch", rows)


def page_table(found: dict[str, Measured]) -> str:
    """Return every page with its figures, for a terminal and for the handbook."""
    heads = (
        "Seite",
        "erster Inhalt, s",
        "geladen, s",
        "Gewicht, kB",
        "Server, ms",
        "Rechenzeit, ms",
        "erste, ms",
    )
    lines = [heads] + [
        (
            name, written(one.paint, "seconds"), written(one.load, "seconds"), written(one.weight, "number"),
            written(one.server, "milliseconds"), written(one.computing, "milliseconds"),
            written(one.first, "milliseconds"),
        )
        for name, one in found.items()
    ]  # fmt: skip
    rule = tuple("---" if at == 0 else "--:" for at in range(len(heads)))
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
