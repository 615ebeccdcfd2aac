"""What the copies answer: whose feedback it is, which body a reference names, what became of it."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies import queries
from services.loop.models import FootprintCopy, OrganisationCopy
from shared.auth import Caller
from shared.clock import today
from shared.events.registry import FootprintSucceeded, OrganisationSucceeded
from shared.ids import new_id
from tests.loop.examples import feedback, footprint, organisation, tell


async def test_of_several_footprints_with_a_code_the_latest_is_meant(session: AsyncSession) -> None:
    stp = footprint(ods="Q80", valid_from=date(2016, 3, 1), valid_to=date(2022, 6, 30), is_organisation=False)
    icb = footprint(ods="Q80")
    await tell(session, icb, stp)
    found = await queries.find_footprint(session, "ods:Q80")
    assert found is not None
    assert found.id == icb.footprint_id


async def test_an_organisation_is_found_by_each_of_its_names(session: AsyncSession) -> None:
    trust = organisation(ods="R80", ons="E80000001")
    await tell(session, trust)
    for ref in ("ods:R80", "ons:e80000001", str(trust.organisation_id)):
        found = await session.scalar(queries.organisation_query(ref))
        assert found is not None
        assert found.id == trust.organisation_id


async def test_an_abolished_footprint_leads_to_its_largest_heir(session: AsyncSession) -> None:
    large, small, middle = footprint(), footprint(), new_id()
    shares = [{"id": small.footprint_id, "share": 0.3}, {"id": middle, "share": 0.7}]
    old = footprint(valid_to=date(2022, 6, 30), successors=shares, is_organisation=False)
    between = footprint(
        footprint_id=middle,
        valid_to=date(2026, 3, 31),
        succeeded_on=date(2026, 4, 1),
        successors=[{"id": large.footprint_id, "share": 1}],
    )
    await tell(session, large, small, between, old)
    closed = await session.get_one(FootprintCopy, old.footprint_id)
    assert (await queries.heir_of(session, closed, today())).id == large.footprint_id
    assert (await queries.heir_of(session, closed, date(2020, 1, 1))).id == old.footprint_id


async def test_a_closed_board_answers_until_its_succession_is_applied(session: AsyncSession) -> None:
    heir = footprint()
    ended = {"valid_to": date(2026, 3, 31), "successors": [{"id": heir.footprint_id, "share": 1}]}
    board = footprint(**ended)
    await tell(session, heir, board)
    copy = await session.get_one(FootprintCopy, board.footprint_id)
    assert (await queries.heir_of(session, copy, today())).id == board.footprint_id
    applied = FootprintSucceeded(**board.model_dump() | {"succeeded_on": date(2026, 4, 1)})
    await tell(session, applied, sequence=2)
    await session.refresh(copy)
    assert (await queries.heir_of(session, copy, today())).id == heir.footprint_id
    assert (await queries.heir_of(session, copy, date(2026, 3, 31))).id == board.footprint_id


async def test_a_closed_organisation_answers_until_its_succession_is_applied(session: AsyncSession) -> None:
    board = footprint()
    heir = organisation(
        succeeded_on=date(2026, 4, 1),
        successors=[{"id": board.footprint_id, "share": None}],
    )
    ended = {"valid_to": date(2017, 9, 30), "successors": [{"id": heir.organisation_id, "share": None}]}
    trust = organisation(**ended)
    await tell(session, board, heir, trust)
    copy = await session.get_one(OrganisationCopy, trust.organisation_id)
    assert (await queries.owner_of(session, copy, today())).id == trust.organisation_id
    applied = OrganisationSucceeded(**trust.model_dump() | {"succeeded_on": date(2017, 10, 1)})
    await tell(session, applied, sequence=2)
    await session.refresh(copy)
    assert (await queries.owner_of(session, copy, today())).id == board.footprint_id
    assert (await queries.owner_of(session, copy, date(2020, 1, 1))).id == heir.organisation_id
    assert (await queries.owner_of(session, copy, date(2017, 9, 30))).id == trust.organisation_id


async def test_an_heir_that_is_not_told_of_yet_leaves_the_last_known(session: AsyncSession) -> None:
    heirs = [{"id": new_id(), "share": 1}]
    old = footprint(valid_to=date(2022, 6, 30), succeeded_on=date(2022, 7, 1), successors=heirs)
    await tell(session, old)
    closed = await session.get_one(FootprintCopy, old.footprint_id)
    assert (await queries.heir_of(session, closed, today())).id == old.footprint_id


async def test_successions_in_a_circle_come_to_an_end(session: AsyncSession) -> None:
    one, two = new_id(), new_id()
    ended = {"valid_to": date(2022, 6, 30), "succeeded_on": date(2022, 7, 1)}
    await tell(session, footprint(footprint_id=one, successors=[{"id": two, "share": 1}], **ended))
    await tell(session, footprint(footprint_id=two, successors=[{"id": one, "share": 1}], **ended))
    found = await queries.heir_of(session, await session.get_one(FootprintCopy, one), today())
    assert found.id in {one, two}


async def test_feedback_is_seen_by_its_bodies_and_sender_and_by_all_once_published(
    session: AsyncSession,
) -> None:
    own, other = new_id(), new_id()
    ours, theirs, public = feedback(own), feedback(other), feedback(other, state="published")
    sent = feedback(other, sender_id=own)
    await tell(session, ours, theirs, public, sent)
    ids = [each.feedback_id for each in (ours, theirs, public, sent)]
    seen = await queries.feedback_visible_to(session, Caller(new_id(), own), ids)
    assert seen.keys() == {ids[0], ids[2], ids[3]}
    assert (await queries.feedback_visible_to(session, Caller(), ids)).keys() == {ids[2]}
