"""The description of the interface as a page: from the OpenAPI document, without scripts, works offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from api.language import Lang, Text

_WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Beschreibung der Schnittstelle", "Description of the interface"),
    "lead": Text(
        "Alle Adressen mit Parametern und einem Beispiel, das sich anklicken lässt. Veröffentlichte Zahlen "
        "brauchen keinen Schlüssel.",
        "All addresses with parameters and an example to click on. Published figures need no key. The "
        "descriptions are in German.",
    ),
    "machine": Text("Für Maschinen (OpenAPI 3.1):", "For machines (OpenAPI 3.1):"),
    "parameter": Text("Parameter", "Parameter"),
    "meaning": Text("Bedeutung", "Meaning"),
    "values": Text("Werte", "Values"),
    "required": Text("Pflicht", "required"),
    "try": Text("Ausprobieren:", "Try it:"),
    "answers": Text("Antworten:", "Answers:"),
    "contents": Text("Inhalt", "Contents"),
}
_MOST_VALUES: Final = 12


def reference(document: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return what the page shows.

    Args:
        document: The OpenAPI document.
        lang: Language of the words around it.
    """
    groups = [
        {"name": tag["name"], "anchor": f"g{at}", "description": tag.get("description", ""), "operations": []}
        for at, tag in enumerate(document.get("tags", ()))
    ]
    by_name = {str(group["name"]): group for group in groups}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = by_name.get((operation.get("tags") or [""])[0])
            if group is not None:
                group["operations"].append(_operation(path, method, operation))
    return {
        "words": {name: text.of(lang) for name, text in _WORDS.items()},
        "description": [line.strip("* ") for line in document["info"]["description"].split("\n\n")],
        "groups": [group for group in groups if group["operations"]],
    }


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "parameters": [_parameter(one) for one in parameters],
        "example": _example(path, parameters) if method == "get" else "",
        "answers": ", ".join(sorted(operation.get("responses", {}))),
    }


def _parameter(one: Mapping[str, Any]) -> dict[str, Any]:
    schema = one.get("schema", {})
    listed = schema.get("enum") or schema.get("items", {}).get("enum") or []
    values = ", ".join(map(str, listed[:_MOST_VALUES])) + (" …" if len(listed) > _MOST_VALUES else "")
    example = one.get("example")
    shown = (
        ",".join(map(str, example)) if isinstance(example, list) else "" if example is None else str(example)
    )
    return {
        "name": one["name"],
        "description": one.get("description", ""),
        "required": bool(one.get("required")),
        "values": values or shown,
    }


def _example(path: str, parameters: list[Any]) -> str:
    """Return an address that works with the published data; empty if an example is missing in the path."""
    query = {}
    for one in parameters:
        example = one.get("example")
        if one["in"] == "path":
            if example is None:
                return ""
            path = path.replace(f"{{{one['name']}}}", quote(str(example)))
        elif one.get("required") and example is not None:
            query[one["name"]] = ",".join(map(str, example)) if isinstance(example, list) else example
    return path + (f"?{urlencode(query, safe=',')}" if query else "")
