"""The doctor finds what it examines: a local stack, containers, or whatever the settings name."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.doctor import deployment_of, examine
from deploy.doctor.deployment import COMPOSE, LOCAL, OTHER, Deployment
from deploy.local.home import Home


def test_a_local_stack_has_its_files_and_verbs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings.touch()
    found = deployment_of(home, {})
    assert (found.commands, found.private_files) == (LOCAL, (home.settings,))
    assert found.ready_files["loop"] == tmp_path / "loop-worker.ready"


def test_containers_are_known_by_what_the_compose_file_says(tmp_path: Path) -> None:
    said = {"DOORWAY_STACK": "compose", "DOORWAY_SETTINGS": str(tmp_path / "settings.env")}
    found = deployment_of(Home(tmp_path), said)
    assert (found.commands, found.folders) == (COMPOSE, (tmp_path,))
    assert found.next("migrate", "loop") == "docker compose run --rm migrate doorway migrate loop"


def test_anything_else_is_known_by_its_settings(tmp_path: Path) -> None:
    found = deployment_of(Home(tmp_path), {"LOOP_READY_FILE": "/run/loop"})
    assert (found.commands, found.ready_files) == (OTHER, {"loop": Path("/run/loop")})


@pytest.mark.parametrize("commands", [LOCAL, COMPOSE, OTHER])
def test_there_is_a_command_for_everything_everywhere(commands: dict[str, str]) -> None:
    assert commands.keys() == LOCAL.keys()


async def test_what_follows_from_a_fault_is_not_named_again(deployment: Deployment, closed_port: int) -> None:
    away = f"http://127.0.0.1:{closed_port}"
    without_apis = replace(deployment, settings={**deployment.settings, "GATEWAY_LOOP_URL": away})
    assert "api_not_ready" in {fault.name for fault in await examine(without_apis)}
    gone = f"postgresql://loop:x@127.0.0.1:{closed_port}/loop"
    broken = replace(without_apis, settings={**without_apis.settings, "LOOP_DATABASE_URL": gone})
    found = {fault.name for fault in await examine(broken)}
    assert "database_unreachable" in found
    assert "api_not_ready" not in found


async def test_without_settings_that_alone_is_named(tmp_path: Path) -> None:
    assert [fault.name for fault in await examine(deployment_of(Home(tmp_path), {}))] == ["not_started"]
