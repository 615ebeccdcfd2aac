"""The audit: what was refused and changed, for those whom it concerns."""

from typing import Annotated

from fastapi import Request, Response

from services.gateway.audit import queries
from services.gateway.audit.schemas import AuditOut
from services.gateway.models import Audit
from shared.auth import Caller, needs
from shared.db import Session
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router

router = Router(prefix="/v1/audit", tags=["audit"])


@router.get("")
async def read_audit(
    request: Request, response: Response, caller: Annotated[Caller, needs()], session: Session, paging: Paging
) -> Page[AuditOut]:
    """Read what concerns your organisation, newest first; with `clients:admin`, everything."""
    whose = None if "clients:admin" in caller.scopes else caller.organisation_id
    rows, cursor = await keyset(session, queries.of_organisation(whose), paging, Audit.id.desc())
    return page(request, response, [AuditOut.model_validate(row) for row in rows], cursor)
