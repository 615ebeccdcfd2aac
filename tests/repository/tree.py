"""The repository as the tests about it see it: files, modules, functions, imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.manifest import manifests

ROOT = Path(__file__).parents[2]
SERVICES = tuple(manifests())
TOP = ("services", "shared", "deploy", "tests")
PRIVATE = {
    ".git",
    ".venv",
    ".doorway",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".yml",
    ".yaml",
    ".json",
    ".conf",
    ".sql",
    ".ini",
    ".mjs",
    ".ts",
    ".sh",
    ".mako",
    "",
}


def name_of(path: Path) -> str:
    """The path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, without what is made while it runs."""
    found = (path for path in ROOT.rglob("*") if not PRIVATE & set(path.relative_to(ROOT).parts))
    return tuple(sorted(path for path in found if path.is_file()))


def texts() -> list[Path]:
    """The files that people write as text."""
    return [path for path in files() if path.suffix in TEXTS and path.stat().st_size < 1_000_000]


def living_pages() -> list[Path]:
    """The pages that say what is so today, by hand: not what was decided or released, nor what is made."""
    left_out = ("CHANGELOG.md", "docs/events.md", "docs/settings.md", "docs/decisions/", ".github/")
    return [path for path in files() if path.suffix == ".md" and not name_of(path).startswith(left_out)]


def python(*tops: str) -> list[Path]:
    """The Python files under these top folders; all of them without any."""
    return [p for p in files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in (tops or TOP)]


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text())


def module_of(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> frozenset[str]:
    """The dotted names of all modules."""
    return frozenset(module_of(path) for path in python())


def imports(path: Path) -> set[str]:
    """The modules of the repository that a file imports."""
    named: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            named.update(f"{node.module}.{alias.name}" for alias in node.names)
            named.add(node.module)
    return {name for name in named if name in modules()}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text().splitlines())
