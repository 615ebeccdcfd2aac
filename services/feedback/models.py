"""Tables of the feedback service: what was said, apart from it who said it, and copies of bodies."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, LargeBinary, MetaData, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import Uuid

from shared.db import NAMING, Versioned


class Base(DeclarativeBase):
    """Everything that the feedback service owns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        datetime: TIMESTAMP(timezone=True),
        list[UUID]: ARRAY(Uuid),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


class ReplyCode(Base):
    """A reply code: derived from the id, so only its keyed hash is kept."""

    __tablename__ = "reply_code"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reply_ref: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    issued_at: Mapped[datetime]


class Feedback(Versioned, Base):
    """What one person or group said, once."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_footprint_id_id", "footprint_id", "id"),
        Index("ix_feedback_sender_id_id", "sender_id", "id"),
        Index("ix_feedback_organisation_ids", "organisation_ids", postgresql_using="gin"),
        Index(
            "ix_feedback_themes",
            "themes",
            postgresql_using="gin",
            postgresql_ops={"themes": "jsonb_path_ops"},
        ),
        Index("ix_feedback_published", "id", postgresql_where=text("state = 'published'")),
        Index("ix_feedback_searchable", "searchable", postgresql_using="gin"),
        Index(
            "uq_feedback_origin_id_external_ref",
            "origin_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref IS NOT NULL"),
        ),
    )

    kind: Mapped[str]
    state: Mapped[str]
    text: Mapped[str | None]
    answers: Mapped[list[dict[str, Any]]]
    language: Mapped[str]
    experienced_on: Mapped[str | None]
    footprint_id: Mapped[UUID | None]
    organisation_ids: Mapped[list[UUID]]
    touchpoints: Mapped[list[str]]
    rating: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    themes: Mapped[list[dict[str, Any]]]
    permissions: Mapped[dict[str, Any]]
    proxy_by: Mapped[str | None]
    urgent: Mapped[bool]
    reply_code_id: Mapped[UUID] = mapped_column(ForeignKey("reply_code.id"), unique=True)
    reply_ref: Mapped[str]
    # Whether who said it left an address; the address itself is sealed elsewhere.
    has_address: Mapped[bool] = mapped_column(server_default=false())
    unsubscribed_at: Mapped[datetime | None]
    # Who sent it in: the source, else the client, else (an import) the organisation.
    origin_id: Mapped[UUID]
    source_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    sender_id: Mapped[UUID | None]
    external_id: Mapped[str | None]
    # A keyed hash of it, which outlives erasure: what was erased does not come back when it is sent again.
    external_ref: Mapped[str | None]
    # A keyed digest of what was sent under it: the same again changes nothing.
    digest: Mapped[bytes | None]
    revision: Mapped[int]
    received_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    moderated_at: Mapped[datetime | None]
    moderated_by: Mapped[str | None]
    withheld_reason: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    # The masked text as it was published; only this is searched.
    published_text: Mapped[str | None]
    searchable: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', published_text)", persisted=True), deferred=True
    )


class Revision(Base):
    """What stood under an external id before its source sent other content."""

    __tablename__ = "revision"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    replaced_at: Mapped[datetime]


class Identification(Base):
    """The audit of each time that somebody read a text as it was given, without masks."""

    __tablename__ = "identification"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    feedback_id: Mapped[UUID] = mapped_column(index=True)
    client_id: Mapped[UUID]
    organisation_id: Mapped[UUID | None]
    actor: Mapped[str | None]
    identified_at: Mapped[datetime]


class Contributor(Base):
    """Who said it and how to reach them, sealed: the service can write this and cannot read it."""

    __tablename__ = "contributor"
    __table_args__ = ({"schema": "contributors"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    feedback_id: Mapped[UUID] = mapped_column(index=True)
    sealed: Mapped[bytes]
    given_at: Mapped[datetime]


class Demographics(Base):
    """What people said about themselves, by a pseudonym only."""

    __tablename__ = "demographics"
    __table_args__ = ({"schema": "demographics"},)

    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]


class FootprintCopy(Base):
    """What feedback needs of a footprint, as the registry's latest event told it."""

    __tablename__ = "footprint_copy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    name: Mapped[str]
    ods: Mapped[str | None] = mapped_column(index=True)
    ons: Mapped[str | None] = mapped_column(index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_organisation: Mapped[bool]
    successors: Mapped[list[dict[str, Any]]]


class OrganisationCopy(Base):
    """What feedback needs of an organisation, as the registry's latest event told it."""

    __tablename__ = "organisation_copy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    name: Mapped[str]
    ods: Mapped[str | None] = mapped_column(index=True)
    ons: Mapped[str | None] = mapped_column(index=True)
    valid_to: Mapped[date | None]
    footprint_id: Mapped[UUID | None]


class LoopCopy(Base):
    """What those who look up a reply code are told of a loop, as the loop service told it: public facts."""

    __tablename__ = "loop_copy"
    __table_args__ = (Index("ix_loop_copy_feedback_ids", "feedback_ids", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    state: Mapped[str]
    outcome: Mapped[str | None]
    closed_as: Mapped[str | None]
    demonstration: Mapped[bool]
    organisation_id: Mapped[UUID | None]
    footprint_id: Mapped[UUID | None]
    feedback_ids: Mapped[list[UUID]]


class LoopMoment(Base):
    """When something first happened to a loop."""

    __tablename__ = "loop_moment"

    loop_id: Mapped[UUID] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
