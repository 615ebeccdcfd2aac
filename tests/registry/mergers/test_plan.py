"""What a plan says of residents, and how mistakes are refused."""

from uuid import UUID

import pytest

from services.registry.ledger.views import BodyOnDay, Codes
from services.registry.mergers.errors import LinkTwice, SharesWrong
from services.registry.mergers.plan import Opening, Passing, Plan
from tests.registry.mergers.examples import merger

OLD, STAYS, NEW = (UUID(int=n) for n in (1, 2, 3))


def plan_of(residents: int | None = 1000) -> Plan:
    """Return a plan in which one body is split between a new one and one that stays."""
    old, stays = body_of(OLD, residents), body_of(STAYS, 300)
    opening = Opening(NEW, "North", Codes("N9N1A", None), None, "/successors/0")
    passings = [
        Passing(old, opening, 0.75, "succeeded_by", "test", "/links/0"),
        Passing(old, stays, 0.25, "succeeded_by", "test", "/links/1"),
    ]
    return Plan(merger(), "ICB2029", [opening], passings)


def body_of(body_id: UUID, residents: int | None) -> BodyOnDay:
    """Return a board with some residents."""
    return BodyOnDay(
        id=body_id,
        version=1,
        kind="icb",
        is_footprint=True,
        is_organisation=True,
        demonstration=False,
        valid_from=None,
        valid_to=None,
        source="test",
        withdrawn_at=None,
        name="somewhere",
        ods=None,
        ons=None,
        legal_form=None,
        edition="ICB2026",
        region=None,
        residents=residents,
        closed_not_later_than=None,
        services_ended_on=None,
    )


def test_residents_go_where_their_share_goes() -> None:
    plan = plan_of()
    assert (plan.residents_after(NEW), plan.residents_after(STAYS)) == (750, 550)
    assert plan_of(None).residents_after(NEW) is None


def test_who_opens_closes_and_changes() -> None:
    plan = plan_of()
    assert (plan.opened, {*plan.closing}, {*plan.changing}) == ({NEW}, {OLD}, {STAYS})
    assert plan.heirs(OLD) == [NEW, STAYS]


def test_the_first_mistake_says_how_it_is_refused_and_all_are_named() -> None:
    plan = plan_of()
    plan.refuse_mistakes()
    plan.add_mistake(SharesWrong, "/links/0", said="They sum to 2.")
    plan.add_mistake(LinkTwice, "/links/1")
    with pytest.raises(SharesWrong, match="sum to 2") as refused:
        plan.refuse_mistakes()
    assert [(each.pointer, each.detail) for each in refused.value.errors] == [
        ("/links/0", f"They sum to 2. {SharesWrong.sentence()}"),
        ("/links/1", LinkTwice.sentence()),
    ]
