"""Feedback about a trust belongs to the footprint that the trust was in, on the day that it is about."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.bodies.homes import Homes, Membership, last_day_of
from services.feedback.models import OrganisationCopy
from shared.clock import today
from shared.events.registry import FootprintRegistered, OrganisationRegistered, Successor
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import (
    ClientOf,
    a_footprint,
    a_trust,
    give_feedback,
    moderate_feedback,
    tell,
)
from tests.fixtures.clients import ServiceClient

LEFT, JOINED = date(2023, 3, 31), date(2023, 4, 1)
Moved = tuple[FootprintRegistered, FootprintRegistered, OrganisationRegistered]


@pytest.fixture
async def moved(service: ServiceClient) -> Moved:
    """Two boards, and a trust that went from the first to the second."""
    before, after = a_footprint(), a_footprint()
    spans = [(before.footprint_id, None, LEFT), (after.footprint_id, JOINED, None)]
    memberships = [{"footprint_id": home, "valid_from": since, "valid_to": to} for home, since, to in spans]
    trust = a_trust(footprint_id=after.footprint_id, memberships=memberships)
    await tell(service, before, after, trust)
    return before, after, trust


def test_the_first_of_two_footprints_on_a_day_counts_and_the_last_where_none_is_known() -> None:
    main, other, last = new_id(), new_id(), new_id()
    spans = [(main, JOINED, None), (other, None, None), (main, None, date(2020, 1, 1))]
    memberships = [Membership(footprint_id=home, valid_from=since, valid_to=to) for home, since, to in spans]
    homes = Homes(last=last, memberships=tuple(memberships))
    assert [homes.footprint_on(day) for day in (JOINED, LEFT, date(2020, 1, 1))] == [main, other, other]
    assert Homes(last=last, memberships=(memberships[0],)).footprint_on(LEFT) == last
    assert Homes(last=None, memberships=()).footprint_on(LEFT) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [("2024", "2024-12-31"), ("2024-02", "2024-02-29"), ("2023-02-07", "2023-02-07")],
)
def test_the_last_day_of_what_was_said_counts(said: str, day: str) -> None:
    assert last_day_of(said) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"experienced_on": "2023-03-31"}, 0),
        ({"experienced_on": "2023-03"}, 0),
        ({"experienced_on": "2023-04"}, 1),
        ({"experienced_on": "2023"}, 1),
        ({}, 1),
    ],
)
async def test_the_day_that_it_is_about_decides(
    partner: ServiceClient, moved: Moved, fields: dict[str, Any], place: int
) -> None:
    boards, trust = moved[:2], moved[2]
    given = [await give_feedback(partner, trust.organisation_id, **fields) for _ in range(2)]
    for told in given:
        assert told["footprint_id"] == str(boards[place].footprint_id)
        assert told["placed_by"] == "organisation"
    (seen,) = (await partner.get("/v1/feedback?limit=1")).json()["items"]
    assert seen["placed_by"] == "organisation"


async def test_a_year_that_is_not_over_ends_today(
    service: ServiceClient, partner: ServiceClient, moved: Moved
) -> None:
    """A footprint that the trust joins later this year is not yet its place."""
    now, later = moved[0].footprint_id, moved[1].footprint_id
    spans = [(now, None, today()), (later, date(today().year, 12, 31), None)]
    if today().month == 12 and today().day == 31:
        spans = [(now, None, None)]
    memberships = [{"footprint_id": home, "valid_from": since, "valid_to": to} for home, since, to in spans]
    trust = a_trust(memberships=memberships)
    await tell(service, trust)
    told = await give_feedback(partner, trust.organisation_id, experienced_on=str(today().year))
    assert told["footprint_id"] == str(now)


async def test_a_named_place_stays_and_is_called_so(partner: ServiceClient, moved: Moved) -> None:
    before, _, trust = moved
    named = await give_feedback(partner, trust.organisation_id, footprint=str(before.footprint_id))
    assert (named["footprint_id"], named["placed_by"]) == (str(before.footprint_id), "named")


async def test_a_trust_of_no_known_place_has_none(partner: ServiceClient, trust_id: UUID) -> None:
    told = await give_feedback(partner, trust_id)
    assert (told["footprint_id"], told["placed_by"]) == (None, None)


async def test_a_footprint_that_was_abolished_leads_to_its_heir(
    service: ServiceClient, partner: ServiceClient
) -> None:
    heir = a_footprint()
    heirs = [Successor(id=heir.footprint_id, share=1)]
    ended = a_footprint(valid_to=date(2025, 6, 30), successors=heirs)
    trust = a_trust(footprint_id=ended.footprint_id)
    await tell(service, heir, ended, trust)
    told = await give_feedback(partner, trust.organisation_id)
    assert told["footprint_id"] == str(heir.footprint_id)


async def test_the_board_sees_it_gets_its_event_and_finds_it_by_place_and_no_other_board_does(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf, moved: Moved
) -> None:
    before, after, trust = moved
    told = await give_feedback(partner, trust.organisation_id)
    board, other = client_of(after.footprint_id), client_of(before.footprint_id)
    path = f"/v1/feedback?footprint={after.footprint_id}"
    assert [each["id"] for each in (await board.get(path)).json()["items"]] == [told["id"]]
    assert (await board.get(f"/v1/feedback/{told['id']}")).status_code == 200
    for hidden in (path, f"/v1/feedback?organisation={trust.organisation_id}", "/v1/feedback?state=received"):
        assert (await other.get(hidden)).json()["items"] == []
    assert (await other.get(f"/v1/feedback/{told['id']}")).status_code == 404
    async with service.state.sessions() as session:
        sent = await session.scalar(select(Outbox.body).where(Outbox.aggregate_id == UUID(told["id"])))
    assert str(after.footprint_id) in str(sent)
    assert str(before.footprint_id) not in str(sent)


async def test_a_trust_moderates_its_own_survey_also_where_it_no_longer_is(
    client_of: ClientOf, moved: Moved
) -> None:
    before, _, trust = moved
    staff = client_of(trust.organisation_id)
    told = await give_feedback(staff, trust.organisation_id, experienced_on="2023-01")
    assert told["footprint_id"] == str(before.footprint_id)
    shown = await moderate_feedback(staff, told)
    assert shown["state"] == "published"


async def test_a_revision_is_placed_anew(partner: ServiceClient, moved: Moved) -> None:
    before, after, trust = moved
    body = trust.organisation_id
    first = await give_feedback(partner, body, external_id=new_id().hex, experienced_on="2022")
    again = {"external_id": (await partner.get(f"/v1/feedback/{first['id']}")).json()["external_id"]}
    second = await give_feedback(partner, body, experienced_on="2024", **again)
    assert (first["footprint_id"], second["footprint_id"]) == (
        str(before.footprint_id),
        str(after.footprint_id),
    )
    assert second["outcome"] == "revision"


async def test_the_copy_keeps_the_days(service: ServiceClient, moved: Moved) -> None:
    async with service.state.sessions() as session:
        known = await session.get_one(OrganisationCopy, moved[2].organisation_id)
    homes = Homes.of_copy(known)
    assert [each.valid_to for each in homes.memberships] == [LEFT, None]
    assert homes.footprint_on(LEFT) == moved[0].footprint_id
