"""Organisations: told as they were on a day, and registered."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.schemas import BodyNamed, named
from services.registry.changes.domain import Act
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import told as contact_told
from services.registry.models import Body, BodyCode, BodyName, LegalForm, Relation
from services.registry.organisations import queries
from services.registry.organisations.schemas import NewOrganisation, OrganisationDetail, OrganisationOut
from shared.auth import Caller
from shared.clock import today
from shared.errors import NotFound, invalid
from shared.ids import new_id

BY_HAND = "registered by a steward"


async def told(session: AsyncSession, ids: Sequence[UUID], day: date) -> list[OrganisationOut]:
    """Return organisations as they were on a day, in this order, each with its footprint."""
    of = await body_queries.footprints_of(session, ids, day)
    rows = await body_queries.bodies(session, {*ids, *of.values()}, day)
    return [OrganisationOut(**named(rows[each]), footprint=home(rows[each], of, rows)) for each in ids]


def home(row: Any, of: dict[UUID, UUID], rows: dict[UUID, Any]) -> BodyNamed | None:
    """Return the footprint of an organisation."""
    footprint = row if row.is_footprint else rows.get(of.get(row.id, row.id))
    return BodyNamed(**named(footprint)) if footprint is not None and footprint.is_footprint else None


async def organisation(session: AsyncSession, ref: str, day: date) -> OrganisationDetail:
    """Return an organisation with its doors on a day."""
    row = await bodies.find(session, ref, day, Body.is_organisation)
    (found,) = await told(session, [row.id], day)
    doors = await contacts.known(session, [row.id], day)
    return OrganisationDetail(
        **found.model_dump(),
        as_of=day,
        source=row.source,
        contacts=[contact_told(each, day) for each in doors],
    )


async def footprint_named(session: AsyncSession, ref: str | None, day: date, pointer: str) -> UUID | None:
    """Return the id of the footprint that a request names; Invalid when there is none."""
    if ref is None:
        return None
    try:
        found: UUID = (await bodies.find(session, ref, day, Body.is_footprint)).id
    except NotFound as error:
        raise invalid(pointer, "No footprint has this id or code: look it up at /v1/footprints.") from error
    return found


async def register(session: AsyncSession, new: NewOrganisation, caller: Caller) -> OrganisationDetail:
    """Register a body that no import knows; CodeTaken when another open one has its code."""
    codes = [(scheme, code) for scheme, code in (("ods", new.ods), ("ons", new.ons)) if code]
    await refuse_taken(session, codes)
    footprint = await footprint_named(session, new.footprint, today(), "/footprint")
    body_id = new_id()
    session.add(
        Body(
            id=body_id, key=f"hand/{body_id}", kind=new.kind, is_footprint=False, is_organisation=True,
            opened_on=new.valid_from, demonstration=new.demonstration, source=BY_HAND,
        )
    )  # fmt: skip
    await session.flush()
    session.add_all(facts_of(body_id, new, codes, footprint))
    await session.flush()
    await bodies.tell(session, [body_id], Act("It was registered.", BY_HAND, caller), registered=True)
    return await organisation(session, str(body_id), max(today(), new.valid_from or today()))


async def refuse_taken(session: AsyncSession, codes: Sequence[tuple[str, str]]) -> None:
    """Refuse codes that an open body has; two that register the same one do so one after the other."""
    for scheme, code in sorted(codes):
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:code))").bindparams(code=f"code {scheme}:{code}")
        await session.execute(lock)
    if await queries.holder_of(session, codes):
        raise CodeTaken


def facts_of(
    body_id: UUID, new: NewOrganisation, codes: Sequence[tuple[str, str]], footprint: UUID | None
) -> list[Any]:
    """Return the rows of all that is told of a new body."""
    since = new.valid_from
    found: list[Any] = [BodyName(body_id=body_id, name=new.name, valid_from=since)]
    found += [BodyCode(body_id=body_id, scheme=scheme, code=code, valid_from=since) for scheme, code in codes]
    if new.legal_form:
        found.append(LegalForm(body_id=body_id, legal_form=new.legal_form, valid_from=since))
    if footprint:
        found.append(
            Relation(from_id=body_id, to_id=footprint, kind="member_of", valid_from=since, source=BY_HAND)
        )
    return found
