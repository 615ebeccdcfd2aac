"""The shapes of the audit."""

from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment


class AuditOut(Answer):
    """Something that was refused or changed."""

    id: UUID
    recorded_at: Moment
    action: str = Field(description="`refused`, `client_made`, `key_made` or `key_revoked`.")
    organisation_id: UUID | None = Field(description="Whom it concerns.")
    client_id: UUID | None = Field(description="Who did it; empty when it was done at the machine itself.")
    key_id: UUID | None = Field(description="With which key.")
    subject_id: UUID | None = Field(description="What was changed: a client or a key.")
    network: str | None = Field(description="The network it came from: a /24, or a /48 of IPv6.")
    method: str | None
    route: str | None
    code: str | None = Field(description="Why it was refused.")
    times: int = Field(description="How often: what is repeated within a minute is counted in one more row.")
