"""Which events the gateway listens to: all of them, to tell those outside who may and want to know."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.webhooks import domain
from shared.events import Envelope


async def tell_endpoints(session: AsyncSession, _: None, envelope: Envelope) -> None:
    """Queue an event for each endpoint that may and wants to see it."""
    await domain.tell(session, envelope)
