"""What nobody has made sure of for too long: told once, until somebody does."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import queries
from services.registry.appointments.telling import homes_of, state
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import publish_changes
from shared.clock import now, today
from shared.events.registry import AppointmentStale, AppointmentState

BODIES_AT_ONCE = 50
WHY = f"Nobody has confirmed it for {queries.STALE_AFTER.days} days."


async def tell_of_stale(session: AsyncSession) -> int:
    """Tell which appointments of some open bodies became stale, and return how many bodies there were."""
    bodies = {each.id: each for each in await queries.locked_with_stale(session, today(), BODIES_AT_ONCE)}
    stale = await queries.stale_of(session, bodies, today())
    homes = await homes_of(session, bodies.values())
    told: list[tuple[AppointmentState, int]] = []
    for appointment in stale:
        body = bodies[appointment.body_id]
        body.version += 1
        appointment.stale_at = now()
        told.append((state(appointment, AppointmentStale, body, homes), body.version))
    await session.flush()
    await publish_changes(session, told, Act(WHY, "the clock of the registry"))
    return len(bodies)
