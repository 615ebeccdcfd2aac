"""Publishing a change: event, version and place in the feed come together, or not at all."""

import json
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act, Reasoned
from services.registry.ledger.publishing import newest_position, publish_changes
from services.registry.models import Body, Change
from services.registry.settings import Settings
from shared.auth import Actor, Caller
from shared.db import WAKES, locked
from shared.events.registry import OrganisationChanged
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor

CALLER = Caller(new_id(), new_id(), "desk", frozenset({"registry:write"}))
GIVEN = Reasoned(reason="The name was misspelt.", source="https://example.org/names")


async def trust(session: AsyncSession) -> Body:
    key = await session.scalar(select(Body.id).where(Body.key == "trust/RX6"))
    assert key is not None
    return await locked(session, Body, key)


def changed(body_id: UUID) -> OrganisationChanged:
    return OrganisationChanged(
        organisation_id=body_id,
        name="x",
        kind="nhs_trust",
        ods="RX6",
        ons=None,
        valid_from=None,
        valid_to=None,
        footprint_id=None,
        footprints=(new_id(),),
    )


async def test_event_version_and_place_are_saved_together(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body, before = await trust(session), await newest_position(session)
    version, act = body.version, Act.of(GIVEN, CALLER, Actor("jd-17", "steward"))
    event = changed(body.id)
    body.version += 1
    await publish_changes(session, [(event, body.version)], act)
    row = (await session.scalars(select(Change).order_by(Change.position.desc()).limit(1))).one()
    sent = (await session.scalars(select(Outbox).where(Outbox.id == row.id))).one()
    assert (row.position, row.version) == (before + 1, version + 1) == (before + 1, body.version)
    assert (sent.sequence, sent.type) == (row.version, row.type)
    assert json.loads(row.state) == event.model_dump(mode="json")
    assert (row.record_id, row.footprints) == (body.id, list(event.footprints))
    assert (row.reason, row.source, row.act_id) == (GIVEN.reason, GIVEN.source, act.id)
    assert (row.client_id, row.organisation_id) == (CALLER.client_id, CALLER.organisation_id)
    assert (row.team, row.actor) == ("desk", "jd-17")
    assert session.info[WAKES] is True


async def test_several_changes_of_one_act_follow_one_another(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body, before = await trust(session), await newest_position(session)
    act = Act("A reason.", "a source")
    await publish_changes(session, [(changed(body.id), 5), (changed(body.id), 6)], act)
    rows = (await session.scalars(select(Change).where(Change.act_id == act.id))).all()
    assert sorted((row.position, row.version) for row in rows) == [(before + 1, 5), (before + 2, 6)]
    assert {(row.client_id, row.organisation_id, row.actor) for row in rows} == {(None, None, None)}


async def test_nothing_to_publish_takes_no_place(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    before = await newest_position(session)
    await publish_changes(session, [], Act("A reason.", "a source"))
    assert await newest_position(session) == before
    assert WAKES not in session.info
