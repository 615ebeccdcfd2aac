"""What is given, made ready to be stored: rows, reply code and events, with ids and times made here."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from services.feedback.contributors.sealing import sealed
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.schemas import COMPLAINT_NOTICE, GivenFeedback, NewFeedback
from services.feedback.items.statement import Rows
from services.feedback.models import Feedback
from services.feedback.models import ReplyCode
from shared.events.feedback import FeedbackReceived, FeedbackState, FeedbackUrgent
from shared.ids import new_id
from shared.outbox import outbox_values


@dataclass(frozen=True, slots=True)
class About:
    """The bodies that it is about, by their ids."""

    footprint_id: UUID | None
    organisation_ids: tuple[UUID, ...]

    @property
    def concerns(self) -> tuple[UUID, ...]:
        """The organisations, and the footprint when there is one."""
        footprint = (self.footprint_id,) if self.footprint_id else ()
        return tuple(dict.fromkeys((*self.organisation_ids, *footprint)))


@dataclass(frozen=True, slots=True)
class Intake:
    """One piece of feedback on its way into the database."""

    given: GivenFeedback
    parts: list[Rows]


def as_json(value: Any) -> str:
    """Return a value as a JSON column takes it."""
    return orjson.dumps(value).decode()


def said(new: NewFeedback) -> dict[str, Any]:
    """Return what was said, as columns; all of it may be replaced by a revision."""
    return {
        "kind": new.kind,
        "text": new.text,
        "answers": [answer.model_dump(exclude_none=True) for answer in new.answers],
        "language": new.language,
        "experienced_on": new.experienced_on,
        "touchpoints": list(new.touchpoints),
        "rating": new.rating and new.rating.model_dump(),
        "themes": [{**theme.model_dump(exclude_none=True), "by": "sender"} for theme in new.themes],
        "permissions": new.permissions.model_dump(),
        "proxy_by": new.proxy_by,
    }


def digest(new: NewFeedback, desk: Desk) -> bytes:
    """Return the digest by which the same content is known when it is sent again."""
    return desk.codes.digest_of(new.model_dump_json(exclude={"reply_code"}))


def event_of(kind: type[FeedbackState], feedback: dict[str, Any], about: About) -> FeedbackState:
    """Return an event about rows that are not stored yet."""
    return kind(
        feedback_id=feedback["id"],
        kind=feedback["kind"],
        state="received",
        footprint_id=about.footprint_id,
        source_id=feedback["source_id"],
        reply_ref=feedback["reply_ref"],
        urgent=feedback["urgent"],
        received_at=feedback["received_at"],
        organisations=about.concerns,
        footprints=(about.footprint_id,) if about.footprint_id else (),
        themes=tuple(theme["code"] for theme in feedback["themes"]),
    )


def prepare(
    new: NewFeedback, origin: Origin, desk: Desk, about: About, code_id: UUID | None = None
) -> Intake:
    """Make the rows of a piece of feedback; `code_id` is that of a reply code issued before."""
    feedback = feedback_row(new, origin, desk, about, code_id or new_id())
    kinds = (FeedbackReceived, FeedbackUrgent) if new.urgent else (FeedbackReceived,)
    events = [event_of(kind, feedback, about) for kind in kinds]
    parts = [] if code_id else [code_part(feedback, origin)]
    parts += private_parts(new, feedback, desk)
    parts.append(Rows("feedback", [{name: as_column(name, value) for name, value in feedback.items()}]))
    outbox = [outbox_values(event, n, at=origin.received_at) for n, event in enumerate(events, 1)]
    parts.append(Rows("outbox", outbox))
    return Intake(given_of(feedback, desk), parts)


def feedback_row(
    new: NewFeedback, origin: Origin, desk: Desk, about: About, code_id: UUID
) -> dict[str, Any]:
    """Return the feedback's own row."""
    return said(new) | {
        "id": new_id(),
        "version": 2 if new.urgent else 1,
        "state": "received",
        "footprint_id": about.footprint_id,
        "organisation_ids": list(about.organisation_ids),
        "urgent": new.urgent,
        "reply_code_id": code_id,
        "reply_ref": desk.codes.ref_of(desk.codes.code_of(code_id)),
        "origin_id": origin.id,
        "source_id": origin.source_id,
        "client_id": origin.client_id,
        "sender_id": origin.organisation_id,
        "external_id": new.external_id,
        "digest": digest(new, desk) if new.external_id else None,
        "revision": 1,
        "received_at": origin.received_at,
    }


JSON_COLUMNS = frozenset({"answers", "rating", "themes", "permissions"})


def as_column(name: str, value: Any) -> Any:
    """Return a value as the driver takes it for that column."""
    return as_json(value) if name in JSON_COLUMNS and value is not None else value


def code_part(feedback: dict[str, Any], origin: Origin) -> Rows:
    """Return the row of a new reply code."""
    row = {
        "id": feedback["reply_code_id"],
        "reply_ref": feedback["reply_ref"],
        "source_id": origin.source_id,
        "organisation_id": origin.organisation_id,
        "issued_at": origin.received_at,
    }
    return Rows(ReplyCode.__tablename__, [row])


def private_parts(new: NewFeedback, feedback: dict[str, Any], desk: Desk) -> list[Rows]:
    """Return who said it, sealed, and what they said about themselves, by pseudonym: each in its own schema."""
    parts = []
    if new.contributor:
        row = {
            "id": new_id(),
            "feedback_id": feedback["id"],
            "sealed": sealed(new.contributor, feedback["id"], desk.contributors),
            "given_at": feedback["received_at"],
        }
        parts.append(Rows("contributors.contributor", [row]))
    if new.demographics:
        row = {
            "pseudonym": desk.codes.pseudonym_of(feedback["id"]),
            "answers": as_json(new.demographics.model_dump()),
        }
        parts.append(Rows("demographics.demographics", [row]))
    return parts


def given_of(feedback: Feedback | dict[str, Any], desk: Desk) -> GivenFeedback:
    """Return what the giver is told: never their own words."""
    row = feedback if isinstance(feedback, dict) else vars(feedback)
    told = {name: row[name] for name in GivenFeedback.model_fields if name in row}
    complaint = COMPLAINT_NOTICE if row["kind"] == "complaint" else None
    code = desk.codes.code_of(row["reply_code_id"])
    return GivenFeedback(**told, reply_code=code, complaint_notice=complaint)
