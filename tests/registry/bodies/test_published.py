"""What is published of bodies."""

from datetime import date

import pytest
from sqlalchemy import select

from services.registry.bodies.domain import publish_bodies
from services.registry.bodies.published import published_bodies
from services.registry.ledger.views import View
from services.registry.models import Body, Relation
from services.registry.settings import Settings
from shared.events import Envelope
from shared.events.registry import OrganisationChanged
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.bodies.test_queries import id_of
from tests.registry.writes import ledger_of, made


async def test_successors_come_the_largest_share_first(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    board = await id_of(session, "icb/QNQ/2022-07-01")
    (found,) = await published_bodies(session, [board], View(date(2026, 11, 23)), raised=False)
    assert [each["share"] for each in found.successors] == [0.5712, 0.228, 0.2008]


@pytest.mark.parametrize(
    ("spans", "closed_on", "last"),
    [
        ([(None, None, None)], None, 0),
        ([(None, "2026-03-31", None)], None, None),
        ([(None, "2026-03-31", None), ("2026-04-01", None, None)], "2026-06-30", 1),
        ([("2026-04-01", "2026-05-31", None), (None, "2026-03-31", None)], "2026-06-30", 0),
        ([(None, "2026-06-30", 0.4), (None, "2026-06-30", 0.6)], "2026-06-30", 1),
        ([(None, "2026-06-30", None), ("2026-07-01", None, None)], "2026-06-30", 0),
        ([(None, None, 0.4), (None, "2026-12-31", 0.6)], None, 1),
    ],
    ids=["open", "left", "closed", "closed_after_it_left", "in_two", "place_from_later", "in_two_open"],
)
async def test_a_body_that_closed_keeps_the_last_place_that_it_was_in(
    imported: Settings,
    session_for: SessionFor,
    spans: list[tuple[str | None, str | None, float | None]],
    closed_on: str | None,
    last: int | None,
) -> None:
    session = await session_for("registry")
    body = await session.get_one(Body, (await made(session)).id)
    homes = [await id_of(session, f"icb/{code}/2022-07-01") for code in ("QHM", "QOQ")]
    body.closed_on = date.fromisoformat(closed_on) if closed_on else None
    ledger_of(session).say(
        *(
            Relation(
                from_id=body.id,
                to_id=home,
                kind="member_of",
                share=share,
                source="a test",
                valid_from=date.fromisoformat(since) if since else None,
                valid_to=date.fromisoformat(until) if until else None,
            )
            for home, (since, until, share) in zip(homes, spans, strict=False)
        )
    )
    await session.flush()
    (found,) = await published_bodies(session, [body.id], View(date(2026, 11, 23)), raised=False)
    assert found.footprint == (None if last is None else homes[last])


async def test_a_body_is_published_with_all_that_ever_operated_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body, trust, board, never = [await session.get_one(Body, (await made(session)).id) for _ in range(4)]
    ledger = ledger_of(session)
    said = {"from_id": body.id, "kind": "operated_by", "source": "a test"}
    ended = Relation(to_id=trust.id, valid_to=date(2024, 3, 31), **said)
    wrong = Relation(to_id=never.id, **said)
    again = Relation(to_id=trust.id, valid_from=date(2026, 4, 1), **said)
    ledger.say(ended, Relation(to_id=board.id, **said), wrong, again)
    await session.flush()
    ledger.withdraw(wrong)
    await publish_bodies(session, [body.id], ledger.act)
    newest = select(Outbox.body).where(Outbox.aggregate_id == body.id).order_by(Outbox.position.desc())
    event = Envelope.model_validate_json(await session.scalar(newest.limit(1)) or "").event()
    assert isinstance(event, OrganisationChanged)
    assert event.operated_by == tuple(sorted((trust.id, board.id)))


async def test_an_organisation_is_published_with_the_days_in_each_footprint(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await session.get_one(Body, (await made(session)).id)
    ledger = ledger_of(session)
    first, second, wrong = [await id_of(session, f"icb/{code}/2022-07-01") for code in ("QHM", "QOQ", "QYG")]
    said = {"from_id": body.id, "kind": "member_of", "source": "a test"}
    mistaken = Relation(to_id=wrong, valid_to=date(2022, 12, 31), **said)
    ledger.say(
        Relation(to_id=first, valid_from=date(2023, 1, 1), valid_to=date(2026, 3, 31), share=0.4, **said),
        Relation(to_id=second, valid_from=date(2023, 1, 1), share=0.6, **said),
        mistaken,
    )
    await session.flush()
    ledger.withdraw(mistaken)
    await publish_bodies(session, [body.id], ledger.act)
    newest = select(Outbox.body).where(Outbox.aggregate_id == body.id).order_by(Outbox.position.desc())
    event = Envelope.model_validate_json(await session.scalar(newest.limit(1)) or "").event()
    assert isinstance(event, OrganisationChanged)
    assert [(each.footprint_id, each.valid_from, each.valid_to) for each in event.memberships] == [
        (second, date(2023, 1, 1), None),
        (first, date(2023, 1, 1), date(2026, 3, 31)),
    ]
