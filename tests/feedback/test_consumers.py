"""Copies: the latest event wins, in whatever order events come."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import footprint_id_of_ref
from services.feedback.consumers import COPIES
from services.feedback.models import FootprintCopy, OrganisationCopy
from shared.clock import today
from shared.consumers import Heard
from shared.events.base import Envelope, Event
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintWithdrawn,
    OrganisationChanged,
    Successor,
)
from tests.feedback.examples import a_footprint, a_trust


async def take(session: AsyncSession, event: Event, sequence: int) -> None:
    """Take an event as the worker does."""
    await COPIES[type(event)](session, [Heard(event, Envelope.wrap(event, sequence))])


async def test_a_later_footprint_wins(session: AsyncSession) -> None:
    first = a_footprint()
    heir = Successor(id=a_footprint().footprint_id, share=1)
    later = FootprintChanged.model_validate(first.model_dump() | {"name": "New name", "successors": [heir]})
    for event, sequence in ((later, 2), (first, 1), (later, 2)):
        await take(session, event, sequence)
    copy = await session.get_one(FootprintCopy, first.footprint_id)
    assert (copy.name, copy.sequence, copy.successors) == (
        "New name",
        2,
        [{"id": str(heir.id), "share": 1.0}],
    )


async def test_a_later_organisation_wins(session: AsyncSession) -> None:
    first = a_trust()
    heir = {"id": str(a_trust().organisation_id), "share": None}
    later = OrganisationChanged.model_validate(first.model_dump() | {"ods": None, "successors": [heir]})
    for event, sequence in ((first, 1), (later, 2), (first, 1)):
        await take(session, event, sequence)
    copy = await session.get_one(OrganisationCopy, first.organisation_id)
    assert (copy.ods, copy.sequence, copy.successors) == (None, 2, [heir])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_a_footprint_that_will_not_be_is_found_by_nothing(
    session: AsyncSession, order: tuple[int, int]
) -> None:
    first = a_footprint(valid_from=date(2999, 4, 1))
    never = FootprintWithdrawn.model_validate(first.model_dump())
    for sequence in order:
        await take(session, first if sequence == 1 else never, sequence)
    for ref in (str(first.footprint_id), f"ods:{first.ods}"):
        assert await session.scalar(footprint_id_of_ref(ref, today())) is None
    # Declared again, it is as any other.
    await take(session, FootprintRegistered.model_validate(first.model_dump()), 3)
    assert await session.scalar(footprint_id_of_ref(f"ods:{first.ods}", today()))
