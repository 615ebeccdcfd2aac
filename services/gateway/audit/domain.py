"""What is put on record about changes; refusals go through the journal."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.models import Audit, Client
from shared.auth import Caller


def note(
    session: AsyncSession, action: str, *, by: Caller, client: Client, subject_id: UUID | None = None
) -> None:
    """Put a change of a client on record, in its transaction; `by` is empty for the operator."""
    session.add(
        Audit(
            action=action,
            organisation_id=client.organisation_id,
            client_id=by.client_id,
            subject_id=subject_id or client.id,
        )
    )
