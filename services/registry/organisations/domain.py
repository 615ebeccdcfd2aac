"""Organisations: as they were on a day, and registering one."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.records import holder_of
from services.registry.bodies.schemas import body_fields, body_named, href
from services.registry.bodies.writing import refuse_taken
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import contact_view, freshness_of, is_in_doubt
from services.registry.imports.organisations import KINDS
from services.registry.known.domain import gaps_of_sources, no_contact
from services.registry.known.schemas import NotKnown, TryInstead
from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lineage.organisations import find_lineage
from services.registry.lineage.schemas import OrganisationLineage, OrganisationStep
from services.registry.models import Body, BodyCode, BodyName, Contact, Dated, LegalForm, Relation
from services.registry.organisations.schemas import NewOrganisation, OrganisationDetail, OrganisationOut
from services.registry.stewards import may_write, must_be_operator
from shared.clock import today
from shared.errors import invalid
from shared.events.registry import FootprintRegistered
from shared.ids import new_id

WHY = "the footprint that it belongs to"
NO_HOME = "No source says to which footprint it belonged on this day. Look up its place."
# The kinds of bodies that belong to a footprint, and what to do where nobody knows to which.
BELONGING = dict.fromkeys(("nhs_trust", "gp_practice", "ccg", "sub_icb_location"), NO_HOME) | {
    "local_authority": "It may lie in several footprints. Look it up by its code for their shares."
}
# The beginnings of the keys by which imports know bodies of these kinds, before the code.
IMPORTED_AS = KINDS | {"local_authority": "council"}


async def organisation_views(session: AsyncSession, ids: Sequence[UUID], view: View) -> list[OrganisationOut]:
    """Organisations as they were on a day, in this order, each with its footprint."""
    found, homes = await body_queries.bodies_with_homes(session, ids, view)
    named = {each: body_named(home) for each, home in homes.items()}
    return [OrganisationOut(**body_fields(found[each]), footprint=named.get(each)) for each in ids]


async def organisation_view(session: AsyncSession, body: BodyOnDay, view: View) -> OrganisationDetail:
    """An organisation with its contacts on a day, what it came from and what it has become."""
    [summary] = await organisation_views(session, [body.id], view)
    known = await contacts.contacts_of(session, [body.id], view)
    lineage = await find_lineage(session, body, view, summary.footprint)
    return OrganisationDetail(
        **dict(summary),
        as_of=view.as_of,
        source=body.source,
        contacts=[contact_view(each, view.as_of, body.valid_to) for each in known],
        today=lineage.today,
        predecessors=[step_view(each) for each in lineage.predecessors],
        successors=[step_view(each) for each in lineage.successors],
        not_known=[
            *gaps_of_contacts(summary, known, view),
            *gaps_of_place(summary, lineage, view),
            *gaps_of_sources(body, view),
        ],
    )


def gaps_of_place(body: OrganisationOut, lineage: OrganisationLineage, view: View) -> list[NotKnown]:
    """That no source says where an open body belonged on a day, or what became of one that closed."""
    found: list[tuple[Literal["footprint", "successor"], str]] = []
    has_closed = body.valid_to is not None and body.valid_to < view.as_of
    if body.footprint is None and body.kind in BELONGING and not has_closed:
        found.append(("footprint", BELONGING[body.kind]))
    if lineage.detail:
        found.append(("successor", lineage.detail))
    return [
        NotKnown(what=what, why=why, last_known=None, last_known_on=None, try_instead=[])
        for what, why in found
    ]


def gaps_of_contacts(body: OrganisationOut, known: Sequence[Contact], view: View) -> list[NotKnown]:
    """That no contact is current, with the last one known, and the footprint to try instead."""
    current = [each for each in known if freshness_of(each, view.as_of, body.valid_to) != "stale"]
    if not all(is_in_doubt(each, view.as_of) for each in current):
        return []
    home = body.footprint if body.footprint and body.footprint.id != body.id else None
    instead = [TryInstead(id=home.id, name=home.name, why=WHY, href=href(home.id, home.kind))] if home else []
    return [no_contact(known, {body.id: body.name}, instead)]


def step_view(step: OrganisationStep) -> OrganisationStep:
    """A step without those before and after it."""
    return OrganisationStep(**{name: getattr(step, name) for name in OrganisationStep.model_fields})


async def register(session: AsyncSession, new: NewOrganisation, act: Act) -> OrganisationDetail:
    """Register a body; CodeTaken when another has its code on a day from its opening, or from today, on."""
    home = await bodies.identify_footprint(session, new.footprint, View(today()), "/footprint")
    if home is None:
        must_be_operator(act.caller)
    else:
        await may_write(session, act.caller, home)
    codes = [(scheme, code) for scheme, code in (("ods", new.ods), ("ons", new.ons)) if code]
    await refuse_taken(session, codes, new.valid_from, None)
    body = Body(
        id=new_id(),
        kind=new.kind,
        is_footprint=False,
        is_organisation=True,
        opened_on=new.valid_from,
        demonstration=new.demonstration,
        source=new.source,
    )
    body.key = await key_of(session, new) or f"hand/{body.id}"
    session.add(body)
    await session.flush()
    facts: list[Dated] = [BodyName(body_id=body.id, name=new.name, valid_from=new.valid_from)]
    for scheme, code in codes:
        since = await since_when(session, scheme, code, new.valid_from)
        facts.append(BodyCode(body_id=body.id, scheme=scheme, code=code, valid_from=since))
    if new.legal_form:
        facts.append(LegalForm(body_id=body.id, legal_form=new.legal_form, valid_from=new.valid_from))
    if home:
        facts.append(membership(body, await session.get_one(Body, home)))
    Ledger(session, act).say(*facts)
    await session.flush()
    published = await bodies.publish_bodies(session, [body.id], act, FootprintRegistered)
    return await organisation_view(session, published[body.id], View(max(today(), new.valid_from or today())))


async def key_of(session: AsyncSession, new: NewOrganisation) -> str | None:
    """The key by which an import would know the body, so that it finds it and makes no other."""
    code = new.ons if new.kind == "local_authority" else new.ods
    if new.demonstration or new.kind not in IMPORTED_AS or not code:
        return None
    key = f"{IMPORTED_AS[new.kind]}/{code}"
    is_known = await session.scalar(select(Body.id).where(Body.key == key)) is not None
    return None if is_known else key


async def since_when(session: AsyncSession, scheme: str, code: str, opened: date | None) -> date | None:
    """From when on a new body has a code: its opening; today if that is unknown and another had the code."""
    if opened is None and await holder_of(session, scheme, code, date.min, None):
        return today()
    return opened


def membership(body: Body, footprint: Body) -> Relation:
    """That a new body belongs to a footprint, as long as there are both; Invalid when never."""
    opened = max((day for day in (body.opened_on, footprint.opened_on) if day), default=None)
    closed = footprint.closed_on
    if closed and closed < (opened or date.min):
        raise invalid("/footprint", f"It closed on {closed}: name the one that followed it.")
    link = Relation(from_id=body.id, to_id=footprint.id, kind="member_of", source=body.source)
    link.valid_from, link.valid_to = opened, closed
    return link
