"""Stakeholders: register, correct and end them; show their address only while they agree."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_open_organisation, identify_footprint
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_named
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import publish_changes
from services.registry.ledger.views import View
from services.registry.lineage.flows import spread
from services.registry.lineage.queries import Link, links_around
from services.registry.stakeholders import queries, schemas
from services.registry.stakeholders.consent import erase_address, is_reachable, keep_address
from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import StakeholderAct, StakeholderOut
from services.registry.stewards import may_write
from shared.auth import Caller
from shared.change_request import ChangeRequest, EditRequest
from shared.clock import day_in_england, now, today
from shared.db import locked
from shared.errors import Conflict, NotFound
from shared.events.registry import (
    StakeholderChanged,
    StakeholderConsentExpiring,
    StakeholderRegistered,
    StakeholderState,
)
from shared.ids import new_id
from shared.versions import must_match

HOW = "Write to the address in `contact`, in the way that `approach` asks for."
HOW_WITHOUT = "The group does not show an address. The stewards of its footprint can ask it for you."
HOW_ENDED = "This group has ended. Ask the stewards of its footprint who has taken over its work."
PUBLISHED_BEFORE, KEPT_AFTER = timedelta(days=30), timedelta(days=30)


class StakeholderEnded(Conflict):
    """This group has ended and cannot be changed. If it is back, register it again."""


async def register_stakeholder(change: ChangeRequest, new: schemas.NewStakeholder) -> StakeholderOut:
    """Register a group: its own client may, and the stewards of all its footprints."""
    own = await find_open_organisation(change.session, new.organisation, View(today()))
    organisation_id = own.id if own else None
    footprints = await find_footprints(change.session, new.footprints)
    await must_keep(change.session, change.caller, organisation_id, footprints)
    stakeholder = Stakeholder(
        id=new_id(),
        organisation_id=organisation_id,
        footprints=footprints,
        source=new.source,
        ended_on=None,
        **new.model_dump(include=schemas.FACTS),
    )
    erase_address(stakeholder)
    if new.contact or new.consent:
        keep_address(stakeholder, new.contact, new.consent, "/consent")
    change.session.add(stakeholder)
    act = Act.of(new, change.caller, change.actor)
    return await publish(change.session, stakeholder, act, StakeholderRegistered)


async def correct(
    change: EditRequest, stakeholder_id: UUID, given: schemas.StakeholderCorrection
) -> StakeholderOut:
    """Correct the facts of a group. The caller must also be allowed to keep the corrected group."""
    stakeholder = await open_stakeholder(change, stakeholder_id)
    values = given.model_dump(include=schemas.FACTS, exclude_unset=True)
    if "organisation" in given.model_fields_set:
        own = await find_open_organisation(change.session, given.organisation, View(today()))
        values["organisation_id"] = own.id if own else None
    if "footprints" in given.model_fields_set:
        values["footprints"] = await find_footprints(change.session, given.footprints)
    for name, value in values.items():
        setattr(stakeholder, name, value)
    await must_keep(change.session, change.caller, stakeholder.organisation_id, stakeholder.footprints)
    return await publish(change.session, stakeholder, Act.of(given, change.caller, change.actor))


async def end(change: EditRequest, stakeholder_id: UUID, given: schemas.StakeholderEnding) -> StakeholderOut:
    """End a group, and erase its address."""
    stakeholder = await open_stakeholder(change, stakeholder_id)
    stakeholder.ended_on = given.ended_on or today()
    erase_address(stakeholder)
    return await publish(change.session, stakeholder, Act.of(given, change.caller, change.actor))


async def renew_consent(
    change: EditRequest, stakeholder_id: UUID, given: schemas.ConsentRenewed
) -> StakeholderOut:
    """Record that a group agreed again, or for the first time."""
    stakeholder = await open_stakeholder(change, stakeholder_id)
    keep_address(stakeholder, given.contact, given)
    return await publish(change.session, stakeholder, Act.of(given, change.caller, change.actor))


async def withdraw_consent(
    change: EditRequest, stakeholder_id: UUID, given: StakeholderAct
) -> StakeholderOut:
    """Erase the address of a group that no longer agrees; the stewards of any of its footprints may."""
    stakeholder = await open_stakeholder(change, stakeholder_id, any_footprint=True)
    erase_address(stakeholder)
    return await publish(change.session, stakeholder, Act.of(given, change.caller, change.actor))


async def publish_next_expiring(session: AsyncSession) -> int:
    """Publish once that one group's consent ends within 30 days; the number published, 0 or 1."""
    ends_soon = Stakeholder.consent_expires_on <= today() + PUBLISHED_BEFORE
    stakeholder = await queries.next_with_address(session, ends_soon, Stakeholder.expiring_told_at.is_(None))
    if stakeholder is None:
        return 0
    stakeholder.expiring_told_at = now()
    act = Act("The consent to show its address ends within 30 days.", "The days that the group agreed to.")
    await publish(session, stakeholder, act, StakeholderConsentExpiring)
    return 1


async def erase_next_expired(session: AsyncSession) -> int:
    """Erase one address whose consent ended more than 30 days ago; the number erased, 0 or 1.

    Nobody has seen the address since the consent ended, so this changes nothing public.
    """
    has_ended = Stakeholder.consent_expires_on < today() - KEPT_AFTER
    stakeholder = await queries.next_with_address(session, has_ended)
    if stakeholder is None:
        return 0
    stakeholder.channel = stakeholder.address = None
    return 1


async def open_stakeholder(
    change: EditRequest, stakeholder_id: UUID, *, any_footprint: bool = False
) -> Stakeholder:
    """A stakeholder, locked, if the caller may change it and has read its present version."""
    stakeholder = await locked(change.session, Stakeholder, stakeholder_id)
    whose = (stakeholder.organisation_id, stakeholder.footprints)
    await must_keep(change.session, change.caller, *whose, any_footprint=any_footprint)
    must_match(stakeholder, change.version)
    if stakeholder.ended_on:
        raise StakeholderEnded
    return stakeholder


async def must_keep(
    session: AsyncSession,
    steward: Caller,
    organisation_id: UUID | None,
    footprints: Collection[UUID],
    *,
    any_footprint: bool = False,
) -> None:
    """Refuse with NotYourBody unless it is the steward's own group, or works in footprints that it keeps.

    The steward must keep all footprints of the group; with `any_footprint`, one of them. The heirs of a
    footprint keep it.
    """
    own = steward.organisation_id
    if own is not None and own == organisation_id:
        return
    links = await links_around(session, footprints, View(today()))
    kept = {own if own and own in heirs_of(links, each, today()) else each for each in footprints}
    await may_write(session, steward, *([own] if any_footprint and own in kept else kept))


def heirs_of(links: Sequence[Link], footprint: UUID, day: date) -> set[UUID]:
    """A footprint itself while it has residents on a day; otherwise those that it passed them on to."""
    residents = spread(links, footprint, date.min, day)
    return {footprint} if footprint in residents else set(residents)


def family_of(links: Sequence[Link], footprint: UUID, day: date) -> set[UUID]:
    """A footprint, its heirs, and all footprints that passed residents on to these."""
    heirs = heirs_of(links, footprint, day)
    before = {each.before for each in links}
    return {footprint, *heirs, *(each for each in before if heirs_of(links, each, day) & heirs)}


async def find_family(session: AsyncSession, ref: str | None, day: date) -> set[UUID] | None:
    """The footprints whose groups a reference asks for; Invalid when there is no such footprint."""
    footprint = await identify_footprint(session, ref, View(day), "/query/footprint")
    if footprint is None:
        return None
    return family_of(await links_around(session, [footprint], View(today())), footprint, day)


async def find_footprints(session: AsyncSession, refs: Sequence[str]) -> list[UUID]:
    """The footprints that a request names; for a closed one the heir with most of its residents."""
    found: list[UUID] = []
    for number, ref in enumerate(refs):
        footprint = await identify_footprint(session, ref, View(today()), f"/footprints/{number}")
        if footprint:
            links = await links_around(session, [footprint], View(today()))
            residents = spread(links, footprint, date.min, today())
            found.append(max(sorted(residents), key=lambda each: (each == footprint, residents[each])))
    return list(dict.fromkeys(found))


async def publish(
    session: AsyncSession,
    stakeholder: Stakeholder,
    act: Act,
    event: type[StakeholderState] = StakeholderChanged,
) -> StakeholderOut:
    """Save a group with the words that find it, and publish its state, without its name or address."""
    stakeholder.version = (stakeholder.version or 0) + 1
    await session.flush()
    await queries.index_words(session, stakeholder.id)
    own = stakeholder.organisation_id
    about = {"stakeholder_id": stakeholder.id, "organisations": (own,) if own else ()}
    state = event.model_validate(vars(stakeholder) | about)
    await publish_changes(session, [(state, stakeholder.version)], act)
    [view] = await stakeholder_views(session, [stakeholder], today())
    return view


async def stakeholder_views(
    session: AsyncSession, stakeholders: Sequence[Stakeholder], day: date
) -> list[StakeholderOut]:
    """Groups without their addresses; their bodies have the names of a day."""
    ids = {body for each in stakeholders for body in (each.organisation_id, *each.footprints) if body}
    found = await bodies_on(session, ids, View(day))
    names = {body_id: body_named(body) for body_id, body in found.items()}
    return [
        StakeholderOut.model_validate(
            {
                **vars(each),
                "organisation": names.get(each.organisation_id) if each.organisation_id else None,
                "footprints": [names[footprint] for footprint in each.footprints if footprint in names],
                "contact_until": each.consent_expires_on if is_reachable(each) else None,
            }
        )
        for each in stakeholders
    ]


async def stakeholder_detail(
    session: AsyncSession, stakeholder_id: UUID, day: date
) -> schemas.StakeholderDetail:
    """A group, with its address while it agrees; NotFound when it was not registered by a day."""
    found = await session.get(Stakeholder, stakeholder_id)
    if found is None or day_in_england(found.registered_at) > day:
        raise NotFound
    [view] = await stakeholder_views(session, [found], day)
    contact = {"channel": found.channel, "address": found.address} if is_reachable(found) else None
    how = HOW if contact else HOW_ENDED if found.ended_on else HOW_WITHOUT
    return schemas.StakeholderDetail.model_validate({**dict(view), "contact": contact, "how_to_reach": how})
