"""`doorway registry routing check`, as those run it who edit the rules."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.registry.cli import app
from services.registry.routing.checking import CASES, SHIPPED, failures, read_cases
from services.registry.routing.reading import RulesBroken, read_rules

TEXT = SHIPPED.read_text(encoding="utf-8")
CHECK = ["routing", "check"]


def test_what_is_shipped_is_well() -> None:
    done = CliRunner().invoke(app, CHECK)
    assert done.exit_code == 0, done.output
    assert "cases pass" in done.output
    assert len(read_cases(SHIPPED.parent / CASES)) >= 30


def test_a_mistake_is_shown_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(TEXT.replace("to: trust\n", "to: trst\n", 1), encoding="utf-8")
    done = CliRunner().invoke(app, [*CHECK, str(file)])
    assert done.exit_code == 1
    assert "ours.yaml, line " in done.output
    assert "nobody is called `trst`" in done.output


def test_an_edit_that_changes_answers_is_shown_by_its_cases(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(TEXT.replace("Somebody's life may be in danger", "It may be urgent", 1), encoding="utf-8")
    done = CliRunner().invoke(app, CHECK, env={"REGISTRY_ROUTING_PATH": str(file)})
    assert done.exit_code == 1
    assert "danger: the first reason of rule urgent does not say `life`" in done.output
    assert "3 of " in done.output


def test_a_table_beside_the_file_is_taken_and_another_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(TEXT, encoding="utf-8")
    beside = tmp_path / CASES
    beside.write_text(
        "cases:\n  - {id: one, place: board, matter: plan, expect: [council], first_why: x}\n"
        "  - {id: two, place: board, matter: plan, topic: bank, expect: [council], first_why: x}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, [*CHECK, str(tmp_path / "ours.yaml")])
    assert "one: expected ['council'], but rule plan says ['board', 'healthwatch', 'council']" in done.output
    assert "two: there is no topic `bank`" in done.output
    named = CliRunner().invoke(
        app, [*CHECK, str(tmp_path / "ours.yaml"), "--cases", str(SHIPPED.parent / CASES)]
    )
    assert named.exit_code == 0, named.output


def test_a_case_has_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / CASES
    case = "  - {id: one, place: board, matter: plan, expect: [board], first_why: x}\n"
    file.write_text(f"cases:\n{case}{case}", encoding="utf-8")
    with pytest.raises(RulesBroken, match="line 3: cases → one → id: another one is called `one`"):
        read_cases(file)


def test_the_shipped_rules_answer_every_case() -> None:
    assert list(failures(read_rules(SHIPPED), read_cases(SHIPPED.parent / CASES))) == []
