"""From rows to what the source's organisation is shown."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.feedback.replies.codes import ReplyKeys
from services.feedback.sources.models import Quarantined, Received, Refusal, Source, SourceMapping
from services.feedback.sources.schemas import (
    Attempt,
    Attempts,
    FaultOfPayload,
    FeedbackOfPayload,
    MappingShown,
    QuarantinedShown,
    ReceivedShown,
    SourceMade,
    SourceShown,
)

ATTEMPTS_SHOWN = 50


def shown(source: Source) -> SourceShown:
    """Return a source without its secrets."""
    return SourceShown.model_validate(_fields(source))


def made(source: Source, secret: str | None) -> SourceMade:
    """Return a new source with the secret that was made for it."""
    return SourceMade.model_validate({**_fields(source), "secret": secret})


def _fields(source: Source) -> dict[str, Any]:
    names = SourceShown.model_fields.keys() - {"hook"}
    return {name: getattr(source, name) for name in names} | {"hook": f"/v1/hooks/{source.id}"}


def mapping(row: SourceMapping) -> MappingShown:
    """Return one version of a mapping."""
    return MappingShown.model_validate(
        {
            **row.rules,
            "id": row.id,
            "source_id": row.source_id,
            "version": row.number,
            "samples": row.samples,
            "created_at": row.created_at,
        }
    )


def attempts(source: Source, refusals: Iterable[Refusal], taken: Iterable[Received]) -> Attempts:
    """Return the last 50 attempts, refused and taken, newest first."""
    refused = [
        Attempt(
            at=each.at,
            outcome="refused",
            status=each.status,
            code=each.code,
            detail=each.detail,
            unrecorded_before=each.unrecorded_before,
        )
        for each in refusals
    ]
    kept = [
        Attempt(
            at=each.received_at,
            outcome="taken",
            status=source.success_status,
            received_id=each.id,
            repeats=each.repeats,
        )
        for each in taken
    ]
    newest = sorted([*refused, *kept], key=lambda attempt: attempt.at, reverse=True)
    return Attempts(items=newest[:ATTEMPTS_SHOWN])


def quarantined(row: Quarantined) -> QuarantinedShown:
    """Return why an answer waits."""
    return QuarantinedShown(
        id=row.id,
        received_id=row.received_id,
        position=row.position,
        error_class=row.error_class,
        field=row.field,
        mapping_version=row.mapping_number,
        at=row.at,
    )


def received(
    row: Received,
    given: Iterable[Sequence[Any]],
    faults: Iterable[Quarantined],
    codes: ReplyKeys,
) -> ReceivedShown:
    """Return what became of a payload; reply codes are derived anew, they are stored nowhere."""
    names = ("id", "source_id", "message_id", "state", "received_at", "mapped_at", "repeats")
    return ReceivedShown(
        **{name: getattr(row, name) for name in names},
        feedback=[
            feedback_of(position, feedback_id, codes.code_of(code)) for position, feedback_id, code in given
        ],
        quarantined=[
            FaultOfPayload(position=each.position, error_class=each.error_class, field=each.field)
            for each in faults
        ],
    )


def feedback_of(position: int, feedback_id: UUID, reply_code: str) -> FeedbackOfPayload:
    """Return the feedback that one answer became."""
    return FeedbackOfPayload(position=position, feedback_id=feedback_id, reply_code=reply_code)
