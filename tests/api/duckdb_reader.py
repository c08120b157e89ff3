"""DuckDB in a process of its own: its bindings complain about leaks when a test run ends."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import json, sys
import duckdb
query, parameters = json.loads(sys.stdin.read())
print(json.dumps(duckdb.execute(query, parameters).fetchall()))
"""


def rows(query: str, *parameters: str) -> list[list[Any]]:
    """The rows of a query as JSON values."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([query, parameters]),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[Any]] = json.loads(result.stdout)
    return found
