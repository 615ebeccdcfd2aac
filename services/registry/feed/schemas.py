"""Changes of public records as readers of the feed get them."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.registry.bodies.schemas import href
from shared.schemas import Answer, BodyRef, Code, Moment


class ChangesAsked(BaseModel):
    """What somebody asks of the feed."""

    since: str | None = Field(
        None, max_length=40, description="`since` of an earlier answer; or an instant, or a day (UTC)."
    )
    footprint: BodyRef | None = Field(None, description="Only what concerns this footprint.")
    record: BodyRef | None = Field(None, description="Only this body, or stakeholder by id.")
    types: list[Code] = Field(
        default_factory=list, alias="type", max_length=20, description="Only changes of these types."
    )
    limit: int = Field(50, ge=1, le=200, description="How many to return.")


class RecordNamed(Answer):
    """The record that changed."""

    id: UUID
    kind: str = Field(description="`icb`, `nhs_trust` and so on, or `stakeholder`.")
    href: str


class By(Answer):
    """Who made a change; all but the organisation is shown to the operator and to the bodies concerned."""

    organisation_id: UUID | None
    client_id: UUID | None = None
    team: str | None = None
    actor: str | None = None


class ChangeOut(Answer):
    """A change of a public record."""

    id: UUID = Field(description="The same as that of the event which webhooks deliver.")
    at: Moment
    type: str
    record: RecordNamed
    version: int = Field(description="The record's version after the change.")
    footprints: list[UUID] = Field(description="The footprints that it concerns.")
    reason: str
    source: str
    state: dict[str, Any] = Field(description="The public state after the change, as its event carries it.")
    by: By | None = Field(description="Null for an import or a timer.")


class Feed(BaseModel):
    """Changes, the oldest first."""

    items: list[ChangeOut]
    next: str | None = Field(description="The path of the following ones; null when these are the newest.")
    since: str = Field(description="What to ask with next time, also when there was nothing now.")


def record_of(row: Row[Any]) -> RecordNamed:
    """The record that changed, and where it is read."""
    path = href(row.record_id, row.kind) if row.kind else f"/v1/stakeholders/{row.record_id}"
    return RecordNamed(id=row.record_id, kind=row.kind or "stakeholder", href=path)
