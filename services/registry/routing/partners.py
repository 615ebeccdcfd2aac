"""Which trusts serve a place where a register gives each trust one board only, and they serve several.

The lists of 2018 and 2019 say of which partnerships a trust was a partner; no later one is known.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import BodyNamed, body_named
from services.registry.ledger.views import IDS, NOW, View, is_said
from services.registry.lineage.schemas import LineageEntry
from services.registry.models import Body, Relation
from services.registry.routing.places import Surroundings
from services.registry.routing.rules import Topic

BY_LIST = (
    "By the list of 2019: it was a partner of the NHS partnership of this place then. We know no later list."
)
LISTED_UNTIL = date(2019, 12, 31)
PARTNERS = (
    select(Relation.from_id, Relation.to_id, Relation.valid_from)
    .join(Body, Body.id == Relation.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "member_of", Body.kind == "nhs_trust")
    .where(Relation.valid_from <= LISTED_UNTIL, is_said(Relation, NOW))
)


async def with_partners(
    session: AsyncSession, around: Surroundings, topic: Topic, view: View
) -> Surroundings:
    """The same surroundings, with the trusts of a topic that were partners of the place's partnership.

    A trust that the request names stays; where no list names any, the board's stay. Where the rules name the
    trusts of a topic, those of the board stay beside the partners: they may have opened since.
    """
    if around.named == "trust" or not around.partnerships:
        return around
    trusts = await find_partners(session, around.partnerships, topic, view)
    if not trusts:
        return around
    own = around.bodies.get("trust", ()) if topic.trusts else ()
    if {each.id for each in trusts} <= {each.id for each in own}:
        return around
    every = {each.id: each for each in (*own, *trusts)}
    together = sorted(every.values(), key=lambda each: each.name)
    reasons = {**around.reasons, "trust": BY_LIST}
    return replace(around, bodies={**around.bodies, "trust": together}, reasons=reasons)


async def find_partners(
    session: AsyncSession, partnerships: Sequence[LineageEntry], topic: Topic, view: View
) -> list[BodyNamed]:
    """The trusts that the lists name for the partnerships of a place, and that are open on a day.

    Of those that the last list names for one partnership, only those that the list before names too: some
    partnerships had merged by the last.
    """
    rows = (await session.execute(PARTNERS, {"ids": [each.id for each in partnerships]})).all()
    found = await bodies_on(session, {row.from_id for row in rows}, view)
    listed: dict[date, dict[UUID, set[UUID]]] = {}
    for trust, partnership, day in rows:
        is_meant = topic.is_of(found[trust]) and found[trust].is_open_on(view.as_of)
        if day and is_meant and any(is_edition_of(each, partnership, day) for each in partnerships):
            listed.setdefault(day, {}).setdefault(partnership, set()).add(trust)
    partners = set[UUID]()
    for _, named in sorted(listed.items()):
        every = set[UUID]().union(*named.values())
        both = partners & every if len(named) == 1 else set[UUID]()
        partners = both or partners | every
    return sorted((body_named(found[each]) for each in partners), key=lambda each: each.name)


def is_edition_of(edition: LineageEntry, partnership: UUID, day: date) -> bool:
    """Whether an edition is the one of a partnership on a day."""
    return edition.id == partnership and edition.valid_from <= day <= (edition.valid_to or date.max)
