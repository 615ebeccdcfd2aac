"""A footprint as it was on a day, with its leaders and contacts."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import body_fields
from services.registry.contacts.domain import contact_view
from services.registry.footprints import queries
from services.registry.footprints.known import LeadersAndContacts, leaders_and_contacts
from services.registry.footprints.schemas import FootprintDetail, FootprintOut, TryInstead
from services.registry.ledger.views import BodyOnDay, Edition, View
from services.registry.lineage.domain import lineage_of
from services.registry.lineage.schemas import LineageEntry


async def footprint(
    session: AsyncSession,
    ref: str,
    as_of: date | None = None,
    edition: Edition | None = None,
    known_at: datetime | None = None,
) -> FootprintDetail:
    """A footprint with its leaders and contacts on a day, as the registry says or said it."""
    view = View(await bodies.day_asked_about(session, as_of, edition), known_at)
    return await footprint_view(
        session, await bodies.find_body(session, ref, view, "footprint", edition), view
    )


async def footprint_view(session: AsyncSession, body: BodyOnDay, view: View) -> FootprintDetail:
    """A footprint with its leaders and contacts on a day."""
    lineage = await lineage_of(session, body.id, view)
    known = await leaders_and_contacts(session, body.id, lineage, view)
    if known.not_known:
        instead = await others_to_try(session, body, lineage, view)
        for each in known.not_known:
            each.try_instead = list(instead)
    return detail(body, lineage, known, view.as_of)


def detail(
    row: BodyOnDay, lineage: Sequence[LineageEntry], known: LeadersAndContacts, day: date
) -> FootprintDetail:
    """A footprint as it is answered."""
    passed = [each for entry in lineage if entry.id == row.id for each in entry.successors]
    return FootprintDetail(
        **body_fields(row),
        as_of=day,
        successors=[{"id": each.id, "share": each.share} for each in passed if row.is_closed_by(each.on)],
        leaders=[AppointmentOut.model_validate(each) for each in known.leaders],
        contacts=[contact_view(each, day) for each in known.contacts],
        not_known=known.not_known,
    )


async def others_to_try(
    session: AsyncSession, row: BodyOnDay, lineage: Sequence[LineageEntry], view: View
) -> list[TryInstead]:
    """Whom to ask where a footprint's leaders or contacts are not known: who took over, and the region."""
    after = [each.id for each in lineage if each.relation == "successor"]
    found = await queries.around(session, [row.id, *after], view)
    why = {
        "nhs_region": "the region of NHS England",
        "icb": "the board that followed it",
        "stp": "the partnership that followed it",
    }
    return [
        TryInstead(id=each.id, name=each.name, why=why[each.kind], href=href(each.id, each.kind))
        for each in found
        if each.id != row.id
    ]


def href(body_id: UUID, kind: str) -> str:
    """Return where a body is read."""
    return f"/v1/{'footprints' if kind in ('icb', 'stp') else 'organisations'}/{body_id}"


def summary(row: BodyOnDay) -> FootprintOut:
    """Return a footprint as lists tell it."""
    return FootprintOut(**body_fields(row))
