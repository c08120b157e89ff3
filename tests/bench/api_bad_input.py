"""How long a wrong request keeps the service: the slowest of many kinds, first byte to first byte."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping
from typing import Final

from tests.bench import api_goals as goals
from tests.bench.api_load import Load
from tests.bench.api_server import Server
from tests.bench.table import Row

_SERIES: Final = "/api/v1/series?region=R-000&trade=S-000&measure=demand"
_MATRIX: Final = "/api/v1/matrix?region=R-000&year=2030"
_SCENARIOS: Final = "/api/v1/scenarios"
_DIGITS: Final = b"9" * 5_000
_LEVERS: Final = (
    b'{"regions":["R-000"],"years":[2030],"levers":[{"kind":"demand_step","from_year":2027,"change":%b}]}'
)
_MIB: Final = 1 << 20


def get(target: str, *headers: str) -> bytes:
    """Return a request without a body."""
    return "\r\n".join((f"GET {target} HTTP/1.1", "Host: x", *headers, "", "")).encode()


def post(body: bytes, *headers: str) -> bytes:
    """Return a question «what if» with this body."""
    head = (f"POST {_SCENARIOS} HTTP/1.1", "Host: x", "Content-Type: application/json",
            f"Content-Length: {len(body)}", *headers, "", "")  # fmt: skip
    return "\r\n".join(head).encode() + body


def requests() -> Mapping[str, bytes]:
    """Return kind → request; each has to be refused."""
    return {
        "NaN": post(_LEVERS % b"NaN"),
        "Infinity": post(_LEVERS % b"-Infinity"),
        "1e999": post(_LEVERS % b"1e999"),
        "5.000 Ziffern im Rumpf": post(_LEVERS % _DIGITS),
        "5.000 Ziffern in der Anfrage": get(f"{_MATRIX}&limit={_DIGITS.decode()}"),
        "100.000 Listen ineinander": post(b"[" * 100_000 + b"]" * 100_000),
        "Objekte ineinander": post(b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
        "Schlüssel doppelt": post(b'{"regions":["R-000"],"years":[2030],"years":[2031],"levers":[]}'),
        "100.000 Schlüssel": post(b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}"),
        "100.000 Codes": post(b'{"regions":[' + b",".join(b'"R-%d"' % n for n in range(90_000)) + b"]}"),
        "59.000 Codes": post(b'{"regions":[' + b",".join(b'"R-%d"' % n for n in range(59_000)) + b"]}"),
        "20.000 Hebel": post(b'{"levers":[' + b",".join([b'{"kind":"x"}'] * 20_000) + b"]}"),
        "9.000 Hebel": post(b'{"levers":[' + b",".join([b'{"kind":"x"}'] * 9_000) + b"]}"),
        "4.000 Annahmen": post(b'{"overrides":[' + b",".join([b'{"name":"x","value":1}'] * 4_000) + b"]}"),
        "halbe Ersatzzeichen": post(b'{"regions":["\\ud800"],"years":[2030],"levers":[]}'),
        "kein UTF-8": post(b'{"regions":["\xff\xfe"],"years":[2030],"levers":[]}'),
        "1 MiB Text": post(b'{"regions":["' + b"x" * (_MIB - 40) + b'"]}'),
        "2 MiB Rumpf": post(b" " * (2 * _MIB)),
        "64 kB Anfrage": get(f"{_SERIES}&trade={'S-001,' * 10_000}S-002"),
        "8 kB Anfrage": get(f"{_SERIES}&{'x' * 7_900}=1"),
        "1.000 Parameter": get(f"{_MATRIX}&{'&'.join(['trade=S-001'] * 1_000)}"),
        "600 unbekannte Codes": get(f"{_MATRIX}&trade={','.join(f'Q-{n}' for n in range(600))}"),
        "viele Sternchen": get(f"{_MATRIX}&trade={'*a' * 31}*"),
        "falsche Prozentzeichen": get(f"{_MATRIX}&trade=%ff%fe"),
        "gepackter Rumpf": post(b"x" * 100, "Content-Encoding: gzip"),
        "anderer Typ": post(b"<a/>").replace(b"application/json", b"application/xml"),
        "unbekannte Adresse": get("/api/v1/" + "%2e%2e/" * 100),
    }  # fmt: skip


def bad_input_row(service: Server, times: int) -> Row:
    """Ask every kind so many times, one after the other; the slowest kind counts.

    Args:
        service: The running service.
        times: Requests of each kind.
    """
    tails: dict[str, float] = {}
    wrong: list[str] = []
    for kind, request in requests().items():
        taken = []
        for _ in range(times):
            seconds, status = _ask(service.port, request)
            taken.append(seconds)
            if not 400 <= status < 500 and kind not in wrong:
                wrong.append(f"{kind}: {status}")
        tails[kind] = Load(latencies=taken).quantile(0.99)
    slowest = max(tails, key=tails.__getitem__)
    note = f"{len(tails)} Arten; am längsten «{slowest}»"
    note += f"; NICHT abgewiesen: {', '.join(wrong)}" if wrong else "; alle mit 4xx abgewiesen"
    details = {kind: tail * 1000 for kind, tail in tails.items()} | {"wrong": len(wrong)}
    return Row(
        "Unsinn abgewiesen: p99 der langsamsten Art", (tails[slowest] * 1000,), "fine_milliseconds",
        goals.BAD_INPUT, note=note, details=details,
    )  # fmt: skip


def _ask(port: int, request: bytes) -> tuple[float, int]:
    """Return seconds from the first byte of a request to the first of its answer, and the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        started = time.perf_counter()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # answered before all of it was read
            line.sendall(request)
        answer = line.recv(65_536)
        seconds = time.perf_counter() - started
    return seconds, int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
