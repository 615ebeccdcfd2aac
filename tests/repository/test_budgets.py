"""How large things may be, and what may not be in them."""

import ast
import re

import pytest

from tests.repository.tree import ROOT, SERVICES, files, functions, lines, name_of, python, tree

NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base_service", "repository"}
# Whoever owns a transaction: the request's session, the consumer, and the command line between batches.
COMMITTERS = re.compile(r"^shared/(db|bus|worker|relay|outbox|consume|consumers)\.py$")
REASONLESS = re.compile(r"#\s*(noqa|type:\s*ignore)(?!\S*[^#\n]*(--|#)\s*\S+\s+\S+)")


def test_no_function_is_longer_than_forty_lines() -> None:
    found = [(name_of(p), f.name) for p in python() for f in functions(p) if length(f) > 40]
    assert found == []


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def test_most_functions_are_short() -> None:
    found = sorted(length(f) for p in python("services", "shared", "deploy") for f in functions(p))
    assert found[len(found) // 2] <= 8
    assert found[len(found) * 9 // 10] <= 22


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    assert [(name_of(path), lines(path)) for path in python() if lines(path) > 300] == []


def test_conftest_is_a_list_of_plugins() -> None:
    found = [path for path in python() if path.name == "conftest.py"]
    assert found
    assert [(name_of(path), lines(path)) for path in found if lines(path) > 60] == []


def test_shared_stays_small() -> None:
    plumbing = [path for path in python("shared") if path.parent.name != "events"]
    assert sum(statements(path.read_text()) for path in plumbing) <= 2_950


def statements(text: str) -> int:
    """How many statements there are, without docstrings, however the formatter breaks their lines."""
    every = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    return sum(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in every)


@pytest.mark.parametrize("readme", ["README.md", *[f"services/{service}/README.md" for service in SERVICES]])
def test_a_readme_fits_on_two_screens(readme: str) -> None:
    assert lines(ROOT / readme) <= 100


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_describes_itself_under_the_same_headings(service: str) -> None:
    text = (ROOT / "services" / service / "README.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Owns", "Routes", "Events out", "Events in"]


def test_make_has_few_verbs_and_each_has_help() -> None:
    verbs = re.findall(r"^([a-z][a-z-]*):(?!=)(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    helped = [verb for verb, rest in verbs if "##" in rest]
    assert 0 < len(helped) <= 12
    assert [verb for verb, rest in verbs if "##" not in rest] == []


def test_no_check_is_silenced_without_a_reason() -> None:
    found = [
        (name_of(path), number)
        for path in python()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if REASONLESS.search(line) and path.name != "test_budgets.py"
    ]
    assert found == []


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        (name_of(path), function.name)
        for path in python()
        for function in functions(path)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert inside == []


def test_nobody_commits_but_who_owns_the_transaction() -> None:
    found = [
        name_of(path)
        for path in python("services", "shared")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert [name for name in found if not COMMITTERS.match(name)] == []


def test_files_are_named_after_what_they_are_about() -> None:
    assert [name_of(path) for path in files() if path.suffix == ".py" and path.stem in NAMELESS] == []


def test_no_test_is_switched_off() -> None:
    off = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail)|\bTODO\b|\bFIXME\b")
    found = [
        name_of(path) for path in python() if off.search(path.read_text()) and path.name != "test_budgets.py"
    ]
    assert found == []
