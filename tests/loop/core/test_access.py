"""Who may see a loop from inside, and who may take which steps."""

from uuid import UUID

import pytest

from services.loop.core.access import has_right, is_inside, is_owner, is_responsible
from services.loop.core.steps import Whose
from services.loop.models import Loop
from services.loop.records import Commitment
from shared.auth import Caller
from shared.ids import new_id

BODY, FOOTPRINT, RAISER, OWNER = (new_id() for _ in range(4))
LOOP = Loop(organisation_id=BODY, footprint_id=FOOTPRINT, raiser_id=RAISER)
COMMITMENT = Commitment(owner_organisation_id=OWNER, owner_team="estates")


def caller(organisation: UUID | None, team: str = "estates", scope: str = "loop:write") -> Caller:
    """A client of a team."""
    return Caller(new_id(), organisation, team, frozenset({scope}))


@pytest.mark.parametrize(
    ("organisation", "inside", "responsible"),
    [
        (BODY, True, True),
        (FOOTPRINT, True, True),
        (RAISER, True, False),
        (OWNER, False, False),
        (None, False, False),
    ],
)
def test_the_body_and_the_raiser_are_inside_and_only_the_body_answers(
    organisation: UUID | None, inside: bool, responsible: bool
) -> None:
    assert is_inside(caller(organisation), LOOP) is inside
    assert is_responsible(caller(organisation), LOOP) is responsible


def test_nobody_is_inside_without_a_scope_of_loops() -> None:
    assert not is_inside(caller(BODY, scope="feedback:read"), LOOP)


def test_a_commitment_belongs_to_a_team_and_not_to_its_organisation() -> None:
    assert is_owner(caller(OWNER), COMMITMENT)
    assert not is_owner(caller(OWNER, "finance"), COMMITMENT)
    assert not is_owner(caller(OWNER), None)


@pytest.mark.parametrize(
    ("whose", "body", "owner", "stranger"),
    [
        ("body", True, False, False),
        ("owner", False, True, False),
        ("body_or_owner", True, True, False),
        ("verifier", True, True, True),
    ],
)
def test_a_step_names_who_may_take_it(whose: Whose, body: bool, owner: bool, stranger: bool) -> None:
    callers = (caller(BODY, "board"), caller(OWNER), caller(new_id()))
    allowed = [has_right(whose, each, LOOP, COMMITMENT) for each in callers]
    assert allowed == [body, owner, stranger]
