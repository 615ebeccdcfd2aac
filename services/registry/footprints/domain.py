"""A footprint as it was on a day, with its doors."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies import domain as bodies
from services.registry.bodies.queries import as_said_at
from services.registry.bodies.schemas import named
from services.registry.bodies.writing import Told
from services.registry.contacts.domain import told
from services.registry.doors.domain import Doors, doors_of
from services.registry.doors.schemas import TryInstead
from services.registry.footprints import queries
from services.registry.footprints.schemas import FootprintDetail, FootprintOut
from services.registry.lineage.domain import Entry, lineage_of
from services.registry.models import Body


async def footprint(
    session: AsyncSession,
    ref: str,
    as_of: date | None = None,
    scheme: str | None = None,
    known_at: datetime | None = None,
) -> FootprintDetail:
    """Return a footprint with its doors on a day, as the registry said it at an instant."""
    with as_said_at(known_at):
        day = await bodies.day_meant(session, as_of, scheme)
        row = await bodies.find(session, ref, day, Body.is_footprint, scheme)
        lineage = await lineage_of(session, row.id, day)
        instead = await others_to_try(session, row, lineage, day)
        return detail(row, lineage, await doors_of(session, row.id, lineage, day, instead), day)


async def after(session: AsyncSession, told: Told) -> FootprintDetail:
    """Return a footprint as it is after a change."""
    return await footprint(session, told.ref, told.day)


def detail(row: Any, lineage: Sequence[Entry], doors: Doors, day: date) -> FootprintDetail:
    """Return a footprint as it is told."""
    links = [link for entry in lineage if entry.edition.id == row.id for link in entry.links]
    return FootprintDetail(
        **named(row),
        as_of=day,
        successors=[{"id": link.after, "share": link.share} for link in links if is_closed_by(row, link.on)],
        leaders=[AppointmentOut.model_validate(each) for each in doors.leaders],
        contacts=[told(each, day) for each in doors.contacts],
        not_known=doors.not_known,
    )


def is_closed_by(row: Any, day: date) -> bool:
    """Tell whether a body had closed by a day."""
    return row.valid_to is not None and row.valid_to < day


async def others_to_try(
    session: AsyncSession, row: Any, lineage: Sequence[Entry], day: date
) -> list[TryInstead]:
    """Return whom to ask where a footprint's doors are not known: who took over, and the region."""
    after = [each.edition.id for each in lineage if each.relation == "successor"]
    found = await queries.around(session, [row.id, *after], day)
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


def href(body_id: Any, kind: str) -> str:
    """Return where a body is read."""
    return f"/v1/{'footprints' if kind in ('icb', 'stp') else 'organisations'}/{body_id}"


def summary(row: Any) -> FootprintOut:
    """Return a footprint as lists tell it."""
    return FootprintOut(**named(row))
