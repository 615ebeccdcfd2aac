"""The table of steps holds together: every state is reached and left, and every step says what it is."""

import pytest

from services.loop.loops import guards
from services.loop.loops.table import RUNNING, STATES, STEPS
from shared.events import catalogue

# Where a step leads whose rule chooses: the decision, the commitment, the revision and the judgement.
CHOSEN = {
    "decision": {"decided", "telling", "evidence_check"},
    "commitment": {"committed", "in_progress"},
    "revision": {"in_progress"},
    "verification": {"telling", "in_progress", "considering", "evidence_check"},
}


def test_every_state_is_reached_and_all_but_the_last_are_left() -> None:
    reached = {"draft"} | {step.target for step in STEPS.values() if step.target}
    reached |= {state for states in CHOSEN.values() for state in states}
    assert reached == set(STATES)
    left = {state for name, step in STEPS.items() for state in step.sources if step.target or name in CHOSEN}
    assert left == set(STATES) - {"closed"}


def test_what_runs_is_public_and_not_at_its_end() -> None:
    assert set(STATES) - set(RUNNING) == {"draft", "closed"}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_tells_of_itself_by_a_public_event(name: str) -> None:
    event = STEPS[name].event
    assert catalogue()[event.type] is event
    assert event.audience == "public"


def test_every_guard_stands_in_the_table_and_says_what_it_refuses() -> None:
    used = {guard for step in STEPS.values() for guard in step.guards}
    assert [guard.__name__ for guard in used if not (guard.__doc__ or "").startswith("Refuse")] == []
    own = [value for value in vars(guards).values() if getattr(value, "__module__", "") == guards.__name__]
    refusing = {value for value in own if (value.__doc__ or "").startswith("Refuse")}
    assert refusing == used
