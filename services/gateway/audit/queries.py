"""The questions to the audit."""

from uuid import UUID

from sqlalchemy import Select, select

from services.gateway.models import Audit


def of_organisation(organisation_id: UUID | None) -> Select[Audit]:
    """Return the statement for what concerns one organisation; for everything without one."""
    rows = select(Audit)
    return rows.where(Audit.organisation_id == organisation_id) if organisation_id else rows
