"""What is recorded about changes; refusals go through the log of refusals."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.models import Audit, Client
from shared.auth import Caller


def record_change(
    session: AsyncSession, action: str, *, by: Caller, client: Client, subject_id: UUID | None = None
) -> None:
    """Record a change of a client in its transaction; `by` is empty for the operator."""
    session.add(
        Audit(
            action=action,
            organisation_id=client.organisation_id,
            client_id=by.client_id,
            subject_id=subject_id or client.id,
        )
    )


def audit_of_organisation(organisation_id: UUID | None) -> Select[Audit]:
    """The statement for what concerns one organisation; for everything when None."""
    rows = select(Audit)
    return rows.where(Audit.organisation_id == organisation_id) if organisation_id else rows
