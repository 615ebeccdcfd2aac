"""What a source's organisation sees of it."""

from collections.abc import Collection, Iterable

from services.feedback.codes import ReplyKeys
from services.feedback.leaving_out import LeftOutView
from services.feedback.sources.models import Payload, Quarantined, Refusal, Source, SourceMapping
from services.feedback.sources.presets import hint_of_fault
from services.feedback.sources.queries import PayloadFeedbackRow
from services.feedback.sources.received_schemas import (
    AttemptsView,
    AttemptView,
    FaultOfPayload,
    FeedbackOfPayload,
    QuarantinedView,
    ReceivedView,
)
from services.feedback.sources.schemas import MappingView, NewSourceView, SourceHealth, SourceView
from services.feedback.sources.scheme_schemas import HmacSettings, MessageSettings, TokenSettings
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.showing import open_value

ATTEMPTS_SHOWN = 50


def source_view(source: Source, health: SourceHealth) -> SourceView:
    """A source without its secrets."""
    return SourceView.model_validate({**_fields_of_source(source), "health": health})


def new_source_view(source: Source, secret: str | None) -> NewSourceView:
    """A new source with the secret that was made for it."""
    fields = _fields_of_source(source)
    if source.scheme == "secret-path":
        fields["hook"] = f"/v1/hooks/{source.id}/{secret}"
    return NewSourceView.model_validate({**fields, "health": SourceHealth(), "secret": secret})


def _fields_of_source(source: Source) -> dict[str, object]:
    computed = {"hook", "told_apart_by", "retry_minutes", "health"}
    settings = settings_of_source(source)
    end = "/{secret}" if source.scheme == "secret-path" else ""
    return {name: getattr(source, name) for name in SourceView.model_fields.keys() - computed} | {
        "hook": f"/v1/hooks/{source.id}{end}",
        "told_apart_by": settings.told_apart_by if settings else "signed_id",
        "retry_minutes": settings.retry_window.seconds // 60 if settings else 0,
    }


def settings_of_source(source: Source) -> MessageSettings | None:
    """The settings of a source's scheme; None for `standard-webhooks`, which needs none."""
    if source.hmac:
        return HmacSettings.model_validate(source.hmac)
    return TokenSettings.model_validate(source.token) if source.token else None


def mapping_view(mapping: SourceMapping) -> MappingView:
    """One version of a mapping."""
    return MappingView.model_validate(
        {
            **mapping.rules,
            "id": mapping.id,
            "source_id": mapping.source_id,
            "version": mapping.number,
            "samples": mapping.samples,
            "created_at": mapping.created_at,
        }
    )


def attempts_view(source: Source, refusals: Iterable[Refusal], payloads: Iterable[Payload]) -> AttemptsView:
    """The last 50 attempts, refused and accepted, newest first."""
    refused = [
        AttemptView(
            at=each.at,
            outcome="refused",
            status=each.status,
            code=each.code,
            detail=each.detail,
            unrecorded_before=each.unrecorded_before,
        )
        for each in refusals
    ]
    accepted = [
        AttemptView(
            at=each.received_at,
            outcome="taken",
            status=source.success_status,
            received_id=each.id,
            repeats=each.repeats,
            repeat_of=each.repeat_of,
        )
        for each in payloads
    ]
    newest = sorted([*refused, *accepted], key=lambda attempt: attempt.at, reverse=True)
    return AttemptsView(items=newest[:ATTEMPTS_SHOWN])


def quarantined_view(quarantined: Quarantined, source: Source, seals: SourceSeals) -> QuarantinedView:
    """Why an answer is in quarantine, and which value."""
    return QuarantinedView(
        id=quarantined.id,
        received_id=quarantined.received_id,
        position=quarantined.position,
        error_class=quarantined.error_class,
        field=quarantined.field,
        value=open_value(quarantined, seals),
        hint=hint_of_fault(source.preset, quarantined.error_class),
        mapping_version=quarantined.mapping_number,
        at=quarantined.at,
    )


def received_view(
    payload: Payload,
    feedback: Iterable[PayloadFeedbackRow],
    faults: Iterable[Quarantined],
    codes: ReplyKeys,
    unshown: Collection[int],
) -> ReceivedView:
    """What became of a payload; reply codes are derived, where nobody was shown them before."""
    names = ReceivedView.model_fields.keys() - {"feedback", "quarantined"}
    return ReceivedView(
        **{name: getattr(payload, name) for name in names},
        feedback=[
            FeedbackOfPayload(
                position=position,
                feedback_id=feedback_id,
                reply_code=codes.code_of(code_id) if position in unshown else None,
                outcome=outcome,
                left_out=[LeftOutView.model_validate(each) for each in left],
            )
            for position, feedback_id, code_id, outcome, left in feedback
        ],
        quarantined=[
            FaultOfPayload(position=each.position, error_class=each.error_class, field=each.field)
            for each in faults
        ],
    )
