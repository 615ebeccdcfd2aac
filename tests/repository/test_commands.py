"""What the documentation says can be run is there, with the options and arguments that it gives."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from deploy.cli import app
from tests.repository.tree import ROOT, living_pages, name_of

every_page = pytest.mark.parametrize("page", living_pages(), ids=name_of)


def command_lines(page: Path) -> list[str]:
    """What a page says after `doorway`, in code and as far as it is written out."""
    text = page.read_text().replace("<service>", "loop")
    in_code = [*re.findall(r"`([^`\n]*)`", text), *text.splitlines()]
    found = [re.match(r"(?:docker compose .*)?doorway ([a-z].*)", each) for each in in_code]
    return [re.split(r" +#| \||…|`", each[1])[0].strip() for each in found if each]


def missing_of_line(line: str) -> list[str]:
    """What of a command line is not there: the command, options, or places for all its arguments."""
    command, words = get_command(app), shlex.split(re.sub(r"<[^>]+>", "X", line))
    while words and isinstance(command, TyperGroup):
        found = command.get_command(typer.Context(command), words.pop(0))
        if found is None:
            return [line]
        command = found
    if isinstance(command, TyperGroup):
        return []
    options = {name: each for each in command.params for name in each.opts if name.startswith("-")}
    unknown = [word for word in words if word.startswith("-") and word not in options]
    takes_value = [name for name, each in options.items() if not getattr(each, "is_flag", False)]
    pairs = zip(["", *words], words, strict=False)
    given = [word for before, word in pairs if not word.startswith("-") and before not in takes_value]
    places = [each for each in command.params if isinstance(each, TyperArgument)]
    return [*unknown, *given[len(places) :]]


@every_page
def test_a_command_on_a_page_can_be_run_as_it_is_written(page: Path) -> None:
    assert [missing for line in command_lines(page) for missing in missing_of_line(line)] == []


def test_a_command_with_what_is_not_there_is_found() -> None:
    lines = ("events replays", "migrate loop 0001", "client list --all", "feedback sending status X")
    assert [missing_of_line(line) for line in lines] == [["events replays"], ["0001"], ["--all"], ["X"]]


@every_page
def test_a_verb_that_a_page_names_is_there(page: Path) -> None:
    verbs = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= set(verbs)
