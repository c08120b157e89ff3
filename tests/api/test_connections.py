"""Ready connections do what they promise: each is taken apart as its tool would and asked of the service."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import orjson
import pandas as pd
import pytest
import uvicorn
import yaml

from api.connecting import CONNECTIONS, address
from tests.api import duckdb_reader
from tests.debian import POSTGRESQL, MissingProgramError, R
from tests.toy_snapshot import TRADES

HANDBOOK = "docs/handbook/dashboards.md"


#: What a column of the answer is → what the tools call it.
M_TYPES = {
    "type text": str,
    "Int64.Type": int,
    "type number": (int, float),
    "type datetimezone": pd.Timestamp,
}
#: What an address that is only named needs to be asked.
REQUIRED = {
    "matrix": "?region=HWK-FF&year=2030",
    "matrix.csv": "?region=HWK-FF&year=2030",
    "explain": "?trade=A-24&region=HWK-FF&year=2030",
}
M_WORDS = {
    "let", "in", "each", "if", "then", "else", "as", "nullable", "null", "text", "record", "type", "number",
    "datetimezone",
}  # fmt: skip
M_LIBRARY = {
    "Json.Document", "Web.Contents", "List.Generate", "List.Combine", "Table.FromRecords", "Text.Split",
    "MissingField.UseNull", "Table.TransformColumnTypes", "Int64.Type",
}  # fmt: skip


@pytest.fixture(scope="module")
def live(client):
    """The service on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(client.app, port=port, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(1_500):
        if server.started:
            break
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=120)


def text(client, name: str) -> str:
    answer = client.get(f"/api/v1/connections/{name}")
    assert answer.status_code == 200
    assert "{{" not in answer.text
    assert name in answer.headers["content-disposition"]
    return answer.text


def local(client, url: str):
    """Ask the service what a file asks of its base address."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "127.0.0.1")
    return client.get(f"{parts.path}?{parts.query}")


def test_every_connection_is_listed_and_filled(client) -> None:
    listed = client.data("/api/v1/connections")["data"]
    assert [one["name"] for one in listed] == list(CONNECTIONS)
    for one in listed:
        assert "http://127.0.0.1/api" in text(client, one["name"]) or "http://127.0.0.1" in text(
            client, one["name"]
        )
    assert client.get("/api/v1/connections/power").json()["near"]


def test_power_query_has_a_constant_base_and_pages_to_the_end(client) -> None:
    """What the service of Power BI asks for: fixed text first, then RelativePath and Query."""
    code = text(client, "matrix.pq")
    assert code.count("{") == code.count("}")
    assert code.count("(") == code.count(")")
    assert code.count("[") == code.count("]")
    assert re.search(r'Basis = "http://127\.0\.0\.1"', code)
    assert re.search(r"Web\.Contents\(\s*Basis,\s*\[\s*RelativePath = ", code)
    assert len(re.findall(r"Web\.Contents", code)) == 1
    path = re.search(r'RelativePath = "([^"]+)"', code)[1]
    block = re.search(r"Auswahl = \[(.*?)\n    \]", code, flags=re.DOTALL)[1]
    asked = dict(re.findall(r'(\w+) = "([^"]*)"', block))
    columns = asked["columns"].split(",")
    assert columns == re.findall(r'\{"(\w+)", (?:type \w+|Int64\.Type)\}', code)
    pages, cursor = [], None
    while True:
        query = {**asked, "limit": "50"} | ({"cursor": cursor} if cursor else {})
        body = client.data(f"/{path}?{urlencode(query)}")
        pages.append(body["data"])
        cursor = body["meta"].get("next_cursor")
        if cursor is None:
            break
    rows = [row for page in pages for row in page]
    assert len(pages) > 2
    assert all(list(row) == columns for row in rows)
    assert len(rows) == len(TRADES) * 4 * 11


def m_tokens(code: str) -> list[str]:
    """The tokens of a query in M; anything that is none is an error."""
    pattern = re.compile(
        r'//[^\n]*|(?P<text>"(?:[^"]|"")*")|(?P<name>[A-Za-zÄÖÜäöüß_][\wÄÖÜäöüß.]*)|(?P<number>\d+)'
        r"|(?P<sign>=>|<>|[-=&+,(){}\[\]?])|\s+"
    )
    found, at = [], 0
    while at < len(code):
        match = pattern.match(code, at)
        assert match is not None, code[at : at + 40]
        found += [part for part in match.groupdict().values() if part]
        at = match.end()
    return found


def test_power_query_names_only_what_it_defines(client) -> None:
    """One wrong letter in a name and the editor refuses the whole query."""
    words = m_tokens(text(client, "matrix.pq"))
    assert words[0] == "let"
    assert words.count("let") == words.count("in") == 1
    assert words[-2] == "in"
    closing = {")": "(", "]": "[", "}": "{"}
    stack: list[str] = []
    steps, used = [], []
    for at, word in enumerate(words):
        if word in closing.values():
            stack.append(word)
        elif word in closing:
            assert stack.pop() == closing[word]
        elif re.match(r"[^\W\d]", word) and word not in M_WORDS:
            following = words[at + 1] if at + 1 < len(words) else ""
            if following == "=" and not stack:
                steps.append(word)
            elif stack and (stack[-1] == "[" and (following == "=" or words[at - 1] == "[")):
                continue  # a field of a record
            elif word != "_":
                used.append(word)
    assert not stack
    assert words[-1] == steps[-1]
    assert set(used) - M_LIBRARY - set(steps) == {"zeiger"}  # the parameter of the one function
    for at, name in enumerate(steps):
        first = used.index(name) if name in used else len(used)
        assert at == len(steps) - 1 or first < len(used), f"{name} is never used"


def test_power_query_types_fit_what_comes(client) -> None:
    code = text(client, "matrix.pq")
    types = dict(re.findall(r'\{"(\w+)", (type \w+|Int64\.Type)\}', code))
    rows = client.data(
        f"/api/v1/matrix?region=HWK-FF&year=2025..2035&columns={','.join(types)}&shape=array&measure=gap"
    )
    assert None in {row["value"] for row in rows}
    for row in rows:
        for name, kind in types.items():
            if row[name] is not None:
                value = pd.Timestamp(row[name]) if kind == "type datetimezone" else row[name]
                assert isinstance(value, M_TYPES[kind]), (name, value)


def test_the_connection_file_of_power_bi_leads_to_a_table(client) -> None:
    document = orjson.loads(text(client, "fachkraeftematrix.pbids"))
    (connection,) = document["connections"]
    assert document["version"] == "0.1"
    assert connection["details"]["protocol"] == "http"
    answer = local(client, connection["details"]["address"]["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")


def infinity(client, target: dict, variables: dict[str, str]) -> pd.DataFrame:
    """What the Infinity plug-in makes of a JSON target: root, typed columns."""
    params = {p["key"]: p["value"] for p in target["url_options"].get("params", ())}
    for name, value in variables.items():
        params = {key: given.replace(f"${{{name}}}", value) for key, given in params.items()}
    found = local(client, target["url"] + ("?" + urlencode(params) if params else "")).json()
    rows = found[target["root_selector"]] if target["root_selector"] else found
    kinds = {"timestamp": str, "number": (int, float, type(None)), "string": str}
    for column in target["columns"]:
        assert all(isinstance(row[column["selector"]], kinds[column["type"]]) for row in rows)
    readers = {"timestamp": lambda v: pd.Timestamp(v), "number": lambda v: v, "string": str}
    return pd.DataFrame(
        [{c["text"]: readers[c["type"]](row[c["selector"]]) for c in target["columns"]} for row in rows]
    )


def test_the_grafana_dashboard_finds_its_data(client) -> None:
    dashboard = orjson.loads(text(client, "grafana-dashboard.json"))
    source = yaml.safe_load(text(client, "grafana-datasource.yaml"))["datasources"][0]
    chosen = {}
    for variable in dashboard["templating"]["list"]:
        frame = infinity(client, variable["query"]["infinityQuery"], {})
        assert variable["current"]["value"] in set(frame["__value"])
        chosen[variable["name"]] = variable["current"]["value"]
    for panel in dashboard["panels"]:
        assert panel["datasource"]["uid"] == source["uid"]
        for target in panel["targets"]:
            assert target["url"].startswith(tuple(source["jsonData"]["allowedHosts"]))
            assert target["parser"] == "backend"  # alerting and shared dashboards need it
            assert target["columns"][0]["type"] == "timestamp"  # never recognised by itself
            frame = infinity(client, target, chosen)
            assert frame["Zeit"].is_monotonic_increasing or "Messgröße" in frame
            assert frame["Zeit"].dt.tz is not None
            assert frame.iloc[:, -1].notna().any()


def test_two_lines_of_python_read_the_matrix(live, client) -> None:
    code = text(client, "matrix.py").replace("http://127.0.0.1", live)
    found: dict = {}
    exec(code, found)  # noqa: S102  (the very lines users paste)
    assert set(found["matrix"]["trade_code"]) == set(TRADES)


def r(code: str, folder: Path) -> list[list[str]]:
    """Run lines of R with base R alone, as `Rscript` runs a file; rows of cells printed with tabs."""
    try:
        program = R.provided()["Rscript"]
    except MissingProgramError as error:
        pytest.fail(str(error), pytrace=False)
    file = folder / "zwei.R"
    file.write_text(code, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "no_proxy": "127.0.0.1",
    }
    done = subprocess.run(
        [program, "--vanilla", str(file)], capture_output=True, text=True, check=False, timeout=120,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_two_lines_of_r_read_the_matrix(live, client, tmp_path: Path) -> None:
    """The very lines users paste, run by R against a server, and what they read compared cell by cell."""
    code = text(client, "matrix.R").replace("http://127.0.0.1", live)
    shown = ("trade_code", "region_code", "trade_label", "measure", "year", "value", "status")
    tell = """
stopifnot(is.character(matrix$trade_code), is.numeric(matrix$value), is.numeric(matrix$year))
columns <- c({})
write.table(matrix[columns], sep = "\\t", quote = FALSE, row.names = FALSE, na = "", fileEncoding = "UTF-8")
""".format(", ".join(f'"{name}"' for name in shown))
    head, *rows = r(code + tell, tmp_path)
    assert tuple(head) == shown
    url = re.search(r'"(http[^"]+)"', text(client, "matrix.R"))[1]
    expected = csv.DictReader(io.StringIO(local(client, url).text, newline=""))
    assert rows == [[one[name] for name in shown] for one in expected]
    assert len(rows) == len(TRADES) * len(client.service.release.default_measures)


def test_a_machine_without_a_program_gets_it_or_is_told_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """The same for R and PostgreSQL, whose server Debian keeps outside the search path."""
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MissingProgramError, match="r-base-core") as refused:
        R.provided()
    assert "Systemverwaltung" in str(refused.value)
    folder = tmp_path / "15" / "bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres", "psql"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    beside = replace(POSTGRESQL, folders=(f"{tmp_path}/*/bin",))
    assert beside.provided()["initdb"] == str(folder / "initdb")
    (folder / "psql").chmod(0o644)
    with pytest.raises(MissingProgramError, match="initdb; postgres; psql"):
        beside.provided()


def test_duckdb_runs_its_query_on_the_download(client, tmp_path) -> None:
    query = text(client, "matrix.sql")
    url = re.search(r"'(http[^']+)'", query)[1]
    path = tmp_path / "x.parquet"
    path.write_bytes(local(client, url).content)
    found = duckdb_reader.rows(query.replace(url, str(path)))
    assert len(found) == len(TRADES) - 1  # one trade has no number
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)


def test_the_description_for_datasette_names_tables_of_the_database(client, tmp_path) -> None:
    described = orjson.loads(text(client, "datasette.json"))
    path = tmp_path / "x.sqlite"
    path.write_bytes(client.get("/api/v1/downloads/fachkraeftematrix.sqlite").content)
    base = sqlite3.connect(path)
    for name, table in described["databases"]["fachkraeftematrix"]["tables"].items():
        columns = {row[1] for row in base.execute(f"PRAGMA table_info({name})")}
        assert {table.get("sort"), table.get("sort_desc")} - {None} <= columns
    values = {"region": "HWK-FF", "jahr": "2030", "gewerk": "A-24"}
    for query in described["databases"]["fachkraeftematrix"]["queries"].values():
        found = base.execute(query["sql"], {name: values[name] for name in query["params"]}).fetchall()
        assert found
        assert set(re.findall(r":(\w+)", query["sql"])) == set(query["params"])
    base.close()


def test_the_queries_for_metabase_and_superset_run_on_the_download(client, tmp_path) -> None:
    """Opened as these tools open it: read only."""
    code = text(client, "queries.sql")
    path = tmp_path / "x.sqlite"
    path.write_bytes(client.get("/api/v1/downloads/fachkraeftematrix.sqlite").content)
    base = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    named = dict(re.findall(r"-- name: (\w+)\n(.*?;)", code, re.DOTALL))
    assert len(named) == code.count("SELECT ")
    answers = {name: base.execute(query).fetchall() for name, query in named.items()}
    base.close()
    gaps = client.data("/api/v1/matrix?region=HWK-FF&year=2035&measure=gap&shape=array")
    shown = sorted((row["value"] for row in gaps if row["value"] is not None), reverse=True)
    assert [row[1] for row in answers["gaps_in_the_horizon"]] == shown
    assert {row[1] for row in answers["demand_and_supply_by_year"]} == {"demand", "supply"}
    assert {row[1] for row in answers["missing_numbers_and_why"]} <= {
        "no_data",
        "suppressed",
        "not_reachable",
    }
    assert answers["what_the_measures_mean"]


def test_the_snippet_for_web_pages_asks_for_what_it_shows(client) -> None:
    code = text(client, "embed.html")
    rows = local(client, re.search(r'fetch\("([^"]+)"\)', code)[1]).json()
    assert set(re.findall(r"row\.(\w+)", code)) <= set(rows[0])
    assert "innerHTML" not in code  # names are text, never markup


@pytest.mark.parametrize(
    "host", ['evil"><script>', "a b", "x" * 300, "", "user@evil", "evil/path", "1.2.3.4:99999999", "é"]
)
def test_a_host_name_that_is_none_is_not_repeated(client, host: str) -> None:
    assert address("https", host) == "https://127.0.0.1:8000"


def test_the_files_are_for_the_address_that_was_asked(client) -> None:
    answer = client.get("/api/v1/connections/matrix.py", headers={"Host": "matrix.example:8443"})
    assert "http://matrix.example:8443/api/v1/matrix.csv" in answer.text
    assert "private" in answer.headers["cache-control"]
    again = client.get("/api/v1/connections/matrix.py")
    assert "matrix.example" not in again.text


@pytest.mark.parametrize("document", [HANDBOOK, "README.md"])
def test_the_examples_of_the_handbook_run(live, repo_root: Path, document: str) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```", (repo_root / document).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert blocks
    for block in blocks:
        exec(block.replace("http://127.0.0.1:8000", live), {"__name__": "example"})  # noqa: S102


@pytest.mark.parametrize("document", [HANDBOOK, "README.md"])
def test_every_address_of_the_documents_answers(client, repo_root: Path, document: str) -> None:
    """Also those in tables: a tool that is told a wrong address is not connected in a minute."""
    text = (repo_root / document).read_text("utf-8")
    found = set(re.findall(r"/api/v1/[A-Za-z0-9_./?=&,*-]+[A-Za-z0-9*]", text))
    asked = {url for url in found if "scenarios" not in url and "snapshots/" not in url}
    assert len(asked) > 12
    for url in sorted(asked):
        needs = REQUIRED.get(url.removeprefix("/api/v1/"), "")
        assert client.get(url + needs).status_code == 200, url
