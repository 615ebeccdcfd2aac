"""The events of a piece of feedback, made from its row: ids and facts, never its words."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback
from shared.auth import Actor, Caller
from shared.columns import event_columns
from shared.db import wake_after_commit
from shared.events.feedback import (
    FeedbackHandled,
    FeedbackMoved,
    FeedbackRevised,
    FeedbackState,
    HandlingAction,
)
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values, record

GONE = ("withdrawn", "erased")
FACTS = event_columns(Feedback)
# What an event is made from besides.
READ = (*FACTS, "id", "organisation_ids", "themes", "permissions", "unsubscribed_at", "has_address")
# The contributor has a reply code and no key.
CONTRIBUTOR = Caller()


def feedback_event(
    kind: type[FeedbackState], feedback: Feedback, previous: str | None = None
) -> FeedbackState:
    """An event with the present state of a piece of feedback, and the state before it."""
    return event_of_values(kind, {name: getattr(feedback, name) for name in READ}, previous)


def event_of_values(
    kind: type[FeedbackState], values: Mapping[str, Any], previous: str | None = None
) -> FeedbackState:
    """The same of a row's values by column; what a new row leaves out is null."""
    facts = {name: values.get(name) for name in FACTS}
    organisations, footprint_id = values["organisation_ids"], values["footprint_id"]
    footprints = (footprint_id,) if footprint_id else ()
    computed = {
        "feedback_id": values["id"],
        "previous_state": previous,
        "organisations": tuple(dict.fromkeys((*organisations, *footprints))),
        "footprints": footprints,
        "themes": tuple(dict.fromkeys(theme["code"] for theme in values["themes"])),
        "reachable": is_reachable(values),
    }
    return kind.model_validate(facts | computed)


def record_revised(
    session: AsyncSession, feedback: Feedback, previous: str, before: Collection[UUID]
) -> None:
    """Tell of other words, also the bodies that only those `before` were about: they learn nothing later."""
    record(session, feedback, feedback_event(FeedbackRevised, feedback, previous))
    if left := tuple(body for body in before if body not in feedback.bodies):
        # Who sent it keeps what it has: that it was revised is told to it as well.
        others = {"organisations": left, "footprints": (), "footprint_id": None, "themes": ()}
        moved = feedback_event(FeedbackMoved, feedback, previous)
        moved = moved.model_copy(update=others | {"sender_id": None})
        record(session, feedback, moved)


def record_handling(
    session: AsyncSession,
    feedback: Feedback,
    action: HandlingAction,
    caller: Caller = CONTRIBUTOR,
    actor: Actor | None = None,
) -> None:
    """Save for the audit who did something with feedback; without a caller it was the contributor."""
    sender = (feedback.sender_id,) if feedback.sender_id else ()
    handled = FeedbackHandled(
        act_id=new_id(),
        subject_id=feedback.id,
        action=action,
        organisation_id=caller.organisation_id,
        client_id=caller.client_id,
        actor=actor.pseudonym if actor else None,
        role=actor.role if actor else None,
        organisations=tuple(dict.fromkeys((*feedback.bodies, *sender))),
    )
    session.add(Outbox(**outbox_values(handled, 1)))
    wake_after_commit(session)


def is_reachable(values: Mapping[str, Any]) -> bool:
    """Whether the contributor can be told: they allow it, left an address, and withdrew nothing."""
    is_allowed = values["permissions"].get("contact") == "yes" and not values.get("unsubscribed_at")
    return is_allowed and bool(values["has_address"]) and values["state"] not in GONE
