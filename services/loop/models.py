"""Tables of the loop service: loops, and its own small copies of feedback, footprints and organisations."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, TypedDict
from uuid import UUID

from sqlalchemy import ForeignKey, Index, MetaData, Text, Uuid, event, false
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, mapped_column, relationship
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from shared.clock import now
from shared.columns import coded, free_text, machine, name_text, plain
from shared.db import NAMING, Versioned
from shared.events.feedback import ReachState
from shared.events.loop import ClosedAs, DecisionAnswer, HaltedBy, JudgedBy, State, WaitsFor, Worded
from shared.masking import FieldMasks
from shared.personal_data.spans import Kind

if TYPE_CHECKING:
    from services.loop.records import Clock

# The answers by which a body declines, and the states of feedback that its giver took back.
DECLINES = frozenset({"cannot", "will_not"})
GONE = frozenset({"withdrawn", "erased"})


class Base(DeclarativeBase):
    """Everything that the loop service owns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {str: Text, datetime: TIMESTAMP(timezone=True), list[UUID]: ARRAY(Uuid)}


@event.listens_for(Base, "init", propagate=True)
def set_defaults(row: Base, _: tuple[object, ...], given: dict[str, object]) -> None:
    """Give a new row its defaults at once: the history holds what it shows before it is stored."""
    for column in row.__table__.columns:
        if isinstance(column.default, ScalarElementColumnDefault):
            given.setdefault(column.key, column.default.arg)
        elif isinstance(column.default, CallableColumnDefault):
            # `list` and `new_id` look at no context.
            given.setdefault(column.key, column.default.arg(None))  # type: ignore[arg-type]  # as above


class Loop(Versioned, Base):
    """One "you said, we did" thread, with the body that must answer and the client that raised it."""

    __tablename__ = "loop"
    __table_args__ = (
        Index("ix_loop_organisation_id_id", "organisation_id", "id"),
        Index("ix_loop_footprint_id_id", "footprint_id", "id"),
        Index("ix_loop_raiser_id_id", "raiser_id", "id"),
        Index("ix_loop_state", "state"),
    )

    title: Mapped[str] = mapped_column(info=free_text(personal=False, public=True))
    you_said: Mapped[str] = mapped_column(info=free_text(personal=False, public=True))
    state: Mapped[State] = mapped_column(Text, info=coded(public=True, in_event=True))
    organisation_id: Mapped[UUID | None]
    footprint_id: Mapped[UUID | None]
    raised_by: Mapped[str] = mapped_column(info=coded(public=True))
    raiser_id: Mapped[UUID | None]
    client_id: Mapped[UUID]
    actor: Mapped[str] = mapped_column(info=machine())
    actor_role: Mapped[str] = mapped_column(info=name_text())
    drafted_at: Mapped[datetime]
    demonstration: Mapped[bool] = mapped_column(default=False)
    you_said_agreed: Mapped[str] = mapped_column(default="not_asked", info=coded(public=True))
    wording: Mapped[Worded] = mapped_column(
        Text, server_default="as_raised", default="as_raised", info=coded(public=True)
    )
    # Null while the public sees no words: nobody has read them yet, or somebody must look again.
    moderated_at: Mapped[datetime | None]
    # Set while the loop waits for a person, because what it answers became a complaint.
    halted_at: Mapped[datetime | None]
    halted_by: Mapped[HaltedBy | None] = mapped_column(Text, info=coded(public=True, in_event=True))
    halts: Mapped[int] = mapped_column(server_default="0", default=0)
    # Until then its hidden words wait for the body alone; null while nobody needs to look.
    left_to_others_at: Mapped[datetime | None]
    # Set while all that people wrote in it is hidden, because somebody took back what they said.
    texts_hidden_at: Mapped[datetime | None]
    resumed_because: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    opened_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    considered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[DecisionAnswer | None] = mapped_column(Text, info=coded(public=True, in_event=True))
    first_change_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    verdict_opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_as: Mapped[ClosedAs | None] = mapped_column(Text, info=coded(public=True, in_event=True))
    # Who accepted evidence in this round; it is the body itself as soon as the body accepted any.
    judged_by: Mapped[JudgedBy | None] = mapped_column(Text, info=coded(public=True, in_event=True))
    statement: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    stated_at: Mapped[datetime | None]
    inherited_from: Mapped[UUID | None]
    inherited_at: Mapped[datetime | None]
    heir_uncertain: Mapped[bool] = mapped_column(default=False)
    owner_to_be_named: Mapped[bool] = mapped_column(default=False)
    slips: Mapped[int] = mapped_column(default=0)
    # The bodies that agreed that this one answers what was said about them.
    agreed: Mapped[list[UUID]] = mapped_column(server_default="{}", default=list)
    history_head: Mapped[str] = mapped_column(default="", info=machine(public=True, in_event=True))
    history_length: Mapped[int] = mapped_column(default=0)
    last_entry_at: Mapped[datetime | None] = mapped_column(info=plain())
    links: Mapped[list["LoopFeedback"]] = relationship(
        lazy="selectin", order_by="LoopFeedback.position", cascade="all, delete-orphan"
    )
    # Loaded with the lock of a step (see `locking`), which may start and meet clocks.
    clocks: Mapped[list["Clock"]] = relationship(lazy="raise", order_by="Clock.id")

    @property
    def feedback_ids(self) -> list[UUID]:
        """The linked feedback, in the order in which it was named."""
        return [link.feedback_id for link in self.links]

    @property
    def feedback(self) -> list["FeedbackCopy"]:
        """The copies of the linked feedback that have arrived here."""
        return [link.copy for link in self.links if link.copy]

    @property
    def answered_links(self) -> list["LoopFeedback"]:
        """The links to the feedback that the loop answers: all but what was set aside."""
        return [link for link in self.links if link.set_aside_at is None]

    @property
    def complaints(self) -> list["LoopFeedback"]:
        """The links to complaints that nobody has set aside."""
        return [link for link in self.answered_links if link.copy and link.copy.kind == "complaint"]

    @property
    def bodies_asked(self) -> list[UUID]:
        """The bodies that have not yet agreed that this one answers what was said about them.

        It does not ask itself, where it became the heir of one.
        """
        asked = {body for link in self.links for body in link.asked}
        return sorted(asked - set(self.agreed or ()) - self.bodies)

    @property
    def is_own(self) -> bool:
        """Whether the body that must answer, or the one before it, raised it itself and says so."""
        return self.raised_by == "body" and self.raiser_id in self.bodies

    @property
    def bodies(self) -> set[UUID]:
        """The body that must answer, under each of its ids, and the one before it."""
        return {body for body in (self.organisation_id, self.footprint_id, self.inherited_from) if body}

    @property
    def is_left_to_others(self) -> bool:
        """Whether the body has not looked at its hidden words in its time, so that others may."""
        return self.left_to_others_at is not None and self.left_to_others_at <= now()

    @property
    def waits_for(self) -> WaitsFor | None:
        """Who may look at its hidden words now; None while nobody needs to look."""
        if self.left_to_others_at is None:
            return None
        return "the_body_or_others" if self.is_left_to_others else "the_body"

    @property
    def masks(self) -> list[FieldMasks]:
        """What was covered in the words written since the loop was loaded: told to the writer, not stored."""
        masks: list[FieldMasks] = vars(self).setdefault("masks_of_this_request", [])
        return masks

    def note_masks(self, kinds: Mapping[str, Collection[Kind]]) -> None:
        """Note what was covered in words just written, by `table.column`."""
        found = {field.partition(".")[2]: sorted(covered) for field, covered in kinds.items() if covered}
        self.masks.extend(FieldMasks(field=field, kinds=covered) for field, covered in found.items())

    @property
    def linked(self) -> str:
        """The linked feedback as one text of the history, because the history may not name it in public."""
        return " ".join(map(str, self.feedback_ids))


class LoopFeedback(Base):
    """A piece of feedback that is part of a loop."""

    __tablename__ = "loop_feedback"
    __table_args__ = (Index("ix_loop_feedback_asked", "asked", postgresql_using="gin"),)

    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    position: Mapped[int]
    is_praise: Mapped[bool] = mapped_column(server_default=false(), default=False)  # when it was linked
    # When a person set it aside as a complaint: it counts no more, and its contributor still votes.
    set_aside_at: Mapped[datetime | None]
    # When the loop learnt that it was taken back: once for a withdrawal and the erasure after it.
    taken_back_at: Mapped[datetime | None]
    # The bodies that it is about and that must agree first: it only lies in the answering body's place.
    asked: Mapped[list[UUID]] = mapped_column(server_default="{}", default=list)
    copy: Mapped["FeedbackCopy | None"] = relationship(
        primaryjoin=lambda: foreign(LoopFeedback.feedback_id) == FeedbackCopy.id, viewonly=True, lazy="joined"
    )
    reach: Mapped["ReachCopy | None"] = relationship(
        primaryjoin=lambda: foreign(LoopFeedback.feedback_id) == ReachCopy.feedback_id,
        viewonly=True,
        lazy="joined",
    )


class LoopLeft(Base):
    """A piece of feedback that left a draft without its body's agreement: the words may still tell of it."""

    __tablename__ = "loop_left"

    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    left_at: Mapped[datetime]
    # When the loop learnt that it was taken back, and that it is a complaint: each hides words once.
    taken_back_at: Mapped[datetime | None]
    complaint_at: Mapped[datetime | None]


class Copy:
    """A row of another service as its latest event describes it; replaying the events makes it again."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]


class FeedbackCopy(Copy, Base):
    """What the loop needs of a piece of feedback: whom it concerns, its state, who can be told."""

    __tablename__ = "feedback_copy"

    kind: Mapped[str] = mapped_column(info=coded())
    state: Mapped[str] = mapped_column(info=coded())
    organisations: Mapped[list[UUID]]
    footprint_id: Mapped[UUID | None]
    reply_ref: Mapped[str | None] = mapped_column(index=True, info=machine())
    sender_id: Mapped[UUID | None]
    reachable: Mapped[bool] = mapped_column(server_default=false(), default=False)
    received_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    @property
    def named(self) -> list[UUID]:
        """The bodies that its giver named; its place only where no body was named besides."""
        is_place_last = len(self.organisations) > 1 and self.organisations[-1] == self.footprint_id
        return self.organisations[:-1] if is_place_last else self.organisations

    @property
    def is_published(self) -> bool:
        """Whether everybody may read the feedback."""
        return self.state == "published"


class ReachCopy(Copy, Base):
    """Whether mail reaches the contributor of a piece of feedback, and how their mailed code is found."""

    __tablename__ = "reach_copy"

    feedback_id: Mapped[UUID] = mapped_column(unique=True)
    reach: Mapped[ReachState] = mapped_column(Text, info=coded())
    reason: Mapped[str | None] = mapped_column(info=coded())
    mailed_ref: Mapped[str | None] = mapped_column(index=True, info=machine())


class SuccessorRow(TypedDict):
    """A successor of a body, as it is stored: its id, and its share where that is known."""

    id: str
    share: float | None


class BodyCopy(Copy):
    """What the loop needs of any body: its codes, its last day, what became of it, and who operates it."""

    name: Mapped[str] = mapped_column(info=name_text(public=True))
    ods: Mapped[str | None] = mapped_column(index=True, info=coded(public=True))
    ons: Mapped[str | None] = mapped_column(index=True, info=coded(public=True))
    valid_to: Mapped[date | None]
    successors: Mapped[list["SuccessorRow"]] = mapped_column(JSONB, info=machine())
    succeeded_on: Mapped[date | None]
    operated_by: Mapped[list[UUID]] = mapped_column(server_default="{}", default=list)  # also that ever did


class FootprintCopy(BodyCopy, Base):
    """What the loop needs of a footprint besides: since when it is one, and whether it is a body."""

    __tablename__ = "footprint_copy"
    valid_from: Mapped[date]
    is_organisation: Mapped[bool]


class OrganisationCopy(BodyCopy, Base):
    """What the loop needs of an organisation besides: the footprint it is in."""

    __tablename__ = "organisation_copy"

    footprint_id: Mapped[UUID | None]
    demonstration: Mapped[bool] = mapped_column(server_default=false(), default=False)
