"""Organisations: told as they were on a day, and registered."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.records import closings, holder_of, openings
from services.registry.bodies.schemas import BodyNamed, body_fields, body_named
from services.registry.bodies.writing import refuse_taken
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import contact_view
from services.registry.imports.organisations import KINDS
from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.views import BodyOnDay, Edition, View
from services.registry.models import Body, BodyCode, BodyName, Dated, LegalForm, Relation
from services.registry.organisations import queries
from services.registry.organisations.schemas import NewOrganisation, OrganisationDetail, OrganisationOut
from services.registry.stewards import may_write, must_be_operator
from shared.auth import Caller
from shared.clock import today
from shared.errors import NotFound, invalid
from shared.events.registry import FootprintRegistered
from shared.ids import new_id

# The beginnings of the keys by which imports know bodies of these kinds, before the code.
IMPORTED_AS = KINDS | {"local_authority": "council"}


async def organisation_views(session: AsyncSession, ids: Sequence[UUID], view: View) -> list[OrganisationOut]:
    """Return organisations as they were on a day, in this order, each with its footprint."""
    of = await body_queries.footprints_of(session, ids, view)
    rows = await body_queries.bodies_on(session, {*ids, *of.values()}, view)
    return [OrganisationOut(**body_fields(rows[each]), footprint=home(rows[each], of, rows)) for each in ids]


def home(row: BodyOnDay, of: dict[UUID, UUID], rows: dict[UUID, BodyOnDay]) -> BodyNamed | None:
    """Return the footprint of an organisation."""
    footprint = row if row.is_footprint else rows.get(of.get(row.id, row.id))
    return body_named(footprint) if footprint is not None and footprint.is_footprint else None


async def organisation(
    session: AsyncSession,
    ref: str,
    as_of: date | None = None,
    edition: Edition | None = None,
    known_at: datetime | None = None,
) -> OrganisationDetail:
    """An organisation with its contacts on a day, as the registry says it now or said it at an instant."""
    view = View(await bodies.day_asked_about(session, as_of, edition), known_at)
    return await organisation_view(
        session, await bodies.find_body(session, ref, view, "organisation", edition), view
    )


async def organisation_view(session: AsyncSession, body: BodyOnDay, view: View) -> OrganisationDetail:
    """An organisation with its contacts on a day."""
    of = await body_queries.footprints_of(session, [body.id], view)
    rows = await body_queries.bodies_on(session, of.values(), view) if of else {}
    known = await contacts.contacts_of(session, [body.id], view)
    return OrganisationDetail(
        **body_fields(body),
        footprint=home(body, of, rows),
        as_of=view.as_of,
        contacts=[contact_view(each, view.as_of) for each in known],
    )


async def identify_footprint(session: AsyncSession, ref: str | None, view: View, pointer: str) -> UUID | None:
    """Return the id of the footprint that a request names; Invalid when there is none."""
    if ref is None:
        return None
    try:
        found = await bodies.find_body(session, ref, view, "footprint")
    except NotFound as error:
        raise invalid(pointer, "No footprint has this id or code: look it up at /v1/footprints.") from error
    return found.id


async def register(session: AsyncSession, new: NewOrganisation, act: Act) -> OrganisationDetail:
    """Register a body; CodeTaken when another has its code on a day from its opening, or from today, on."""
    footprint = await identify_footprint(session, new.footprint, View(today()), "/footprint")
    await may_register(session, act.caller, footprint)
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
    said = facts_of(body.id, new, await since_when(session, codes, new.valid_from))
    if footprint:
        said.append(await membership(session, body, footprint))
    Ledger(session, act).say(*said)
    await session.flush()
    published = await bodies.publish_bodies(session, [body.id], act, FootprintRegistered)
    return await organisation_view(session, published[body.id], View(max(today(), new.valid_from or today())))


async def may_register(session: AsyncSession, steward: Caller, footprint: UUID | None) -> None:
    """Refuse with NotYourBody unless a steward may write the footprint; without one, be the operator's."""
    if footprint is None:
        await must_be_operator(session, steward)
    else:
        await may_write(session, steward, footprint)


async def key_of(session: AsyncSession, new: NewOrganisation) -> str | None:
    """Return the key by which an import would know the body, so that it finds it and makes no other."""
    code = new.ons if new.kind == "local_authority" else new.ods
    if new.demonstration or new.kind not in IMPORTED_AS or not code:
        return None
    key = f"{IMPORTED_AS[new.kind]}/{code}"
    return None if await queries.is_key(session, key) else key


async def since_when(
    session: AsyncSession, codes: Sequence[tuple[str, str]], opened: date | None
) -> list[tuple[str, str, date | None]]:
    """Return from when on a body has its codes: its opening; today if that is unknown and another had it."""
    held = {
        (scheme, code)
        for scheme, code in codes
        if opened is None and await holder_of(session, scheme, code, date.min, None)
    }
    return [(*each, today() if each in held else opened) for each in codes]


def facts_of(
    body_id: UUID, new: NewOrganisation, codes: Sequence[tuple[str, str, date | None]]
) -> list[Dated]:
    """Return the rows of all that is told of a new body itself."""
    since = new.valid_from
    found: list[Dated] = [BodyName(body_id=body_id, name=new.name, valid_from=since)]
    found += [BodyCode(body_id=body_id, scheme=each, code=code, valid_from=on) for each, code, on in codes]
    if new.legal_form:
        found.append(LegalForm(body_id=body_id, legal_form=new.legal_form, valid_from=since))
    return found


async def membership(session: AsyncSession, body: Body, footprint: UUID) -> Relation:
    """Return that a new body belongs to a footprint, as long as there are both; Invalid when never."""
    opened = (await openings(session, [footprint])).get(footprint)
    link = Relation(from_id=body.id, to_id=footprint, kind="member_of", source=body.source)
    link.valid_from = max((day for day in (body.opened_on, opened) if day), default=None)
    link.valid_to = (await closings(session, [footprint])).get(footprint)
    if link.valid_to and link.valid_to < (link.valid_from or date.min):
        raise invalid("/footprint", f"It closed on {link.valid_to}: name the one that followed it.")
    return link
