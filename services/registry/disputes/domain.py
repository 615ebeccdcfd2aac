"""Disputes as stewards see them, and settling them: ours stands, until the file says something else."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_named, href
from services.registry.disputes.models import Dispute
from services.registry.disputes.schemas import DisputeOut, Settlement
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.stewards import is_writable_by
from shared.auth import Caller
from shared.change_request import EditRequest
from shared.clock import now, today
from shared.db import locked
from shared.errors import Conflict, NotFound
from shared.versions import must_match

# Where facts are corrected, below the path of the body; all others by `corrections`.
CORRECTED_AT = {
    **dict.fromkeys(("board", "member_of", "succeeded_by", "encloses", "operated_by"), "relations"),
    **dict.fromkeys(("email", "phone", "post", "web", "form"), "contacts"),
    "appointment": "appointments",
}


class AlreadySettled(Conflict):
    """A steward has said that ours stands. To take that back, reopen the dispute."""


class NotSettled(Conflict):
    """Nobody has settled this dispute, so there is nothing to take back. Read it again."""


def select_disputes(
    steward: Caller, *, is_settled: bool | None = None, body_id: UUID | None = None
) -> Select[Dispute]:
    """Select the disputes about the bodies that a steward may change."""
    found = select(Dispute).where(Dispute.body_id.in_(select(Body.id).where(is_writable_by(steward))))
    if is_settled is not None:
        found = found.where(Dispute.settled_at.is_not(None) if is_settled else Dispute.settled_at.is_(None))
    return found.where(Dispute.body_id == body_id) if body_id else found


async def find_for_steward(session: AsyncSession, dispute_id: UUID, steward: Caller) -> Dispute:
    """A dispute; NotFound when there is none about a body that the steward may change."""
    found: Dispute | None = await session.scalar(select_disputes(steward).where(Dispute.id == dispute_id))
    if found is None:
        raise NotFound("You can see no dispute with this id. Find it at /v1/disputes.")
    return found


async def dispute_views(session: AsyncSession, disputes: Sequence[Dispute]) -> list[DisputeOut]:
    """Disputes with their bodies as they are today, in the same order."""
    bodies = await bodies_on(session, {each.body_id for each in disputes}, View(today()))
    return [
        DisputeOut.model_validate(
            vars(each)
            | {
                "body": body_named(body := bodies[each.body_id]),
                "correct_at": f"{href(body.id, body.kind)}/{CORRECTED_AT.get(each.fact, 'corrections')}",
            }
        )
        for each in disputes
    ]


async def settle_dispute(change: EditRequest, dispute_id: UUID, given: Settlement) -> DisputeOut:
    """Say that ours stands; AlreadySettled when somebody has said so."""
    dispute = await find_locked(change, dispute_id)
    if dispute.settled_at is not None:
        raise AlreadySettled
    dispute.settled_at, dispute.settled_by = now(), change.caller.client_id
    dispute.reason = given.reason
    return await save_dispute(change, dispute)


async def reopen_dispute(change: EditRequest, dispute_id: UUID) -> DisputeOut:
    """Take back that ours stands; NotSettled when nobody has said so."""
    dispute = await find_locked(change, dispute_id)
    if dispute.settled_at is None:
        raise NotSettled
    dispute.settled_at = dispute.settled_by = dispute.reason = None
    return await save_dispute(change, dispute)


async def find_locked(change: EditRequest, dispute_id: UUID) -> Dispute:
    """A dispute, locked, in the version that the steward has read."""
    await find_for_steward(change.session, dispute_id, change.caller)
    dispute = await locked(change.session, Dispute, dispute_id)
    must_match(dispute, change.version)
    return dispute


async def save_dispute(change: EditRequest, dispute: Dispute) -> DisputeOut:
    """Save a dispute under a new version, and give its view."""
    dispute.version += 1
    await change.session.flush()
    [view] = await dispute_views(change.session, [dispute])
    return view
