"""Feedback made ready to be stored: its rows, reply code and events, with ids and times set here."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson

from services.feedback.bodies.schemas import FeedbackBodies
from services.feedback.contributors.models import Reach
from services.feedback.contributors.sealing import seal_contributor
from services.feedback.items.events import feedback_event
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import (
    COMPLAINT_NOTICE,
    REPLY_CODE_NOTICE,
    FeedbackReceipt,
    NewFeedback,
    NewTheme,
    Outcome,
)
from services.feedback.items.statement import Rows
from services.feedback.items.words import masks_of_words
from services.feedback.leaving_out import LeftOutView
from services.feedback.models import Contributor, Demographics, Feedback, ReplyCode, StoredTheme
from shared.columns import json_columns, revised_columns
from shared.events.feedback import FeedbackReceived, FeedbackUrgent
from shared.ids import new_id
from shared.masking import FieldMasks
from shared.outbox import Outbox, outbox_values


@dataclass(frozen=True, slots=True)
class PreparedFeedback:
    """One piece of feedback on its way into the database, and the receipt for its contributor."""

    receipt: FeedbackReceipt
    parts: list[Rows]


async def prepare_feedback(
    new: NewFeedback,
    origin: Origin,
    tools: IntakeTools,
    bodies: FeedbackBodies,
    issued_code_id: UUID | None = None,
) -> PreparedFeedback:
    """Make the rows of new feedback, with its words masked; `issued_code_id` is of a code issued before."""
    code = tools.codes.code_of(code_id := issued_code_id or new_id())
    feedback = new_row(new, origin, tools, bodies)
    vars(feedback).update(await masks_of_words(vars(feedback)))
    feedback.reply_code_id, feedback.reply_ref = code_id, tools.codes.ref_of(code)
    kinds = (FeedbackReceived, FeedbackUrgent) if new.urgent else (FeedbackReceived,)
    events = [outbox_values(feedback_event(kind, feedback), n) for n, kind in enumerate(kinds, 1)]
    parts = [] if issued_code_id else [reply_code_row(feedback, origin)]
    parts += private_rows(new, feedback.id, origin, tools)
    if leaves_address(new):
        parts.append(Rows(Reach, [{"id": new_id(), "version": 0, "feedback_id": feedback.id}]))
    parts += [Rows(Feedback, [stored_values(feedback)]), Rows(Outbox, events)]
    return PreparedFeedback(receipt_view(feedback, code), parts)


def content_of_feedback(new: NewFeedback, bodies: FeedbackBodies) -> dict[str, object]:
    """What the contributor says, by column; a revision replaces all of it."""
    columns = revised_columns(Feedback)
    content = dict.fromkeys(columns) | new.model_dump(include=set(columns), exclude_none=True)
    left = [each.model_dump() for each in (*new.left_out, *bodies.left_out)]
    return content | {"themes": [stored_theme(theme, "sender") for theme in new.themes], "left_out": left}


def stored_theme(theme: NewTheme, by: Literal["sender", "person"]) -> StoredTheme:
    """A theme as it is stored, with the side that put it there."""
    stored = StoredTheme(code=theme.code, by=by)
    return stored | {"polarity": theme.polarity} if theme.polarity else stored


def new_row(new: NewFeedback, origin: Origin, tools: IntakeTools, bodies: FeedbackBodies) -> Feedback:
    """The row of new feedback, but for its reply code.

    It is filled past the unit of work, whose bookkeeping would double the cost: one statement stores it.
    """
    feedback = Feedback()
    vars(feedback).update(
        content_of_feedback(new, bodies),
        id=new_id(),
        version=2 if new.urgent else 1,
        state="received",
        footprint_id=bodies.footprint_id,
        organisation_ids=bodies.organisation_ids,
        demonstration=bodies.demonstration,
        urgent=new.urgent,
        has_address=leaves_address(new),
        origin_id=origin.id,
        source_id=origin.source_id,
        client_id=origin.client_id,
        sender_id=origin.organisation_id,
        external_id=new.external_id,
        external_ref=tools.codes.external_ref_of(new.external_id) if new.external_id else None,
        digest=digest_of_feedback(new, tools) if new.external_id else None,
        revision=1,
        received_at=origin.received_at,
        words_at=origin.words_at,
    )
    return feedback


def leaves_address(new: NewFeedback) -> bool:
    """Whether the contributor leaves an address at which they can be told."""
    return bool(new.contributor and new.contributor.address)


def digest_of_feedback(new: NewFeedback, tools: IntakeTools) -> bytes:
    """The digest that identifies the same content when it is sent again.

    What is left out does not count: a field that a later version adds must not make old content look changed,
    because content that changed is no longer published.
    """
    return tools.codes.digest_of(new.model_dump_json(exclude={"reply_code"}, exclude_defaults=True))


def stored_values(feedback: Feedback) -> dict[str, object]:
    """The values of a new row, as the driver takes them."""
    values = vars(feedback).copy()
    del values["_sa_instance_state"]
    for name in json_columns(Feedback):
        if values[name] is not None:
            values[name] = orjson.dumps(values[name]).decode()
    return values


def reply_code_row(feedback: Feedback, origin: Origin) -> Rows:
    """The row of a new reply code."""
    row = {
        "id": feedback.reply_code_id,
        "reply_ref": feedback.reply_ref,
        "source_id": origin.source_id,
        "organisation_id": origin.organisation_id,
        "issued_at": origin.received_at,
    }
    return Rows(ReplyCode, [row])


def private_rows(new: NewFeedback, feedback_id: UUID, origin: Origin, tools: IntakeTools) -> list[Rows]:
    """The contributor, sealed, and what they say about themselves, by pseudonym: each is stored apart."""
    parts = []
    if new.contributor:
        seal = seal_contributor(new.contributor, feedback_id, tools.contributor_key)
        row = {"id": new_id(), "feedback_id": feedback_id, "sealed": seal, "given_at": origin.words_at}
        parts.append(Rows(Contributor, [row]))
    if new.demographics:
        answers = orjson.dumps(new.demographics.model_dump()).decode()
        pseudonym = tools.codes.pseudonym_of(feedback_id)
        parts.append(Rows(Demographics, [{"pseudonym": pseudonym, "answers": answers}]))
    return parts


def receipt_view(feedback: Feedback, reply_code: str, outcome: Outcome = "new") -> FeedbackReceipt:
    """What the contributor gets back: never their own words, and the code only with new feedback."""
    is_new = outcome == "new"
    return FeedbackReceipt(
        id=feedback.id,
        kind=feedback.kind,
        state=feedback.state,
        version=feedback.version,
        revision=feedback.revision,
        urgent=feedback.urgent,
        footprint_id=feedback.footprint_id,
        organisation_ids=feedback.organisation_ids,
        received_at=feedback.received_at,
        reply_code=reply_code if is_new else None,
        reply_code_notice=None if is_new else REPLY_CODE_NOTICE,
        outcome=outcome,
        left_out=[LeftOutView.model_validate(each) for each in feedback.left_out],
        masked=[FieldMasks.model_validate(mask) for mask in feedback.masked],
        complaint_notice=COMPLAINT_NOTICE if feedback.kind == "complaint" else None,
    )
