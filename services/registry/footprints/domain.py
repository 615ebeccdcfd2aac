"""A footprint as it was on a day, with its leaders and contacts."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import body_fields, href
from services.registry.contacts.domain import contact_view
from services.registry.footprints import queries
from services.registry.footprints.schemas import FootprintDetail
from services.registry.known.domain import gaps_of_sources, leaders_and_contacts
from services.registry.known.schemas import TryInstead
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lineage.domain import lineage_of
from services.registry.lineage.schemas import LineageEntry

WHY = {
    "nhs_region": "the region of NHS England",
    "icb": "the board that followed it",
    "stp": "the partnership that followed it",
}


async def footprint_view(session: AsyncSession, body: BodyOnDay, view: View) -> FootprintDetail:
    """A footprint on a day: who leads it, how to reach it, and what is not known."""
    lineage = await lineage_of(session, body.id, view)
    known = await leaders_and_contacts(session, body.id, lineage, view)
    if known.not_known:
        instead = await others_to_try(session, body, lineage, view)
        for each in known.not_known:
            each.try_instead = list(instead)
    passed = [each for entry in lineage if entry.id == body.id for each in entry.successors]
    return FootprintDetail(
        **body_fields(body),
        as_of=view.as_of,
        successors=[{"id": each.id, "share": each.share} for each in passed if body.is_closed_by(each.on)],
        leaders=[AppointmentOut.model_validate(each) for each in known.leaders],
        contacts=[contact_view(each, view.as_of) for each in known.contacts],
        not_known=[*known.not_known, *gaps_of_sources(body, view)],
    )


async def others_to_try(
    session: AsyncSession, body: BodyOnDay, lineage: Sequence[LineageEntry], view: View
) -> list[TryInstead]:
    """Whom to ask where a footprint's leaders or contacts are not known: who took over, and the region."""
    after = [each.id for each in lineage if each.relation == "successor"]
    return [
        TryInstead(id=each.id, name=each.name, why=WHY[each.kind], href=href(each.id, each.kind))
        for each in await queries.around(session, [body.id, *after], view)
        if each.id != body.id
    ]
