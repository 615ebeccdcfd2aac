"""The audit over HTTP: what was refused and changed, for the organisations that it concerns."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.gateway.audit.domain import audit_of_organisation
from services.gateway.models import Audit
from shared.auth import Caller, needs
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import Answer, Moment

router = Router(prefix="/v1/audit", tags=["audit"])


class AuditOut(Answer):
    """Something that was refused or changed."""

    id: UUID
    recorded_at: Moment
    action: str = Field(
        description="`refused`, `client_made`, `key_made`, `key_revoked`, `original_read` (words were read "
        "without masks), or what was done to feedback: `feedback_read`, `feedback_labelled`, "
        "`feedback_published`, `feedback_withheld`, `feedback_marked_urgent`, `feedback_withdrawn`, "
        "`feedback_erased`. Of sources: `source_registered`, `source_changed`, `source_paused`, "
        "`source_made_live`, `source_secret_changed`, `source_mapping_added`, `source_payloads_replayed`, "
        "`source_closed`, `reply_codes_issued`, `reply_codes_shown`. "
        "Of endpoints: `endpoint_made`, `endpoint_changed`, "
        "`endpoint_address_changed`, `endpoint_enabled`, `endpoint_disabled`, `endpoint_deleted`, "
        "`endpoint_secret_changed`, `endpoint_tested`, `endpoint_deliveries_replayed`, "
        "`endpoint_delivery_resent`. By a command of the operator: `tellings_released`."
    )
    organisation_id: UUID | None = Field(
        description="Who did it, or whose client it concerns; empty when it was done with a reply code."
    )
    client_id: UUID | None = Field(
        description="The client that did it; empty when the operator did, or who has a reply code."
    )
    actor: str | None = Field(description="The person who did it, by a pseudonym.")
    actor_role: str | None = Field(description="Their role.")
    key_id: UUID | None = Field(description="The key that the client used.")
    subject_id: UUID | None = Field(
        description="What was changed or read: a client, a key, feedback, a source or an endpoint."
    )
    network: str | None = Field(description="The network that it came from: a /24, or a /48 of IPv6.")
    method: str | None
    route: str | None
    code: str | None = Field(description="Why it was refused.")
    times: int = Field(description="How often. Repeats within a minute are counted in one more row.")


@router.get("")
async def read_audit(caller: Annotated[Caller, needs()], session: Session, paging: Paging) -> Page[AuditOut]:
    """Read what your organisation did and what concerns it, newest first.

    With `clients:admin`, read everything.
    """
    organisation = None if "clients:admin" in caller.scopes else caller.organisation_id
    rows, cursor = await keyset(session, audit_of_organisation(organisation), paging, Audit.id.desc())
    return paging.answer([AuditOut.model_validate(row) for row in rows], cursor)
