"""What the documentation says can be run is there."""

import os
import re

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from tests.repository.tree import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", "docs/operations.md", "docs/architecture.md")
TEXT = "".join((ROOT / page).read_text() for page in PAGES)
COMMANDS = sorted(set(re.findall(r"doorway ([a-z-]+(?: [a-z][a-z-]+)?)", TEXT)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_the_pages_name_is_there(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command reads the checkout's own stack's settings into the environment: not into these tests'.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"`make ([a-z]+)", TEXT))))
def test_a_verb_that_the_pages_name_is_there(verb: str) -> None:
    assert re.search(rf"^{verb}:.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
