"""Who manages a source, for the audit: ids, a pseudonym and a role, never a secret or what was mapped."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import Actor, Caller
from shared.change_request import AttributedRequest
from shared.db import wake_after_commit
from shared.events.feedback import SourceAction, SourceManaged
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values


def record_source_act(change: AttributedRequest, source_id: UUID, action: SourceAction) -> None:
    """Save for the audit who changed something about a source."""
    record_source_act_of(change.session, change.caller, change.actor, source_id, action)


def record_source_act_of(
    session: AsyncSession, caller: Caller, actor: Actor, source_id: UUID, action: SourceAction
) -> None:
    """Save for the audit who did something with a source."""
    managed = SourceManaged(
        act_id=new_id(),
        subject_id=source_id,
        action=action,
        organisation_id=caller.organisation_id,
        client_id=caller.client_id,
        actor=actor.pseudonym,
        role=actor.role,
    )
    session.add(Outbox(**outbox_values(managed, 1)))
    wake_after_commit(session)
