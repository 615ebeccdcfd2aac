"""The tables of outbound webhooks: endpoints, their deliveries (which are the queue), and each attempt."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.gateway.models import Base
from services.gateway.webhooks.schemas import DeliveryState, DisabledReason
from shared.clock import now
from shared.columns import coded, machine
from shared.db import Versioned
from shared.ids import new_id

INSTANT = DateTime(timezone=True)


class Endpoint(Versioned, Base):
    """Where a partner receives events; without an address they are only pulled."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (CheckConstraint("payload IN ('thin', 'full')", name="payload_is_known"),)

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    client_id: Mapped[UUID]
    url: Mapped[str | None] = mapped_column(Text, info=machine())
    event_types: Mapped[list[str]] = mapped_column(ARRAY(Text), info=coded())
    footprints: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    organisations: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text), info=coded())
    payload: Mapped[str] = mapped_column(Text, info=coded())
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None] = mapped_column(INSTANT)
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(Text, info=coded())
    disabled_at: Mapped[datetime | None] = mapped_column(INSTANT)
    # Since when every attempt failed: null as soon as one succeeds.
    failing_since: Mapped[datetime | None] = mapped_column(INSTANT)
    created_at: Mapped[datetime] = mapped_column(INSTANT, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(INSTANT)
    # What it has not received gets another state in pieces: all after this delivery is still to come.
    unsent_after: Mapped[UUID | None]
    # How many of its deliveries have a place in the pull.
    numbered: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def filters(self) -> dict[str, list[UUID] | list[str]]:
        """What events must concern."""
        return {"footprints": self.footprints, "organisations": self.organisations, "themes": self.themes}

    @property
    def enabled(self) -> bool:
        """Whether deliveries are sent; while it is not, they are held."""
        return self.disabled_at is None

    @property
    def waiting_state(self) -> DeliveryState:
        """The state of what this endpoint has not had yet."""
        if self.deleted_at is not None:
            return "dropped"
        if not self.enabled:
            return "held"
        return "pending" if self.url else "for_pull"


class Delivery(Base):
    """One event for one endpoint: its id is the webhook-id of each attempt; those pending are the queue."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        Index(
            "ix_webhook_delivery_due",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_delivery_organisation_id_id", "organisation_id", "id"),
        Index("ix_webhook_delivery_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_endpoint_id_position", "endpoint_id", "position"),
        Index(
            "ix_webhook_delivery_unnumbered", "endpoint_id", "id", postgresql_where=text("position IS NULL")
        ),
        Index(
            "ix_webhook_delivery_for_pull",
            "endpoint_id",
            "position",
            postgresql_where=text("state = 'for_pull'"),
        ),
        CheckConstraint(
            "state IN ('pending', 'held', 'for_pull', 'delivered', 'failed', 'dropped')",
            name="state_is_known",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[UUID]
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    organisation_id: Mapped[UUID]
    event_type: Mapped[str] = mapped_column(Text, info=coded())
    # The exact text that is signed: stored, so that every attempt sends the same.
    body: Mapped[str] = mapped_column(Text, info=machine())
    state: Mapped[DeliveryState] = mapped_column(Text, info=coded())
    attempts: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None] = mapped_column(INSTANT)
    # While a worker has it, the end of its lease. A worker that dies loses it at that instant.
    next_attempt_at: Mapped[datetime | None] = mapped_column(INSTANT)
    # The place in the endpoint's pull: given after the commit, so that no reader passes it.
    position: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(INSTANT, default=now)
    delivered_at: Mapped[datetime | None] = mapped_column(INSTANT)


class Attempt(Base):
    """One attempt at a delivery, and its outcome."""

    __tablename__ = "webhook_attempt"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True
    )
    attempted_at: Mapped[datetime] = mapped_column(INSTANT)
    took_ms: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text, info=coded())
    excerpt: Mapped[str | None] = mapped_column(Text, info=machine())
