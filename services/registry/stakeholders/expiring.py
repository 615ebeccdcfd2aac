"""What the worker does as consents end: publish that one soon will, later erase the address."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act
from services.registry.stakeholders import queries
from services.registry.stakeholders.domain import publish_state
from services.registry.stakeholders.models import Stakeholder
from shared.clock import now, today
from shared.events.registry import StakeholderConsentExpiring

PUBLISHED_BEFORE, KEPT_AFTER = timedelta(days=30), timedelta(days=30)
REASON = "The consent to show its address ends within 30 days."
SOURCE = "The days that the group agreed to."


async def publish_next_expiring(session: AsyncSession) -> int:
    """Publish once that one group's consent ends within 30 days; the number published, 0 or 1."""
    ends_soon = Stakeholder.consent_expires_on <= today() + PUBLISHED_BEFORE
    stakeholder = await queries.next_with_address(session, ends_soon, Stakeholder.expiring_told_at.is_(None))
    if stakeholder is None:
        return 0
    stakeholder.expiring_told_at = now()
    await publish_state(session, stakeholder, StakeholderConsentExpiring, Act(REASON, SOURCE))
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
