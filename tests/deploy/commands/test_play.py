"""What the demo leaves: a private file with keys and ids, and lines that a person can try."""

import json
import shlex
import stat
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from deploy.commands import play
from deploy.commands.loading import LOADS, file_of_finished_loads, read_finished_loads
from deploy.local.home import Home
from deploy.stage import Stage, stage_in_containers, stage_of
from deploy.story.play import StoryResult
from deploy.story.receiver import run_receiver


@pytest.fixture
def made(home: Home) -> Stage:
    """The stage of a home with ports."""
    home.make()
    home.ports.write_text('{"gateway": 8081}')
    return stage_of(home)


def test_keys_and_ids_are_kept_privately(made: Stage) -> None:
    assert play.read_demo_file(made) is None
    play.write_demo_file(made, StoryResult({"partner": "dw_1"}, {"feedback": "2"}))
    file = made.folder / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {
        "gateway_url": "http://127.0.0.1:8081",
        "keys": {"partner": "dw_1"},
        "ids": {"feedback": "2"},
    }


def test_the_address_is_that_of_today(made: Stage, home: Home) -> None:
    play.write_demo_file(made, StoryResult({}, {}))
    home.ports.write_text('{"gateway": 8082}')
    made = stage_of(home)
    assert (found := play.read_demo_file(made))
    assert found["gateway_url"] == "http://127.0.0.1:8082"
    assert json.loads((made.folder / "demo.json").read_text())["gateway_url"] == "http://127.0.0.1:8082"


def test_it_prints_address_keys_lines_and_how_to_stop(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StringIO()
    monkeypatch.setattr(play, "console", Console(file=file, width=80))
    play.write_demo_file(made, StoryResult({"partner": "dw_key", "admin": "dw_other"}, {}))
    play.print_next_steps(made)
    printed = file.getvalue()
    for wanted in ("http://127.0.0.1:8081", "dw_key", "dw_other", "make down", "make status", "demo.json"):
        assert wanted in printed
    lines = [line for line in printed.splitlines() if line.strip().startswith("curl")]
    assert len(lines) == 3
    assert all(shlex.split(line)[0] == "curl" for line in lines)


def test_what_is_loaded_is_remembered(made: Stage) -> None:
    assert read_finished_loads(made) == []
    file_of_finished_loads(made).write_text(json.dumps([list(LOADS[0])]))
    assert read_finished_loads(made) == [list(LOADS[0])]


def test_in_containers_the_stage_is_what_the_compose_file_says(tmp_path: Path) -> None:
    said = {
        "DOORWAY_STORY": str(tmp_path),
        "DOORWAY_GATEWAY_URL": "http://gateway-api:8000",
        "DOORWAY_BROKER_MONITORING_URL": "http://nats:8222",
        "DOORWAY_PUBLISHED_URL": "http://127.0.0.1:8080",
        "DOORWAY_STORY_HOST": "127.0.0.1",
    }
    stage = stage_in_containers(said)
    assert (stage.gateway_url, stage.published_url) == ("http://gateway-api:8000", "http://127.0.0.1:8080")
    assert "docker compose down" in " ".join(stage.farewell)


def test_elsewhere_playing_is_refused_with_the_command_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOORWAY_STORY_HOST", raising=False)
    with pytest.raises(typer.BadParameter, match="--profile demo run --rm demo"):
        play.play_in_containers()


def test_the_storys_endpoints_listen_at_the_address_that_they_are_given() -> None:
    with run_receiver("127.0.0.2") as receiver:
        assert receiver.url.startswith("http://127.0.0.2:")
