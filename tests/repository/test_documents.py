"""Documents that are made from the code are as the code makes them now, and pages lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from deploy.compose.containers import COMPOSE_FILE
from deploy.documents import ASYNCAPI, EVENTS_PAGE, OPENAPI, Generated
from deploy.settings_page import SETTINGS_PAGE
from tests.repository.tree import ROOT, files, name_of

MADE = [OPENAPI, ASYNCAPI, EVENTS_PAGE, SETTINGS_PAGE, COMPOSE_FILE]
PAGES = [path for path in files() if path.suffix == ".md"]
# What stands on the page of clients, and as which package it is installed.
TOOLS = {
    "Modelina": "@asyncapi/modelina",
    "Redocly CLI": "@redocly/cli",
    "Spectral": "@stoplight/spectral-cli",
    "feedparser": "feedparser",
    "feedsmith": "feedsmith",
    "openapi-fetch": "openapi-fetch",
    "openapi-generator": "openapi-generator-cli",
    "openapi-python-client": "openapi-python-client",
    "openapi-typescript": "openapi-typescript",
    "rss-parser": "rss-parser",
}


@pytest.mark.parametrize("document", MADE, ids=lambda document: document.path.name)
def test_a_committed_document_is_current(document: Generated) -> None:
    assert document.is_current(), f"{document.path.name}: run make docs"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    named = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in named if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`([\w/]+/[\w/]+\.py)`", page.read_text())
    everything = [name_of(path) for path in files()]
    assert [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in everything)] == []


def test_the_page_of_clients_names_the_versions_that_are_tested() -> None:
    page = (ROOT / "docs" / "clients.md").read_text()
    pinned = re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / "clients.txt").read_text(), re.MULTILINE
    )
    of_node = json.loads((ROOT / "tests" / "node" / "package.json").read_text())["devDependencies"]
    versions = dict(pinned) | of_node
    expected = {f"{name} {versions[package]}" for name, package in TOOLS.items()}
    named = "|".join(map(re.escape, TOOLS))
    assert set(re.findall(rf"\b(?:{named}) \d[\d.]*\d", page)) == expected
