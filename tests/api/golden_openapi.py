"""The OpenAPI document as published, and the way to renew it: `python -m tests.api.golden_openapi`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import httpx
import orjson

GOLDEN = Path(__file__).parent / "golden_openapi.json"


def current(root: Path) -> dict[str, Any]:
    """The document of the service over a directory of snapshots."""
    from api.app import create_app
    from api.service import Settings

    async def get() -> bytes:
        transport = httpx.ASGITransport(app=create_app(Settings(root, refresh_seconds=0)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/api/v1/openapi.json")).content

    return orjson.loads(asyncio.run(get()))


def lost(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the old document promised and the new one does not: paths, methods, parameters, members, words.

    A parameter that becomes required, a member that is no longer always there, a narrower list of words and a
    vanished media type break a client as much as a vanished path.
    """
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            here = new["paths"].get(path, {}).get(method)
            at = f"{method.upper()} {path}"
            if here is None:
                found.append(at)
                continue
            if here["operationId"] != operation["operationId"]:
                found.append(f"{at}: operationId {operation['operationId']}")
            found += [f"{at}: {fault}" for fault in _parameters(operation, here)]
            for status, answer in operation["responses"].items():
                kinds = here["responses"].get(status)
                if kinds is None and int(status) < 400:
                    found.append(f"{at}: {status}")
                gone = set(answer.get("content", {})) - set((kinds or answer).get("content", {}))
                found += [f"{at}: {status} {kind}" for kind in sorted(gone)]
    shapes = new["components"]["schemas"]
    for name, shape in old["components"]["schemas"].items():
        found += [f"{name}: {fault}" for fault in _members(shape, shapes.get(name))]
    return found


def _parameters(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    here = {(p["in"], p["name"]): p for p in new.get("parameters", ())}
    there = {(p["in"], p["name"]): p for p in old.get("parameters", ())}
    found = [f"parameter {name}" for _, name in there.keys() - here.keys()]
    found += [f"parameter {name} is required now" for (place, name), one in here.items()
              if one.get("required") and not there.get((place, name), {}).get("required")]  # fmt: skip
    for key in there.keys() & here.keys():
        words = set(_enum(there[key])) - set(_enum(here[key]))
        found += [f"parameter {key[1]}={word}" for word in sorted(words) if _enum(here[key])]
    return found


def _enum(parameter: dict[str, Any]) -> list[str]:
    schema = parameter["schema"]
    return [str(word) for word in schema.get("enum", schema.get("items", {}).get("enum", []))]


def _members(old: dict[str, Any], new: dict[str, Any] | None) -> list[str]:
    if new is None:
        return ["the whole shape"]
    found = sorted(set(old.get("properties", {})) - set(new.get("properties", {})))
    found += [
        f"{name} is not always there" for name in set(old.get("required", ())) - set(new.get("required", ()))
    ]
    return found


def main() -> None:
    """Write the file anew."""
    from tests.toy_snapshot import write_toy

    with tempfile.TemporaryDirectory() as place:
        write_toy(Path(place))
        document = current(Path(place))
    if GOLDEN.exists():
        for line in lost(orjson.loads(GOLDEN.read_bytes()), document):
            print("verloren:", line)  # noqa: T201
    GOLDEN.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


if __name__ == "__main__":
    main()
