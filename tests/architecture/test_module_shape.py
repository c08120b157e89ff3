"""Modules stay readable: short, well named, documented, and importing a package does nothing."""

from __future__ import annotations

import ast

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "shared",
    "base",
    "core",
    "tools",
}


def test_no_module_is_longer_than_the_limit(modules) -> None:
    too_long = {
        module.name: n for module in modules if (n := len(module.text.splitlines())) > MAX_MODULE_LINES
    }
    assert not too_long, f"more than {MAX_MODULE_LINES} lines: {too_long}"


def test_no_function_is_longer_than_the_limit(modules) -> None:
    too_long = [
        f"{module.at(function)} {function.name}: {length} lines"
        for module in modules
        for function in module.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not too_long, "\n".join(too_long)


def test_names_say_what_is_inside(modules) -> None:
    vague = [
        module.name
        for module in modules
        if NAMES_THAT_SAY_NOTHING & set(module.name.removesuffix(".py").split("/"))
    ]
    assert not vague, f"name the thing, not the drawer: {vague}"


def test_a_package_file_holds_its_docstring_and_nothing_else(modules) -> None:
    for module in modules:
        if module.name.endswith("__init__.py"):
            assert ast.get_docstring(module.tree), f"{module.name} has no docstring"
            assert len(module.tree.body) == 1, f"{module.name} holds more than its docstring"


def test_importing_a_module_does_no_work(modules) -> None:
    """At module level only definitions, imports and constants; a call or a loop there is work at import."""
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
        ast.AugAssign,
    )
    work = []
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue  # a docstring
            if isinstance(node, ast.If) and _guards_a_script_or_types(node):
                continue
            if not isinstance(node, allowed):
                work.append(f"{module.at(node)} {ast.unparse(node)[:60]}")
    work = [
        line for line in work if not line.startswith("forecast/__main__.py")
    ]  # typer registers its commands
    assert not work, "\n".join(work)


def _guards_a_script_or_types(node: ast.If) -> bool:
    return ast.unparse(node.test) in {"__name__ == '__main__'", "TYPE_CHECKING", "sys.platform == 'win32'"}


def test_everything_public_is_documented(modules) -> None:
    missing = [
        f"{module.at(node)} {getattr(node, 'name', 'the module')}"
        for module in modules
        for node in _public(module.tree)
        if not ast.get_docstring(node)
    ]
    assert not missing, "without a docstring:\n" + "\n".join(missing)


def _public(tree: ast.Module) -> list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The module itself, its public classes and functions, and the methods of those that are no protocol."""
    found: list = [tree]
    classes = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not (_is_protocol(node) or node.name.startswith("_"))
    ]
    for scope in (tree, *classes):
        found += [
            node
            for node in scope.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
        ]
    return found


def _is_protocol(node: ast.ClassDef) -> bool:
    """A protocol says in its own docstring what its methods are for; they have no body to explain."""
    return any(ast.unparse(parent).split("[")[0].endswith("Protocol") for parent in node.bases)
