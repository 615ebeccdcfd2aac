"""The tables of sources: the senders, their mappings, their payloads, and the quarantine."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.items.schemas import Outcome
from services.feedback.models import Base
from shared.clock import now
from shared.columns import coded, free_text, machine, name_text
from shared.db import Versioned
from shared.ids import new_id


class Source(Versioned, Base):
    """A system that sends in feedback, of one organisation."""

    __tablename__ = "source"

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(info=name_text())
    state: Mapped[str] = mapped_column(info=coded())
    # The preset that it was made with.
    preset: Mapped[str | None] = mapped_column(info=coded())
    scheme: Mapped[str] = mapped_column(info=coded())
    hmac: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True), info=machine())
    # Where a sender shows the secret itself; it never holds that.
    token: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True), info=machine())
    success_status: Mapped[int] = mapped_column(default=202)
    controller: Mapped[str | None] = mapped_column(info=name_text())
    lawful_basis: Mapped[str | None] = mapped_column(info=coded())
    article_9_condition: Mapped[str | None] = mapped_column(info=coded())
    notice_version: Mapped[str | None] = mapped_column(info=name_text())
    retention_days: Mapped[int | None]
    # Since when it keeps feedback for a shorter time than those were told who gave theirs before.
    shortened_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    # After how long without a post it is silent; where it does not say, a rule knows its pauses.
    silent_after_hours: Mapped[int | None]
    live_since: Mapped[datetime | None]
    # Its last post, once it has been told that it is silent.
    silent_since: Mapped[datetime | None]


class SourceSecret(Base):
    """A sealed signing secret; after a rotation the old one is valid until it ends."""

    __tablename__ = "source_secret"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    sealed: Mapped[bytes]
    ends_at: Mapped[datetime | None]


class SourceMapping(Base):
    """One version of a source's mapping; the highest is in use."""

    __tablename__ = "source_mapping"
    __table_args__ = (UniqueConstraint("source_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    number: Mapped[int]
    rules: Mapped[dict[str, JsonValue]] = mapped_column(info=machine())
    # Invented examples, and copies of payloads that were received, which are erased with them.
    samples: Mapped[list[dict[str, JsonValue]]] = mapped_column(info=free_text(personal=False))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Payload(Versioned, Base):
    """A payload that was received: once for each message id of a source, or as a revision of what has it."""

    __tablename__ = "source_received"
    __table_args__ = (
        UniqueConstraint("source_id", "message_ref", "revision"),
        UniqueConstraint("source_id", "message_id", "revision"),
        Index("ix_source_received_digest", "source_id", "body_digest"),
        Index("ix_source_received_newest", "source_id", text("id DESC")),
        Index("ix_source_received_due", "next_try_at", postgresql_where=text("state = 'received'")),
        Index(
            "ix_source_received_turn", "source_id", "next_try_at", postgresql_where=text("state = 'received'")
        ),
        Index(
            "ix_source_received_id_left",
            "raw_deleted_at",
            postgresql_where=text("raw_deleted_at IS NOT NULL AND message_id IS NOT NULL"),
        ),
        Index("ix_source_received_mapped_at", "mapped_at", postgresql_where=text("raw_deleted_at IS NULL")),
        Index(
            "ix_source_received_kept",
            "source_id",
            "mapped_at",
            postgresql_where=text("raw_deleted_at IS NULL"),
        ),
    )

    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    # The sender's own id, which may name a person: it goes with the bytes.
    message_id: Mapped[str | None] = mapped_column(info=machine(personal=True))
    # A keyed hash of the id, by which messages are told apart. Null in rows from before it was kept, until
    # their id goes or comes again.
    message_ref: Mapped[str | None] = mapped_column(info=machine())
    revision: Mapped[int] = mapped_column(default=1)
    # The first payload with the same content, if this came within the source's window for retries.
    repeat_of: Mapped[UUID | None] = mapped_column(ForeignKey("source_received.id"))
    body_digest: Mapped[bytes]
    is_form: Mapped[bool]
    state: Mapped[str] = mapped_column(info=coded())
    tries: Mapped[int] = mapped_column(default=0)
    # By which mapping it was begun, if it takes several turns: another could split it in other places.
    mapping_number: Mapped[int | None]
    repeats: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    mapped_at: Mapped[datetime | None]
    raw_deleted_at: Mapped[datetime | None]


class RawBody(Base):
    """The sealed bytes of a payload, in a separate table so that they can be deleted completely."""

    __tablename__ = "source_raw_body"

    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"), primary_key=True)
    sealed: Mapped[bytes]
    # Whether these are the answers, split, with null where one was erased.
    is_split: Mapped[bool] = mapped_column(server_default=false())
    # The id of the message, once an answer was erased: those that wait need it, and nobody else.
    sealed_id: Mapped[bytes | None]


class PayloadFeedback(Base):
    """The feedback that one answer of a payload became."""

    __tablename__ = "source_given"

    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    feedback_id: Mapped[UUID] = mapped_column(index=True)
    outcome: Mapped[Outcome] = mapped_column(Text, info=coded())
    # When the source's organisation was shown the person's reply code: once, and never again.
    code_shown_at: Mapped[datetime | None]
    # By which mapping the payload was split then; unknown in rows from before this was kept.
    mapping_number: Mapped[int | None]


class Quarantined(Base):
    """An answer that could not be mapped: the class of error, the field, and the value, sealed."""

    __tablename__ = "source_quarantined"
    __table_args__ = (
        UniqueConstraint("received_id", "position"),
        Index("ix_source_quarantined_newest", "source_id", text("id DESC")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    received_id: Mapped[UUID] = mapped_column(ForeignKey("source_received.id"))
    position: Mapped[int]
    error_class: Mapped[str] = mapped_column(info=coded(in_event=True))
    field: Mapped[str | None] = mapped_column(info=machine(in_event=True))
    mapping_number: Mapped[int | None]
    # The value masked and cut, for the source's owner; it goes with the bytes.
    sealed_value: Mapped[bytes | None]
    # The keyed hash of the answer's id, as feedback has it: who erases that takes out what waits too.
    external_ref: Mapped[str | None] = mapped_column(info=machine())
    at: Mapped[datetime] = mapped_column(default=now)


class Refusal(Base):
    """A payload that was refused: when and why, never the body or the signature."""

    __tablename__ = "source_refusal"
    __table_args__ = (Index("ix_source_refusal_newest", "source_id", text("id DESC")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[int]
    code: Mapped[str] = mapped_column(info=coded())
    detail: Mapped[str] = mapped_column(info=machine())
    unrecorded_before: Mapped[int] = mapped_column(default=0)
