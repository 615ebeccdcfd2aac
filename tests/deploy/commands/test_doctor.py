"""The command `doorway doctor`: on a sound stack nothing is wrong, on a broken one it exits with 1."""

from pathlib import Path

from deploy.environment import write_settings
from tests.deploy.commands.test_cli import doorway
from tests.fixtures.stack import Stack


def test_nothing_is_wrong_with_a_stack_that_runs(stack: Stack, tmp_path: Path) -> None:
    write_settings(tmp_path / "settings.env", stack.settings)
    done = doorway("doctor", DOORWAY_SETTINGS=str(tmp_path / "settings.env"), COLUMNS="300")
    assert done.returncode == 0, done.stdout
    assert "Nothing is wrong." in done.stdout
    assert "sending: Mail" in done.stdout


def test_a_fault_is_named_with_the_next_command(stack: Stack, tmp_path: Path) -> None:
    away = stack.settings | {"LOOP_DATABASE_URL": "postgresql://loop:x@127.0.0.1:1/loop"}
    write_settings(tmp_path / "settings.env", away)
    done = doorway("doctor", DOORWAY_SETTINGS=str(tmp_path / "settings.env"), COLUMNS="300")
    assert done.returncode == 1
    assert "database_unreachable: PostgreSQL does not answer at 127.0.0.1:1." in done.stdout
    assert "next: " in done.stdout
    assert "1 fault." in done.stdout
