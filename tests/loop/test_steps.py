"""The table of steps holds together: every state is reached and left, and every step says what it is."""

import pytest

from services.loop.commitments import steps as commitments
from services.loop.core.steps import RUNNING, STATES, Guard
from services.loop.decisions import steps as decisions
from services.loop.errors import StepNotAllowed
from services.loop.evidence import steps as evidence
from services.loop.loops import steps as loops
from services.loop.loops.agreements import AGREEMENT, AGREEMENT_BY_RULE
from services.loop.service import STEP_PATHS
from services.loop.steps import STEPS
from services.loop.tellings import steps as tellings
from shared.events import catalogue

# Where a step leads whose rule chooses: the decision, the commitment, the revision and the judgement.
CHOSEN = {
    "decision": {"decided", "telling", "evidence_check"},
    "commitment": {"committed", "in_progress"},
    "revision": {"in_progress"},
    "verification": {"telling", "in_progress", "considering", "evidence_check"},
}
# Steps that only drafts take.
DRAFTS_ALONE = (AGREEMENT, AGREEMENT_BY_RULE)


def test_every_state_is_reached_and_all_but_the_last_are_left() -> None:
    reached = {"draft"} | {step.target for step in STEPS.values() if step.target}
    reached |= {state for states in CHOSEN.values() for state in states}
    assert reached == set(STATES)
    left = {state for name, step in STEPS.items() for state in step.sources if step.target or name in CHOSEN}
    assert left == set(STATES) - {"closed"}


def test_what_runs_is_public_and_not_at_its_end() -> None:
    assert set(STATES) - set(RUNNING) == {"draft", "closed"}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_tells_of_itself_by_a_public_event_but_for_what_happens_to_drafts(name: str) -> None:
    event = STEPS[name].event
    assert catalogue()[event.type] is event
    assert event.audience == ("internal" if STEPS[name] in DRAFTS_ALONE else "public")


def test_every_guard_stands_in_the_table_and_says_what_it_refuses() -> None:
    used = {guard for step in STEPS.values() for guard in (*step.guards, *step.draft_guards)}
    assert [each for each in used if not (each.check.__doc__ or "").startswith("Refuse")] == []
    modules = (commitments, decisions, evidence, loops, tellings)
    written = {value for module in modules for value in vars(module).values() if isinstance(value, Guard)}
    assert written == used


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.route])
def test_a_step_over_http_finds_its_path_in_the_manifest(name: str) -> None:
    assert name in STEP_PATHS
    assert STEPS[name].path == STEP_PATHS[name]
    assert StepNotAllowed in STEPS[name].problems


def test_every_path_of_the_manifest_is_that_of_a_step() -> None:
    assert set(STEP_PATHS) == {name for name, step in STEPS.items() if step.route}
