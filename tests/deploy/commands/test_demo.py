"""What the demo leaves: a private file with keys and ids, and lines that a person can try."""

import json
import shlex
import stat
from io import StringIO

import pytest
from rich.console import Console

from deploy.commands import demo
from deploy.commands.loading import LOADS, loaded, marker_of
from deploy.local.home import Home
from deploy.story.play import Played


@pytest.fixture
def made(home: Home) -> Home:
    """Return a home with ports."""
    home.make()
    home.ports.write_text('{"gateway": 8081}')
    return home


def test_keys_and_ids_are_kept_privately(made: Home) -> None:
    assert demo.told(made) is None
    demo.keep(made, Played({"partner": "dw_1"}, {"feedback": "2"}))
    file = made.path / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {
        "gateway_url": "http://127.0.0.1:8081", "keys": {"partner": "dw_1"}, "ids": {"feedback": "2"},
    }  # fmt: skip


def test_the_address_is_that_of_today(made: Home) -> None:
    demo.keep(made, Played({}, {}))
    made.ports.write_text('{"gateway": 8082}')
    assert (demo.told(made) or {})["gateway_url"] == "http://127.0.0.1:8082"
    assert json.loads((made.path / "demo.json").read_text())["gateway_url"] == "http://127.0.0.1:8082"


def test_it_prints_address_keys_lines_and_how_to_stop(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StringIO()
    monkeypatch.setattr(demo, "console", Console(file=file, width=80))
    demo.keep(made, Played({"partner": "dw_key", "admin": "dw_other"}, {}))
    demo.say_how_to_go_on(made)
    printed = file.getvalue()
    for wanted in ("http://127.0.0.1:8081", "dw_key", "dw_other", "make down", "make status", "demo.json"):
        assert wanted in printed
    lines = [line for line in printed.splitlines() if line.strip().startswith("curl")]
    assert len(lines) == 3
    assert all(shlex.split(line)[0] == "curl" for line in lines)


def test_what_is_loaded_is_remembered(made: Home) -> None:
    assert loaded(made) == []
    marker_of(made).write_text(json.dumps([list(LOADS[0])]))
    assert loaded(made) == [list(LOADS[0])]
