"""The command `doorway`, run as people run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from deploy.cli import app
from deploy.commands.words import WORDS
from deploy.local.home import CHECKOUT
from shared.migrations import config_of
from tests.fixtures.servers import Servers
from tests.fixtures.stack import Stack


def doorway(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command and return what came of it."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=CHECKOUT,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )


def test_its_help_lists_every_command_with_a_sentence() -> None:
    shown = doorway("--help", COLUMNS="200").stdout
    for word in WORDS:
        assert re.search(rf"│ {word} +[A-Z].*\.", shown), word


@pytest.mark.parametrize("word", WORDS)
def test_every_command_explains_itself(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process: to start one for each command costs most of a minute. The command reads settings into
    # the environment, which must not reach other tests.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    done = CliRunner().invoke(app, [word, "--help"])
    assert done.exit_code == 0, done.output
    assert f" {word} [OPTIONS]" in done.output


def test_the_commands_of_the_stack_load_no_frameworks() -> None:
    code = "import sys, deploy.cli, deploy.commands.stack; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=CHECKOUT, text=True).split()
    assert {"sqlalchemy", "fastapi", "alembic"}.isdisjoint(loaded)


def test_a_command_that_is_not_there_is_refused() -> None:
    assert doorway("nothing").returncode == 2


def test_setup_makes_secrets_and_databases(servers: Servers, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert doorway("setup", "--secrets", str(folder)).returncode == 0
    assert (folder / "gateway_seal_key").exists()
    assert '"user": "loop"' in (folder / "nats_users.conf").read_text()
    done = doorway("setup", DOORWAY_SECRETS=str(servers.secrets), DOORWAY_SUPERUSER_URL=servers.superuser_url)
    assert "Roles, databases and grants are set up." in done.stdout


def test_migrations_go_down_and_up(servers: Servers) -> None:
    doorway("setup", "--secrets", str(servers.secrets), "--superuser-url", servers.superuser_url)
    url = servers.postgres_url("loop", "loop_owner")
    newest = ScriptDirectory.from_config(config_of("loop", "")).get_current_head()
    for revision, found in (("0002", "0002"), ("head", newest), ("base", "base"), ("head", newest)):
        done = doorway("migrate", "loop", "--revision", revision, LOOP_MIGRATION_URL=url)
        assert done.returncode == 0, done.stdout
        assert f"loop: {found}" in done.stdout
    done = doorway("migrate", "loop", "--revision", "0001", LOOP_MIGRATION_URL=url)
    assert done.returncode == 1
    assert f"loop: {newest}" in done.stdout


def test_migrating_reads_the_address_from_a_file_that_is_named(servers: Servers, tmp_path: Path) -> None:
    doorway("setup", "--secrets", str(servers.secrets), "--superuser-url", servers.superuser_url)
    (tmp_path / "url").write_text(servers.postgres_url("registry", "registry_owner"))
    done = doorway("migrate", "registry", REGISTRY_MIGRATION_URL_FILE=str(tmp_path / "url"))
    assert done.returncode == 0, done.stdout


def test_migrating_a_service_that_is_not_there_is_refused() -> None:
    done = doorway("migrate", "nothing", COLUMNS="200")
    assert done.returncode == 2
    assert "feedback, gateway, loop, registry" in done.stdout


def test_dead_letters_are_listed_and_replayed(stack: Stack) -> None:
    assert "There are no dead letters." in stack.doorway("events", "dead-letters", "loop")
    assert "loop: 0 replayed" in stack.doorway("events", "replay", "loop")
