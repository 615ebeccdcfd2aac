"""How much is known about footprints: as a score, and as a list of what to ask for."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import domain as leaders
from services.registry.appointments import queries as appointments
from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.restated import by_body
from services.registry.bodies.schemas import body_named
from services.registry.completeness import queries
from services.registry.completeness.items import COUNTS, ITEMS, WEIGHTS, Item
from services.registry.completeness.schemas import (
    Completeness,
    CompletenessDetail,
    CompletenessPage,
    ItemCount,
    ItemState,
    MissingItem,
    State,
)
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import freshness_of, is_in_doubt, sure_of
from services.registry.ledger.views import View
from services.registry.lineage.domain import lineage_of
from services.registry.models import Appointment, Body, Contact
from shared.paging import PageRequest, keyset

# The best that is known about an item counts.
BEST: tuple[State, ...] = ("fresh", "known", "ageing", "doubtful", "stale", "missing")
TO_ASK = frozenset(["doubtful", "stale", "missing"])


class Finding(NamedTuple):
    """One thing that is known about an item, how well, and since when."""

    state: State
    on: date | None = None
    text: str | None = None


MISSING = Finding("missing")


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """All that was known about certain bodies by a day."""

    day: date
    appointments: Mapping[UUID, Sequence[Appointment]]
    contacts: Mapping[UUID, Sequence[Contact]]
    # Which of the footprints have a Healthwatch.
    with_healthwatch: Collection[UUID]
    # The last days of those that close.
    closed_on: Mapping[UUID, date | None] = field(default_factory=dict)

    def best(self, item: Item, body_id: UUID) -> Finding:
        """The best that is known about an item of a body; of equals the latest."""
        findings = list(self.findings(item, body_id))
        if item.body and body_id in self.with_healthwatch:
            findings.append(Finding("known"))
        return max(findings, key=lambda each: (-BEST.index(each.state), each.on or date.min), default=MISSING)

    def findings(self, item: Item, body_id: UUID) -> Iterator[Finding]:
        """Yield the holders of roles and the contacts that an item asks for."""
        closed_on = self.closed_on.get(body_id)
        for held in self.appointments.get(body_id, ()):
            if leaders.is_named(held) and any(word in held.role.lower() for word in item.roles):
                # After the end of an appointment, who held the role is history.
                is_current = leaders.is_current(held, self.day, closed_on)
                state: State = leaders.freshness_of(held, self.day) if is_current else "stale"
                sure_on = max(held.known_on, held.confirmed_on or date.min)
                yield Finding(state, sure_on, f"{held.as_published or held.holder or ''}, {held.role}")
        for contact in self.contacts.get(body_id, ()):
            if item.asks_for(contact):
                state = freshness_of(contact, self.day, closed_on)
                if state != "stale" and is_in_doubt(contact, self.day):
                    state = "doubtful"
                yield Finding(state, sure_of(contact, self.day), f"{contact.channel}: {contact.value}")


async def find_facts(
    session: AsyncSession, ids: Collection[UUID], view: View, closed_on: Mapping[UUID, date | None]
) -> KnownFacts:
    """What is known about bodies by a day."""
    return KnownFacts(
        view.as_of,
        by_body(await appointments.appointments_of(session, ids, view)),
        by_body(await contacts.contacts_of(session, ids, view)),
        await queries.with_healthwatch(session, ids, view.as_of),
        closed_on,
    )


def item_states(facts: KnownFacts, body_id: UUID) -> list[ItemState]:
    """How well each item of a footprint is known."""
    return [
        ItemState(item=item.name, weight=item.weight, state=best.state, last_known_on=best.on)
        for item in ITEMS
        for best in [facts.best(item, body_id)]
    ]


def score(items: Sequence[ItemState]) -> float:
    """How much is known, from 0 to 1."""
    return round(sum(each.weight * COUNTS[each.state] for each in items) / WEIGHTS, 3)


async def completeness_detail(session: AsyncSession, ref: str, view: View) -> CompletenessDetail:
    """How much is known about a footprint, and what its predecessors had that it lacks."""
    body = await bodies.find_body(session, ref, view, "footprint")
    lineage = await lineage_of(session, body.id, view)
    names = {each.id: each.name for each in lineage if each.relation != "successor"}
    facts = await find_facts(session, {body.id, *names}, view, {body.id: body.valid_to})
    items = item_states(facts, body.id)
    return CompletenessDetail(
        footprint=body_named(body),
        as_of=view.as_of,
        score=score(items),
        items=items,
        ask_for=missing_items(facts, body.id, names, items),
    )


def missing_items(
    facts: KnownFacts, body_id: UUID, names: Mapping[UUID, str], items: Sequence[ItemState]
) -> list[MissingItem]:
    """What to ask for, the heaviest first, with what was known last about the body or a predecessor."""
    missing = []
    for item, state in zip(ITEMS, items, strict=True):
        if state.state in TO_ASK:
            earlier = [(each, name) for of, name in names.items() for each in facts.findings(item, of)]
            last, name = max(earlier, key=lambda pair: pair[0].on or date.min, default=(MISSING, ""))
            missing.append(
                MissingItem(
                    what=item.name,
                    why=item.why,
                    last_known=f"{last.text} ({name})" if last.text else None,
                    last_known_on=last.on,
                    suggest_at=f"/v1/footprints/{body_id}/suggestions",
                    suggest=item.suggestion(),
                )
            )
    return missing


async def completeness_page(session: AsyncSession, view: View, paging: PageRequest) -> CompletenessPage:
    """How much is known about all footprints that were open on a day, and about each of a page."""
    wanted = body_queries.open_bodies(view, "footprint")
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    every = (await session.scalars(wanted)).all()
    facts = await find_facts(session, every, view, {})
    states = {each: item_states(facts, each) for each in every}
    named = await body_queries.bodies_on(session, ids, view)
    on_page = [
        Completeness(footprint=body_named(named[each]), score=score(states[each]), items=states[each])
        for each in ids
    ]
    return CompletenessPage(
        **dict(paging.answer(on_page, cursor)),
        as_of=view.as_of,
        footprints=len(states),
        score=round(fmean(map(score, states.values())), 3) if states else 0.0,
        by_item=count_items(states.values()),
    )


def count_items(footprints: Collection[Sequence[ItemState]]) -> list[ItemCount]:
    """For how many footprints each item is known, and how well."""
    counts = []
    for place, item in enumerate(ITEMS):
        states = Counter(items[place].state for items in footprints)
        have = sum(count for state, count in states.items() if state not in TO_ASK)
        share = round(have / len(footprints), 3) if footprints else 0.0
        counts.append(
            ItemCount(item=item.name, weight=item.weight, have=have, share=share, states=dict(states))
        )
    return counts
