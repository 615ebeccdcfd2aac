"""What the demo leaves: a private file with keys and ids, and lines that a person can try."""

import json
import shlex
import stat
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from deploy.commands import loading, play
from deploy.local.home import Home
from deploy.stage import Stage, stage_in_containers, stage_of
from deploy.story.play import StoryResult


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


def test_keys_are_those_of_this_stack_if_it_knows_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"dw_removed": 401, "dw_live": 200, "dw_busy": 503}
    monkeypatch.setattr(play, "status_of_key", lambda _, key: answers[key])
    assert not play.knows_keys("http://127.0.0.1:1", {"partner": "dw_removed"})
    assert play.knows_keys("http://127.0.0.1:1", {"partner": "dw_removed", "trust": "dw_live"})
    assert play.knows_keys("http://127.0.0.1:1", {"partner": "dw_busy"})
    assert not play.knows_keys("http://127.0.0.1:1", {})


@pytest.mark.parametrize(
    ("is_known", "keys"), [(True, {"partner": "dw_old"}), (False, {"partner": "dw_new"})]
)
def test_the_story_is_played_again_on_a_stack_that_does_not_know_its_keys(
    made: Stage, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], *, is_known: bool
) -> None:
    play.write_demo_file(made, StoryResult({"partner": "dw_old"}, {}))
    monkeypatch.setattr(play, "load_data", lambda *_: None)
    monkeypatch.setattr(play, "knows_keys", lambda *_: is_known)
    monkeypatch.setattr(play, "play_and_report", lambda _: StoryResult({"partner": "dw_new"}, {}))
    play.play_once(made)
    assert (found := play.read_demo_file(made))
    assert found["keys"] == keys


@pytest.mark.parametrize("bodies", [0, 1])
def test_what_is_loaded_is_asked_of_the_stack(
    made: Stage, monkeypatch: pytest.MonkeyPatch, bodies: int
) -> None:
    async def count(*_: object) -> int:
        return bodies

    async def settle(*_: object) -> None:
        pass

    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(loading, "read_count", count)
    monkeypatch.setattr(loading, "wait_until_settled", settle)
    monkeypatch.setattr(loading, "run_load", lambda _, command: ran.append(command))
    (made.folder / "loaded.json").write_text(json.dumps([loading.REGISTRY, loading.COMMENTS]))
    loading.load_data(replace(made, settings={"REGISTRY_DATABASE_URL": ""}), Console())
    assert ran == [*([] if bodies else [loading.REGISTRY]), loading.COMMENTS]


def test_in_containers_the_stage_is_what_the_compose_file_says(tmp_path: Path) -> None:
    said = {
        "DOORWAY_SETTINGS": str(tmp_path / "settings.env"),
        "DOORWAY_GATEWAY_URL": "http://gateway-api:8000",
        "DOORWAY_BROKER_MONITORING_URL": "http://nats:8222",
        "DOORWAY_PUBLISHED_URL": "http://127.0.0.1:8080",
        "DOORWAY_STORY_HOST": "0.0.0.0",
    }
    stage = stage_in_containers(said)
    assert (stage.gateway_url, stage.published_url) == ("http://gateway-api:8000", "http://127.0.0.1:8080")
    assert (stage.folder, stage.mail_host) == (tmp_path, "0.0.0.0")
    assert "docker compose down" in " ".join(stage.farewell)


def test_elsewhere_playing_is_refused_with_the_command_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOORWAY_STORY_HOST", raising=False)
    with pytest.raises(typer.BadParameter, match=r"demo\.yml run --rm demo"):
        play.play_in_containers()
