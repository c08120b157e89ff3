"""What may be in the repository: nothing true on one machine only, no test that quietly does nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

# Put together here so that this file does not find itself.
LOCAL_PATHS = re.compile(
    r"(?<![\w.:/$}>-])/(?:"
    + "|".join(("home/[a-z]", "Users/[A-Za-z]", "root/", "work/", "opt/", "mnt/"))
    + ")"
    r"|[A-Z]:\\\\?Users"
)
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("jsdelivr", "net"), ("unpkg", "com"),
            ("cdnjs", "cloudflare", "com"), ("conda", "anaconda", "org"), ("plot", "ly/plotly"),
        )
    )
)  # fmt: skip
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".csv",
    ".lock",
    ".in",
    ".html",
    ".css",
    ".js",
    ".txt",
    ".json",
    ".po",
    "",
}
MAX_FILE_BYTES = 5_000_000


def _lines(files, root: Path):
    for path in files:
        if path.suffix in TEXT:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                yield f"{path.relative_to(root).as_posix()}:{number}", line


def test_no_path_of_a_single_machine(repository_files, repo_root: Path) -> None:
    found = [
        f"{where} {line.strip()[:80]}"
        for where, line in _lines(repository_files, repo_root)
        if LOCAL_PATHS.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_package_registry_is_named(repository_files, repo_root: Path) -> None:
    """Who installs brings the package index; pages load nothing from other servers."""
    found = [
        f"{where} {line.strip()[:80]}"
        for where, line in _lines(repository_files, repo_root)
        if REGISTRIES.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_file_is_larger_than_a_review_can_bear(repository_files, repo_root: Path) -> None:
    large = {
        p.relative_to(repo_root).as_posix(): p.stat().st_size
        for p in repository_files
        if p.stat().st_size > MAX_FILE_BYTES
    }
    assert not large


def test_nothing_is_skipped_without_a_reason(modules_of_tests) -> None:
    silent = []
    for module in modules_of_tests:
        for node in ast.walk(module.tree):
            text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if re.fullmatch(r"pytest\.mark\.(skip|skipif|xfail)", text) or re.fullmatch(
                r"pytest\.(skip|xfail)", text
            ):
                call = _call_of(module.tree, node)
                if call is None or not _has_reason(call, positional=text in {"pytest.skip", "pytest.xfail"}):
                    silent.append(f"{module.at(node)} {text}")
    assert not silent, "a skipped test says why:\n" + "\n".join(silent)


def _call_of(tree: ast.Module, function: ast.AST) -> ast.Call | None:
    return next((n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.func is function), None)


def _has_reason(call: ast.Call, *, positional: bool) -> bool:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    if positional:
        given += call.args[:1]
    return any(not (isinstance(value, ast.Constant) and not value.value) for value in given)


def test_every_test_asserts_something(modules_of_tests) -> None:
    """A test that only runs code cannot fail for a wrong answer."""
    shared: set[str] = set()
    for module in modules_of_tests:
        if not module.name.rsplit("/", 1)[-1].startswith("test_"):
            shared |= _checking_functions(module, set())
    idle = []
    for module in modules_of_tests:
        checking = _checking_functions(module, shared)
        idle += [
            f"{module.at(function)} {function.name}"
            for function in module.functions()
            if function.name.startswith("test_") and function.name not in checking
        ]
    assert not idle, "\n".join(idle)


def _checking_functions(module, known: set[str]) -> set[str]:
    """Functions that assert, expect an exception, or call a fixture or a function of the file that does."""
    found = set(known)
    while True:
        more = {f.name for f in module.functions() if f.name not in found and _checks_something(f, found)}
        if not more:
            return found
        found |= more


def _checks_something(function: ast.FunctionDef | ast.AsyncFunctionDef, checking: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"pytest.raises", "pytest.fail", "pytest.warns"} or called in checking:
                return True
            if called.rsplit(".", 1)[-1].startswith("assert_"):
                return True
    return False


def test_every_test_folder_is_explained(repo_root: Path) -> None:
    text = (repo_root / "tests/README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)/`", text, flags=re.MULTILINE))
    folders = {
        path.name for path in (repo_root / "tests").iterdir() if path.is_dir() and any(path.rglob("*.py"))
    }
    assert folders <= explained, f"tests/README.md does not explain {sorted(folders - explained)}"
    assert explained <= folders, f"tests/README.md explains what is not there: {sorted(explained - folders)}"


def test_test_files_have_unique_names(modules_of_tests) -> None:
    """Without packages in tests/ two files of one name would be one module."""
    seen: dict[str, str] = {}
    twice = []
    for module in modules_of_tests:
        name = module.name.rsplit("/", 1)[-1]
        if name != "conftest.py" and name in seen:
            twice.append(f"{seen[name]} and {module.name}")
        seen[name] = module.name
    assert not twice


def test_files_marked_slow_exist(repo_root: Path) -> None:
    """A renamed file must not slip back into `make check` unnoticed."""
    text = (repo_root / "tests/conftest.py").read_text(encoding="utf-8")
    marked = re.search(r"^SLOW_FILES = (\{.*\})$", text, flags=re.MULTILINE)
    assert marked
    present = {path.name for path in (repo_root / "tests").rglob("test_*.py")}
    assert ast.literal_eval(marked.group(1)) <= present
