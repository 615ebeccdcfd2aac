"""Tables of the feedback service: what was said, who said it (stored apart), and copies of bodies."""

from datetime import date, datetime
from typing import ClassVar, NotRequired, TypedDict
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Computed, ForeignKey, Index, LargeBinary, MetaData, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import Uuid

from services.feedback.separating import searched_words
from shared.columns import coded, free_text, machine, name_text, plain
from shared.db import NAMING, Versioned
from shared.events.feedback import EndedBy


class StoredAnswer(TypedDict, total=False):
    """The answer to one question, as it is stored."""

    question: str
    text: str
    score: float


class StoredTheme(TypedDict):
    """A theme of today's version, and who put it there: the sender or a person who read the feedback."""

    code: str
    polarity: NotRequired[str]
    by: str
    labelled_as: NotRequired[dict[str, str]]  # the version and the code of a label of an earlier version
    suggested_by: NotRequired[str]  # the version of the model whose suggestion a person accepted
    score: NotRequired[float]


class StoredRating(TypedDict):
    """A value on a scale."""

    value: float
    scale: str


class Heir(TypedDict):
    """A body that took over, by id, with the share that went to it where that is known."""

    id: str
    share: float | None


class Base(DeclarativeBase):
    """Everything that the feedback service owns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        str: Text,
        bytes: LargeBinary,
        datetime: TIMESTAMP(timezone=True),
        list[UUID]: ARRAY(Uuid),
        list[str]: ARRAY(Text),
        dict[str, str]: JSONB,
        dict[str, JsonValue]: JSONB,
        list[dict[str, JsonValue]]: JSONB,
        list[StoredAnswer]: JSONB,
        list[StoredTheme]: JSONB,
        list[Heir]: JSONB,
    }


class ReplyCode(Base):
    """A reply code: derived from the id, so only its keyed hash is kept."""

    __tablename__ = "reply_code"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reply_ref: Mapped[str] = mapped_column(unique=True, info=machine())
    source_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    issued_at: Mapped[datetime]


class Feedback(Versioned, Base):
    """What one person or group said, once."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_footprint_id_id", "footprint_id", "id"),
        Index("ix_feedback_sender_id_id", "sender_id", "id"),
        Index(
            "ix_feedback_source_id_received_at",
            "source_id",
            "received_at",
            postgresql_where=text("source_id IS NOT NULL AND state <> 'erased'"),
        ),
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

    kind: Mapped[str] = mapped_column(info=coded(revised=True, public=True, in_event=True))
    state: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    text: Mapped[str | None] = mapped_column(info=free_text(revised=True, public=True))
    answers: Mapped[list[StoredAnswer]] = mapped_column(info=free_text(revised=True, public=True))
    language: Mapped[str] = mapped_column(
        info=coded(personal=True, erased_to="und", revised=True, public=True)
    )
    experienced_on: Mapped[str | None] = mapped_column(info=coded(personal=True, revised=True, public=True))
    footprint_id: Mapped[UUID | None] = mapped_column(info=plain(public=True, in_event=True))
    placed_by: Mapped[str | None] = mapped_column(info=coded(public=True))
    organisation_ids: Mapped[list[UUID]] = mapped_column(info=plain(public=True))
    # Whether it is about invented organisations alone: it says nothing of a real one.
    demonstration: Mapped[bool] = mapped_column(
        server_default=false(), info=plain(public=True, in_event=True)
    )
    touchpoints: Mapped[list[str]] = mapped_column(info=free_text(revised=True, public=True))
    rating: Mapped[StoredRating | None] = mapped_column(
        JSONB(none_as_null=True), info=coded(personal=True, revised=True, public=True)
    )
    themes: Mapped[list[StoredTheme]] = mapped_column(info=coded(personal=True, revised=True, public=True))
    permissions: Mapped[dict[str, str]] = mapped_column(info=coded(revised=True))
    # What could not be read beside the words, for those who look into it; never public.
    left_out: Mapped[list[dict[str, JsonValue]]] = mapped_column(info=free_text(revised=True))
    proxy_by: Mapped[str | None] = mapped_column(info=free_text(revised=True, public=True))
    urgent: Mapped[bool] = mapped_column(info=plain(in_event=True))
    reply_code_id: Mapped[UUID] = mapped_column(ForeignKey("reply_code.id"), unique=True)
    reply_ref: Mapped[str] = mapped_column(info=machine(in_event=True))
    # Whether the contributor left an address; the address itself is sealed elsewhere.
    has_address: Mapped[bool] = mapped_column(
        server_default=false(), info=plain(personal=True, erased_to=False)
    )
    unsubscribed_at: Mapped[datetime | None]
    # What sent it: the source, or the client if there is none, or (in an import) the organisation.
    origin_id: Mapped[UUID]
    source_id: Mapped[UUID | None] = mapped_column(info=plain(in_event=True))
    client_id: Mapped[UUID | None]
    sender_id: Mapped[UUID | None] = mapped_column(info=plain(in_event=True))
    external_id: Mapped[str | None] = mapped_column(info=free_text())
    # A keyed hash of the external id. It outlives erasure: sending erased feedback again has no effect.
    external_ref: Mapped[str | None] = mapped_column(info=machine())
    # A keyed digest of the content: the same again changes nothing.
    digest: Mapped[bytes | None] = mapped_column(info=machine(personal=True))
    revision: Mapped[int] = mapped_column(info=plain(public=True, in_event=True))
    received_at: Mapped[datetime] = mapped_column(info=plain(public=True, in_event=True))
    words_at: Mapped[datetime | None]  # when the words that stand were received
    read_at: Mapped[datetime | None] = mapped_column(info=plain(in_event=True))
    moderated_at: Mapped[datetime | None]
    # The pseudonym of the person who moderated it, and the organisation that they acted for.
    moderated_by: Mapped[str | None] = mapped_column(info=machine())
    moderated_by_id: Mapped[UUID | None]
    published_by_rule: Mapped[UUID | None]  # the rule, as long as no person has decided
    withheld_reason: Mapped[str | None] = mapped_column(info=free_text())
    # To whom a complaint was forwarded, when, by when they must acknowledge it, and what its person agreed.
    forwarding: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True), info=coded())
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[EndedBy | None] = mapped_column(Text, info=coded(in_event=True))
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(info=plain(in_event=True))
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[EndedBy | None] = mapped_column(Text, info=coded(in_event=True))
    erased_by_id: Mapped[UUID | None] = mapped_column(info=plain(in_event=True))
    # Why staff erased it, masked; it outlives the words.
    erasure_reason: Mapped[str | None] = mapped_column(info=free_text(personal=False))
    # The words as they are shown, what was covered in which of them, and the version of the rules.
    shown: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True), info=free_text())
    masked: Mapped[list[dict[str, JsonValue]]] = mapped_column(server_default="[]", info=coded(personal=True))
    masked_with: Mapped[int] = mapped_column(server_default="0", index=True)
    # The masked text as it was published: the only text that is searched.
    published_text: Mapped[str | None] = mapped_column(info=free_text())
    searchable: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(searched_words("published_text"), persisted=True),
        deferred=True,
    )

    @property
    def bodies(self) -> tuple[UUID, ...]:
        """The bodies that it is about: its organisations, and its footprint if it has one."""
        footprint = (self.footprint_id,) if self.footprint_id else ()
        return tuple(dict.fromkeys((*self.organisation_ids, *footprint)))


class Revision(Base):
    """Words from before those that stand under an external id."""

    __tablename__ = "revision"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, JsonValue]] = mapped_column(info=free_text())
    shown: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True), info=free_text())
    masked_with: Mapped[int] = mapped_column(server_default="0", index=True)
    words_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]  # null: later words stood already when these were read


class Identification(Base):
    """The audit of each time that somebody read a text as it was given, without masks."""

    __tablename__ = "identification"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    feedback_id: Mapped[UUID] = mapped_column(index=True)
    client_id: Mapped[UUID]
    organisation_id: Mapped[UUID | None]
    # Always given now: rows from before a named person was required have none.
    actor: Mapped[str | None] = mapped_column(info=machine())
    identified_at: Mapped[datetime]


class Contributor(Base):
    """The contributor and how to reach them, sealed: the service can write this but cannot read it."""

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
    pseudonym: Mapped[str] = mapped_column(primary_key=True, info=machine(personal=True))
    answers: Mapped[dict[str, JsonValue]] = mapped_column(info=coded(personal=True))


class BodyCopy:
    """What feedback needs of a body, as the registry's latest event says."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    name: Mapped[str] = mapped_column(info=name_text())
    ods: Mapped[str | None] = mapped_column(index=True, info=coded())
    ons: Mapped[str | None] = mapped_column(index=True, info=coded())
    valid_to: Mapped[date | None]
    successors: Mapped[list[Heir]] = mapped_column(info=machine())
    succeeded_on: Mapped[date | None]
    # The bodies that operate it, or ever did.
    operated_by: Mapped[list[UUID]] = mapped_column(server_default="{}", default=list)


class FootprintCopy(BodyCopy, Base):
    """A copy of a footprint."""

    __tablename__ = "footprint_copy"

    valid_from: Mapped[date]
    is_organisation: Mapped[bool]


class OrganisationCopy(BodyCopy, Base):
    """A copy of an organisation."""

    __tablename__ = "organisation_copy"
    footprint_id: Mapped[UUID | None]
    memberships: Mapped[list[dict[str, JsonValue]]] = mapped_column(
        server_default="[]", default=list, info=machine()
    )
    demonstration: Mapped[bool] = mapped_column(server_default=false(), default=False)


class LoopCopy(Base):
    """What people who look up a reply code see of a loop: public facts that the loop service publishes."""

    __tablename__ = "loop_copy"
    __table_args__ = (Index("ix_loop_copy_feedback_ids", "feedback_ids", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(info=coded())
    answer: Mapped[str | None] = mapped_column(info=coded())
    closed_as: Mapped[str | None] = mapped_column(info=coded())
    judged_by: Mapped[str | None] = mapped_column(info=coded())
    demonstration: Mapped[bool]
    organisation_id: Mapped[UUID | None]
    footprint_id: Mapped[UUID | None]
    feedback_ids: Mapped[list[UUID]]
