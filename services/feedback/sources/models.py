"""The tables of sources: who sends, what came in, how it is mapped, what waits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.clock import now
from shared.db import Versioned
from shared.ids import new_id


class Source(Versioned, Base):
    """A system that sends feedback in, of one organisation."""

    __tablename__ = "source"

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    state: Mapped[str]
    scheme: Mapped[str]
    hmac: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    success_status: Mapped[int] = mapped_column(default=202)
    controller: Mapped[str | None]
    lawful_basis: Mapped[str | None]
    article_9_condition: Mapped[str | None]
    notice_version: Mapped[str | None]
    retention_days: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SourceSecret(Base):
    """A sealed signing secret; after a rotation the old one is good until it ends."""

    __tablename__ = "source_secret"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    sealed: Mapped[bytes]
    ends_at: Mapped[datetime | None]


class SourceMapping(Base):
    """One version of how a source's payloads become feedback; the highest is in use."""

    __tablename__ = "source_mapping"
    __table_args__ = (UniqueConstraint("source_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    number: Mapped[int]
    rules: Mapped[dict[str, Any]]
    samples: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Received(Versioned, Base):
    """A payload that came in, once for each message id of a source."""

    __tablename__ = "source_received"
    __table_args__ = (
        UniqueConstraint("source_id", "message_id"),
        Index("ix_source_received_newest", "source_id", text("id DESC")),
        Index("ix_source_received_due", "next_try_at", postgresql_where=text("state = 'received'")),
        Index("ix_source_received_mapped_at", "mapped_at", postgresql_where=text("raw_deleted_at IS NULL")),
    )

    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    message_id: Mapped[str]
    body_digest: Mapped[bytes]
    is_form: Mapped[bool]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    mapped_at: Mapped[datetime | None]
    raw_deleted_at: Mapped[datetime | None]


class RawBody(Base):
    """The sealed bytes of a payload, apart so that they can go without a trace in the row that stays."""

    __tablename__ = "source_raw_body"

    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"), primary_key=True)
    sealed: Mapped[bytes]


class Given(Base):
    """The feedback that one answer of a payload became."""

    __tablename__ = "source_given"

    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    feedback_id: Mapped[UUID] = mapped_column(index=True)


class Quarantined(Base):
    """An answer that could not be mapped: class of error and field, never what it says."""

    __tablename__ = "source_quarantined"
    __table_args__ = (
        UniqueConstraint("received_id", "position"),
        Index("ix_source_quarantined_newest", "source_id", text("id DESC")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"))
    position: Mapped[int]
    error_class: Mapped[str]
    field: Mapped[str | None]
    mapping_number: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(default=now)


class Refusal(Base):
    """An attempt that was refused at the door: when and why, never the body or the signature."""

    __tablename__ = "source_refusal"
    __table_args__ = (Index("ix_source_refusal_newest", "source_id", text("id DESC")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[int]
    code: Mapped[str]
    detail: Mapped[str]
    unrecorded_before: Mapped[int] = mapped_column(default=0)
