"""What the pages name in code is a name in the code, and every metric is on the page of operations."""

import re
from functools import cache
from pathlib import Path

import prometheus_client
import pytest

import services.feedback.sources.health
import services.gateway.webhooks.delivering  # noqa: F401 -- tells a metric
import shared.metrics  # noqa: F401 -- tells the others
import tests.repository.test_problems  # noqa: F401 -- loads every problem
from deploy.settings_page import settings_of
from services.feedback.sources.functions import OWN_FUNCTIONS
from shared.errors import Problem
from tests.repository.tree import ROOT, SERVICES, files, living_pages, name_of, texts

NAME = re.compile(r"\b(?:[a-z]+(?:_[a-z0-9]+)+|[A-Z]+(?:_[A-Z0-9]+)+)\b")
# Nobody's names in the code: a program of PostgreSQL's, how JSON is written, variables of the examples.
OF_OTHERS = {"pg_dump", "snake_case", "BODY_ID", "CONTACT_ID"}


@cache
def names_in_code() -> frozenset[str]:
    """Every name in the code, those of files, settings as the environment has them, and codes of problems."""
    code = (path for path in texts() if path.suffix != ".md" and not name_of(path).startswith("tests/"))
    words = re.findall(r"\w+", " ".join(path.read_text() for path in code))
    settings = {
        f"{before}{field}{end}".upper()
        for service in SERVICES
        for field in settings_of(service).model_fields
        for before in ("", f"{service}_")
        for end in ("", "_file")
    }
    functions = OWN_FUNCTIONS | {f"{name}_failed" for name in OWN_FUNCTIONS}
    return (
        frozenset(words)
        | functions
        | {path.stem for path in files()}
        | settings
        | set(Problem.catalogue)
        | OF_OTHERS
    )


@pytest.mark.parametrize("page", living_pages(), ids=name_of)
def test_a_name_on_a_page_is_a_name_in_the_code(page: Path) -> None:
    spans = re.findall(r"`([^`\n]+)`", page.read_text())
    assert sorted({name for span in spans for name in NAME.findall(span)} - names_in_code()) == []


def test_the_page_of_operations_has_every_metric_and_no_other() -> None:
    told = {
        f"{each.name}_total" if each.type == "counter" else each.name
        for each in prometheus_client.REGISTRY.collect()
        if each.name.startswith("doorway_")
    }
    page = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"\bdoorway_[a-z_]+", page)) == told
