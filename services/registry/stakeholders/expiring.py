"""What the passing of time brings: consents that come to their end are told of, then addresses are erased."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act
from services.registry.stakeholders import queries
from services.registry.stakeholders.domain import tell
from shared.clock import now, today
from shared.events.registry import StakeholderConsentExpiring

TOLD_BEFORE, KEPT_AFTER = timedelta(days=30), timedelta(days=30)
REASON, SOURCE = "The consent to show its address ends within 30 days.", "The days that the group agreed to."


async def tell_of_expiring(session: AsyncSession) -> int:
    """Tell once that one group's consent comes to its end; return 0 when there is none to tell of."""
    stakeholder = await queries.next_to_expire(session, today() + TOLD_BEFORE)
    if stakeholder is None:
        return 0
    stakeholder.expiring_told_at = now()
    await tell(session, stakeholder, StakeholderConsentExpiring, Act(REASON, SOURCE))
    return 1


async def erase_expired(session: AsyncSession) -> int:
    """Erase one address whose consent ended more than 30 days ago; return 0 when there is none.

    It was not shown since the consent ended, so nothing public changes by it.
    """
    stakeholder = await queries.next_to_erase(session, today() - KEPT_AFTER)
    if stakeholder is None:
        return 0
    stakeholder.channel = stakeholder.address = None
    return 1
