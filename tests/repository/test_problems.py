"""Every problem explains itself and has a test."""

import re
from importlib import import_module

import pytest

from shared.errors import Problem
from tests.repository.tree import module_of, python

for file in python("services", "shared"):
    if file.name in {"errors.py", "main.py"} or file.parts[-2] == "shared":
        import_module(module_of(file))

# A problem that others are kinds of is a family: its kinds are what is answered and tested.
PRODUCT = [
    problem
    for problem in Problem.catalogue.values()
    if problem.__module__.startswith(("services.", "shared.")) and not problem.__subclasses__()
]
TESTS = "\n".join(path.read_text() for path in python("tests") if "repository" not in path.parts)
every_problem = pytest.mark.parametrize("problem", PRODUCT, ids=lambda problem: problem.code)


@every_problem
def test_every_problem_tells_the_caller_what_to_do(problem: type[Problem]) -> None:
    assert (problem.__doc__ or "").strip()
    assert problem.sentence().endswith((".", "?"))
    assert 400 <= problem.status <= 599


@every_problem
def test_every_problem_has_a_test(problem: type[Problem]) -> None:
    found = re.search(rf"\b({problem.code}|{problem.__name__})\b", TESTS)
    assert found, f"no test speaks of {problem.code}"
