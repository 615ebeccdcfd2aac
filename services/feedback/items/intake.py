"""What is given, made ready to be stored: rows, reply code and events, with ids and times made here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

from services.feedback.contributors.sealing import sealed
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.events import state_of
from services.feedback.items.schemas import COMPLAINT_NOTICE, GivenFeedback, NewFeedback, NewTheme
from services.feedback.items.statement import Rows
from services.feedback.models import Feedback, StoredTheme
from shared.columns import json_columns, revised_columns
from shared.events.feedback import FeedbackReceived, FeedbackUrgent
from shared.ids import new_id
from shared.outbox import outbox_values


@dataclass(frozen=True, slots=True)
class About:
    """The bodies that it is about, by their ids."""

    footprint_id: UUID | None
    organisation_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Intake:
    """One piece of feedback on its way into the database, and what its giver will be told."""

    given: GivenFeedback
    parts: list[Rows]


def prepare(
    new: NewFeedback, origin: Origin, desk: Desk, about: About, code_id: UUID | None = None
) -> Intake:
    """Make the rows of a piece of feedback; `code_id` is that of a reply code issued before."""
    code = desk.codes.code_of(row_id := code_id or new_id())
    feedback = feedback_row(new, origin, desk, about, row_id) | {"reply_ref": desk.codes.ref_of(code)}
    kinds = (FeedbackReceived, FeedbackUrgent) if new.urgent else (FeedbackReceived,)
    parts = [] if code_id else [code_part(feedback, origin)]
    parts += private_parts(new, feedback["id"], origin, desk)
    parts.append(Rows("feedback", [{name: as_column(name, value) for name, value in feedback.items()}]))
    outbox = [outbox_values(state_of(kind, feedback), n) for n, kind in enumerate(kinds, 1)]
    parts.append(Rows("outbox", outbox))
    return Intake(given_of(feedback, code), parts)


def content_of(new: NewFeedback) -> dict[str, Any]:
    """What a person says, by column: a revision replaces all of it."""
    columns = revised_columns(Feedback)
    content = dict.fromkeys(columns) | new.model_dump(include=set(columns), exclude_none=True)
    return content | {"themes": [theme_from(theme, "sender") for theme in new.themes]}


def theme_from(theme: NewTheme, by: Literal["sender", "person"]) -> StoredTheme:
    """A theme as it is stored, with who says so."""
    stored = StoredTheme(code=theme.code, by=by)
    return stored | {"polarity": theme.polarity} if theme.polarity else stored


def feedback_row(new: NewFeedback, origin: Origin, desk: Desk, about: About, code_id: UUID) -> dict[str, Any]:
    """Return the feedback's own row."""
    return content_of(new) | {
        "id": new_id(),
        "version": 2 if new.urgent else 1,
        "state": "received",
        "footprint_id": about.footprint_id,
        "organisation_ids": about.organisation_ids,
        "urgent": new.urgent,
        "has_address": leaves_address(new),
        "reply_code_id": code_id,
        "origin_id": origin.id,
        "source_id": origin.source_id,
        "client_id": origin.client_id,
        "sender_id": origin.organisation_id,
        "external_id": new.external_id,
        "external_ref": desk.codes.external_ref_of(new.external_id) if new.external_id else None,
        "digest": digest_of(new, desk) if new.external_id else None,
        "revision": 1,
        "received_at": origin.received_at,
    }


def leaves_address(new: NewFeedback) -> bool:
    """Tell whether who says it leaves an address at which they can be told."""
    return bool(new.contributor and new.contributor.address)


def digest_of(new: NewFeedback, desk: Desk) -> bytes:
    """Return the digest by which the same content is known when it is sent again."""
    return desk.codes.digest_of(new.model_dump_json(exclude={"reply_code"}))


def as_column(name: str, value: Any) -> Any:
    """Return a value as the driver takes it for that column."""
    return orjson.dumps(value).decode() if name in json_columns(Feedback) and value is not None else value


def code_part(feedback: Mapping[str, Any], origin: Origin) -> Rows:
    """Return the row of a new reply code."""
    row = {
        "id": feedback["reply_code_id"],
        "reply_ref": feedback["reply_ref"],
        "source_id": origin.source_id,
        "organisation_id": origin.organisation_id,
        "issued_at": origin.received_at,
    }
    return Rows("reply_code", [row])


def private_parts(new: NewFeedback, feedback_id: UUID, origin: Origin, desk: Desk) -> list[Rows]:
    """Return who said it, sealed, and what they say about themselves, by pseudonym: each kept apart."""
    parts = []
    if new.contributor:
        seal = sealed(new.contributor, feedback_id, desk.contributors)
        row = {"id": new_id(), "feedback_id": feedback_id, "sealed": seal, "given_at": origin.received_at}
        parts.append(Rows("contributors.contributor", [row]))
    if new.demographics:
        answers = orjson.dumps(new.demographics.model_dump()).decode()
        row = {"pseudonym": desk.codes.pseudonym_of(feedback_id), "answers": answers}
        parts.append(Rows("demographics.demographics", [row]))
    return parts


def given_of(row: Mapping[str, Any], reply_code: str) -> GivenFeedback:
    """Return what the giver is told: never their own words."""
    return GivenFeedback(
        **{name: row[name] for name in GivenFeedback.model_fields if name in row},
        reply_code=reply_code,
        complaint_notice=COMPLAINT_NOTICE if row["kind"] == "complaint" else None,
    )
