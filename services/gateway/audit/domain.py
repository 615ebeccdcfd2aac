"""What is recorded about changes and about people's words; refusals go through the log of refusals."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.models import Audit
from shared.auth import Actor, Caller
from shared.change_request import AttributedRequest
from shared.events import Envelope, catalogue
from shared.events.base import AuditedEvent

AUDITED = {name: event for name, event in catalogue().items() if issubclass(event, AuditedEvent)}


class Doer(NamedTuple):
    """Who does something: the client, which is empty for the operator, and the person."""

    caller: Caller
    actor: Actor

    @classmethod
    def of(cls, change: AttributedRequest) -> Self:
        """Who asks for a change."""
        return cls(change.caller, change.actor)


def record_change(
    session: AsyncSession, action: str, *, by: Doer, organisation_id: UUID | None, subject_id: UUID
) -> None:
    """Record in its transaction a change of what an organisation has: a client, a key or an endpoint."""
    session.add(
        Audit(
            action=action,
            organisation_id=organisation_id,
            client_id=by.caller.client_id,
            actor=by.actor.pseudonym,
            actor_role=by.actor.role,
            subject_id=subject_id,
        )
    )


def record_acts(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Record what people did, where events say so, for the bodies that it concerns."""
    for envelope in envelopes:
        if envelope.type in AUDITED:
            event = AUDITED[envelope.type].model_validate(envelope.data)
            session.add(audit_of_act(event, envelope.time))


def audit_of_act(event: AuditedEvent, at: datetime) -> Audit:
    """The row of the audit for what somebody did."""
    return Audit(
        recorded_at=at,
        action=event.action,
        organisation_id=event.organisation_id,
        concerned=list(event.organisations),
        client_id=event.client_id,
        actor=event.actor,
        actor_role=event.role,
        subject_id=event.subject_id,
    )


def audit_of_organisation(organisation_id: UUID | None) -> Select[Audit]:
    """The statement for what concerns one organisation; for everything when None."""
    rows = select(Audit)
    if organisation_id is None:
        return rows
    return rows.where(
        or_(Audit.organisation_id == organisation_id, Audit.concerned.contains([organisation_id]))
    )
