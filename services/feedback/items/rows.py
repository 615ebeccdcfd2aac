"""Feedback made ready to be stored: its rows, reply code and events, with ids and times set here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

from services.feedback.bodies.schemas import FeedbackBodies
from services.feedback.contributors.models import Reach
from services.feedback.contributors.sealing import seal_contributor
from services.feedback.items.events import event_of_values
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
from services.feedback.models import Contributor, Demographics, Feedback, ReplyCode, StoredTheme
from services.feedback.themes.taxonomy import TODAY, code_of_today
from shared.columns import json_columns, revised_columns
from shared.db import table_of
from shared.events.feedback import FeedbackReceived, FeedbackUrgent
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values

ON_RECEIPTS = tuple(name for name in FeedbackReceipt.model_fields if name in table_of(Feedback).columns)


@dataclass(frozen=True, slots=True)
class PreparedFeedback:
    """One piece of feedback on its way: its values by column, and the rows of all tables."""

    values: Mapping[str, Any]
    reply_code: str
    parts: list[Rows]

    @property
    def receipt(self) -> FeedbackReceipt:
        """The receipt for its contributor."""
        return receipt_of_values(self.values, self.reply_code)


async def prepare_feedback(
    new: NewFeedback,
    origin: Origin,
    tools: IntakeTools,
    bodies: FeedbackBodies,
    issued_code_id: UUID | None = None,
) -> PreparedFeedback:
    """Make the rows of new feedback, with its words masked; `issued_code_id` is of a code issued before."""
    code = tools.codes.code_of(code_id := issued_code_id or new_id())
    values = new_values(new, origin, tools, bodies)
    values |= await masks_of_words(values)
    values |= {"reply_code_id": code_id, "reply_ref": tools.codes.ref_of(code)}
    kinds = (FeedbackReceived, FeedbackUrgent) if new.urgent else (FeedbackReceived,)
    events = [outbox_values(event_of_values(kind, values), n) for n, kind in enumerate(kinds, 1)]
    parts = [] if issued_code_id else [reply_code_row(values, origin)]
    parts += private_rows(new, values["id"], origin, tools)
    if leaves_address(new):
        parts.append(Rows(Reach, [{"id": new_id(), "version": 0, "feedback_id": values["id"]}]))
    parts += [Rows(Feedback, [stored_values(values)]), Rows(Outbox, events)]
    return PreparedFeedback(values, code, parts)


def content_of_feedback(new: NewFeedback, bodies: FeedbackBodies) -> dict[str, object]:
    """What the contributor says, by column; a revision replaces all of it."""
    columns = revised_columns(Feedback)
    content = dict.fromkeys(columns) | new.model_dump(include=set(columns), exclude_none=True)
    left = [each.model_dump() for each in (*new.left_out, *bodies.left_out)]
    return content | {"themes": [stored_theme(theme, "sender") for theme in new.themes], "left_out": left}


def stored_theme(theme: NewTheme, by: Literal["sender", "person"]) -> StoredTheme:
    """A theme as it is stored: under its code of today, if there is one, with the side that put it there."""
    stored = StoredTheme(code=code_of_today(theme.version, theme.code) or theme.code, by=by)
    if theme.version != TODAY:
        stored |= {"labelled_as": {"version": theme.version, "code": theme.code}}
    return stored | {"polarity": theme.polarity} if theme.polarity else stored


def new_values(
    new: NewFeedback, origin: Origin, tools: IntakeTools, bodies: FeedbackBodies
) -> dict[str, Any]:
    """The row of new feedback by column, but for masks and reply code.

    It is no object of the mapper, whose bookkeeping would double the cost: one statement stores it.
    """
    return content_of_feedback(new, bodies) | {
        "id": new_id(),
        "version": 2 if new.urgent else 1,
        "state": "received",
        "footprint_id": bodies.footprint_id,
        "placed_by": bodies.placed_by,
        "organisation_ids": bodies.organisation_ids,
        "demonstration": bodies.demonstration,
        "urgent": new.urgent,
        "has_address": leaves_address(new),
        "origin_id": origin.id,
        "source_id": origin.source_id,
        "client_id": origin.client_id,
        "sender_id": origin.organisation_id,
        "external_id": new.external_id,
        "external_ref": tools.codes.external_ref_of(new.external_id) if new.external_id else None,
        "digest": digest_of_feedback(new, tools) if new.external_id else None,
        "revision": 1,
        "received_at": origin.received_at,
        "words_at": origin.words_at,
    }


def leaves_address(new: NewFeedback) -> bool:
    """Whether the contributor leaves an address at which they can be told."""
    return bool(new.contributor and new.contributor.address)


def digest_of_feedback(new: NewFeedback, tools: IntakeTools) -> bytes:
    """The digest that identifies the same content when it is sent again.

    What is left out does not count: a field that a later version adds must not make old content look changed,
    because content that changed is no longer published.
    """
    return tools.codes.digest_of(new.model_dump_json(exclude={"reply_code"}, exclude_defaults=True))


def stored_values(values: Mapping[str, Any]) -> dict[str, object]:
    """The values of a new row, as the driver takes them."""
    stored = dict(values)
    for name in json_columns(Feedback):
        if stored.get(name) is not None:
            stored[name] = orjson.dumps(stored[name]).decode()
    return stored


def reply_code_row(values: Mapping[str, Any], origin: Origin) -> Rows:
    """The row of a new reply code."""
    row = {
        "id": values["reply_code_id"],
        "reply_ref": values["reply_ref"],
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
    return receipt_of_values({name: getattr(feedback, name) for name in ON_RECEIPTS}, reply_code, outcome)


def receipt_of_values(
    values: Mapping[str, Any], reply_code: str, outcome: Outcome = "new"
) -> FeedbackReceipt:
    """The same of a row's values by column."""
    is_new = outcome == "new"
    computed = {
        "reply_code": reply_code if is_new else None,
        "reply_code_notice": None if is_new else REPLY_CODE_NOTICE,
        "outcome": outcome,
        "complaint_notice": COMPLAINT_NOTICE if values["kind"] == "complaint" else None,
    }
    return FeedbackReceipt.model_validate({name: values[name] for name in ON_RECEIPTS} | computed)
