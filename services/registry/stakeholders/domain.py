"""Stakeholders: registered, corrected, found; their address is shown as long as they agree to it."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_named
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import publish_change
from services.registry.ledger.views import View
from services.registry.lineage.flows import spread
from services.registry.lineage.queries import Link, links_around
from services.registry.organisations.domain import identify_footprint
from services.registry.stakeholders import consent, queries
from services.registry.stakeholders.errors import StakeholderEnded
from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import (
    ConsentRenewed,
    NewStakeholder,
    StakeholderCorrection,
    StakeholderDetail,
    StakeholderEnding,
    StakeholderOut,
)
from services.registry.stewards import may_write
from shared.auth import Caller
from shared.clock import ENGLAND, today
from shared.db import locked
from shared.errors import NotFound, invalid
from shared.events.registry import StakeholderChanged, StakeholderRegistered, StakeholderState
from shared.ids import new_id
from shared.versions import must_match

HOW = "Write to the address in `contact`, in the way that `approach` asks for."
HOW_ELSE = "No address is shown: ask the stewards of its footprint, who can ask the group."
HOW_ENDED = "It has ended: ask the stewards of its footprint who has taken over its work."
FACTS = (
    "name", "reaches", "interests", "languages", "approach", "support_needed", "capacity", "no_capacity",
    "paid",
)  # fmt: skip


async def register(session: AsyncSession, new: NewStakeholder, act: Act) -> Stakeholder:
    """Register a group: its own client may, and whoever keeps all the footprints that it works in."""
    organisation_id = await organisation_named(session, new.organisation)
    footprints = await footprints_named(session, new.footprints)
    await may_keep(session, act.caller, organisation_id, footprints)
    stakeholder = Stakeholder(
        id=new_id(), organisation_id=organisation_id, footprints=footprints, source=new.source,
        ended_on=None, **new.model_dump(include=set(FACTS)),
    )  # fmt: skip
    consent.forget(stakeholder)
    consent.take_first(stakeholder, new.contact, new.consent)
    session.add(stakeholder)
    await tell(session, stakeholder, StakeholderRegistered, act)
    return stakeholder


async def correct(
    session: AsyncSession, stakeholder: Stakeholder, given: StakeholderCorrection, act: Act
) -> None:
    """Tell something else of a group; whoever does so has to keep what it is afterwards as well."""
    values = given.model_dump(include=set(FACTS), exclude_unset=True)
    if "organisation" in given.model_fields_set:
        values["organisation_id"] = await organisation_named(session, given.organisation)
    if "footprints" in given.model_fields_set:
        values["footprints"] = await footprints_named(session, given.footprints)
    for name, value in values.items():
        setattr(stakeholder, name, value)
    await may_keep(session, act.caller, stakeholder.organisation_id, stakeholder.footprints)
    await tell(session, stakeholder, StakeholderChanged, act)


async def end(session: AsyncSession, stakeholder: Stakeholder, given: StakeholderEnding, act: Act) -> None:
    """Let a group end; its address is needed no more."""
    ended_on = given.ended_on or today()
    if ended_on > today():
        raise invalid("/ended_on", "It has not ended yet: name today, or a day before.")
    stakeholder.ended_on = ended_on
    consent.forget(stakeholder)
    await tell(session, stakeholder, StakeholderChanged, act)


async def renew(session: AsyncSession, stakeholder: Stakeholder, given: ConsentRenewed, act: Act) -> None:
    """Keep that a group agreed again, or for the first time; that it ends can be told again."""
    consent.take_again(stakeholder, given.contact, given)
    await tell(session, stakeholder, StakeholderChanged, act)


async def withdraw(session: AsyncSession, stakeholder: Stakeholder, act: Act) -> None:
    """Erase the address of a group that agrees no more, at once."""
    consent.forget(stakeholder)
    await tell(session, stakeholder, StakeholderChanged, act)


async def to_change(
    session: AsyncSession, stakeholder_id: UUID, steward: Caller, version: int, *, some: bool = False
) -> Stakeholder:
    """Return a stakeholder, locked, for somebody who may change it and has read it as it is."""
    stakeholder = await locked(session, Stakeholder, stakeholder_id)
    await may_keep(session, steward, stakeholder.organisation_id, stakeholder.footprints, some=some)
    must_match(stakeholder, version)
    if stakeholder.ended_on:
        raise StakeholderEnded
    return stakeholder


async def may_keep(
    session: AsyncSession,
    steward: Caller,
    organisation_id: UUID | None,
    footprints: Collection[UUID],
    *,
    some: bool = False,
) -> None:
    """Refuse with NotYourBody unless it is the steward's own group, or in footprints that it keeps.

    All footprints of the group have to be the steward's; with `some`, one is enough. A footprint that was
    succeeded is its heirs'.
    """
    own = steward.organisation_id
    if own is not None and own == organisation_id:
        return
    links = await links_around(session, footprints, View(today()))
    held = {own if own and own in heirs(links, each, today()) else each for each in footprints}
    await may_write(session, steward, *([own] if some and own in held else held))


def heirs(links: Sequence[Link], footprint: UUID, day: date) -> set[UUID]:
    """Return a footprint if it has residents of its own on a day, else those that it passed on to."""
    held = spread(links, footprint, date.min, day)
    return {footprint} if footprint in held else set(held)


def kin(links: Sequence[Link], footprint: UUID, day: date) -> set[UUID]:
    """Return a footprint, its heirs, and all that these followed: groups of a predecessor are theirs now."""
    now = heirs(links, footprint, day)
    before = {each.before for each in links}
    return {footprint, *now, *(each for each in before if heirs(links, each, day) & now)}


async def footprint_and_kin(session: AsyncSession, ref: str | None, day: date) -> set[UUID] | None:
    """Return the footprints whose groups are meant by a reference; Invalid when there is none."""
    footprint = await identify_footprint(session, ref, View(day), "/query/footprint")
    return kin(await links_around(session, [footprint], View(today())), footprint, day) if footprint else None


async def footprints_named(session: AsyncSession, refs: Sequence[str]) -> list[UUID]:
    """Return the footprints that a request names, for a closed one the heir with most of its residents."""
    found: list[UUID] = []
    for number, ref in enumerate(refs):
        footprint = await identify_footprint(session, ref, View(today()), f"/footprints/{number}")
        links = await links_around(session, [footprint], View(today())) if footprint else []
        held = spread(links, footprint, date.min, today()) if footprint else {}
        found.append(max(sorted(held), key=lambda each: (each == footprint, held[each])))
    return list(dict.fromkeys(found))


async def organisation_named(session: AsyncSession, ref: str | None) -> UUID | None:
    """Return the body that a group is; Invalid when there is none, or none any more."""
    if ref is None:
        return None
    try:
        row = await bodies.find_body(session, ref, View(today()), "organisation")
    except NotFound as error:
        detail = "No organisation has this id or code: register it first, or leave it out."
        raise invalid("/organisation", detail) from error
    if row.valid_to and row.valid_to < today():
        detail = f"It closed on {row.valid_to}: name the one that followed it, or leave it out."
        raise invalid("/organisation", detail)
    return row.id


async def tell(
    session: AsyncSession, stakeholder: Stakeholder, event: type[StakeholderState], act: Act
) -> None:
    """Save a stakeholder with its words, and that it changed; an event names nobody and no address."""
    await session.flush()
    if event in (StakeholderRegistered, StakeholderChanged):
        await queries.index_words(session, stakeholder.id)
    own = stakeholder.organisation_id
    told = event(
        footprints=tuple(stakeholder.footprints), organisations=(own,) if own else (),
        stakeholder_id=stakeholder.id, organisation_id=own, reaches=tuple(stakeholder.reaches),
        languages=tuple(stakeholder.languages), consent_expires_on=stakeholder.consent_expires_on,
        ended_on=stakeholder.ended_on,
    )  # fmt: skip
    await publish_change(session, stakeholder, told, act)


def is_reachable(stakeholder: Stakeholder) -> bool:
    """Tell whether a group agrees to have its address shown today, whatever day is asked about."""
    ends, given = stakeholder.consent_expires_on, stakeholder.consent_given_on
    agreed = ends is not None and given is not None and given <= today() <= ends
    return agreed and stakeholder.address is not None and stakeholder.ended_on is None


async def told(session: AsyncSession, found: Sequence[Stakeholder], day: date) -> list[StakeholderOut]:
    """Return groups as they are told, without their addresses; bodies are named as they were on a day."""
    ids = {each for one in found for each in (one.organisation_id, *one.footprints) if each}
    rows = await body_queries.bodies_on(session, ids, View(day))
    return [StakeholderOut.model_validate(fields(each, rows)) for each in found]


async def one(session: AsyncSession, stakeholder_id: UUID, day: date) -> StakeholderDetail:
    """Return a group, with its address while it agrees to that; NotFound when there was none by a day."""
    found = await session.get(Stakeholder, stakeholder_id)
    if found is None or found.registered_at.astimezone(ENGLAND).date() > day:
        raise NotFound
    [shown] = await told(session, [found], day)
    reachable = is_reachable(found)
    contact = {"channel": found.channel, "address": found.address} if reachable else None
    how = HOW if reachable else HOW_ENDED if found.ended_on else HOW_ELSE
    return StakeholderDetail.model_validate({**shown.model_dump(), "contact": contact, "how_to_reach": how})


def fields(stakeholder: Stakeholder, rows: dict[UUID, Any]) -> dict[str, Any]:
    """Return what is told of a group."""
    own = rows.get(stakeholder.organisation_id) if stakeholder.organisation_id else None
    return {
        **vars(stakeholder),
        "organisation": body_named(own) if own else None,
        "footprints": [body_named(rows[each]) for each in stakeholder.footprints if each in rows],
        "contact_until": stakeholder.consent_expires_on if is_reachable(stakeholder) else None,
    }
