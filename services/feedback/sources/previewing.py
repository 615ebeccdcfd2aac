"""A mapping tried on what a source sent last, beside the one in use: what each makes, and where they differ.

Nothing is stored. It takes no more work than a rehearsal of a replay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.schemas import NewFeedback
from services.feedback.sources import queries
from services.feedback.sources.apart import place_apart, run_apart
from services.feedback.sources.expressions import STEPS_MAX, Budget
from services.feedback.sources.mapping import ANSWERS_MAX, Unmappable
from services.feedback.sources.models import Source
from services.feedback.sources.payloads import MappedAnswer, PayloadToMap, load_payload, map_answers
from services.feedback.sources.previewing_schemas import (
    AnswerMade,
    FieldChange,
    MappingPreview,
    PreviewedAnswer,
)
from services.feedback.sources.replaying import DRY_RUN_STEPS_MAX
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.showing import NEVER_SHOWN, value_to_show

NOT_SHOWN = "[not shown]"
Pair = tuple[MappedAnswer | None, MappedAnswer | None]


async def preview_mapping(
    session: AsyncSession, source: Source, rules: MappingRules, last: int, seals: SourceSeals
) -> MappingPreview:
    """What these rules make of the last stored payloads, and what the mapping in use makes of them."""
    in_use = await queries.find_mapping_in_use(session, source.id)
    saved = MappingRules.model_validate(in_use.rules) if in_use else None
    items: list[PreviewedAnswer] = []
    payloads = spent = 0
    with place_apart(source.organisation_id):
        for received in await queries.newest_stored_payloads(session, source.id, last):
            if spent >= DRY_RUN_STEPS_MAX or len(items) >= ANSWERS_MAX:
                break
            payload = await load_payload(session, received, seals)
            # Each has what it would have at work, so that neither fails for what the other took.
            budgets = Budget(), Budget()
            before = await _map_by(session, payload, saved, seals, budgets[0])
            after = await _map_by(session, payload, rules, seals, budgets[1])
            items += await run_apart(partial(compare_answers, received.id, before, after))
            payloads, spent = payloads + 1, spent + sum(STEPS_MAX - each.steps_left for each in budgets)
    return MappingPreview(
        version_in_use=in_use and in_use.number,
        payloads=payloads,
        answers=len(items),
        different=sum(bool(each.changes) or each.before != each.after for each in items),
        items=items,
    )


async def _map_by(
    session: AsyncSession,
    payload: PayloadToMap,
    rules: MappingRules | None,
    seals: SourceSeals,
    budget: Budget,
) -> list[MappedAnswer]:
    """What rules make of all answers of a payload; a fault of the payload itself is one of the first."""
    try:
        return await map_answers(session, replace(payload, rules=rules), seals, budget, ())
    except Unmappable as fault:
        return [MappedAnswer(0, None, fault)]


def compare_answers(
    received_id: UUID, before: Sequence[MappedAnswer], after: Sequence[MappedAnswer]
) -> list[PreviewedAnswer]:
    """Each answer of a payload as two mappings make it, by its place."""
    found: dict[int, Pair] = {each.position: (each, None) for each in before}
    for each in after:
        found[each.position] = (found.get(each.position, (None, None))[0], each)
    return [
        PreviewedAnswer(
            received_id=received_id,
            position=position,
            before=_made(one),
            after=_made(other),
            changes=list(changes_between(_fields_of(one), _fields_of(other))),
        )
        for position, (one, other) in sorted(found.items())
    ]


def _made(answer: MappedAnswer | None) -> AnswerMade:
    if answer is None:
        return AnswerMade(outcome="not_there")
    if answer.new is None:
        fault = answer.fault
        return AnswerMade(
            outcome="quarantined", error_class=fault and fault.error_class, field=fault and fault.field
        )
    return AnswerMade(outcome="mapped", left_out=[each.field for each in answer.new.left_out])


def _fields_of(answer: MappedAnswer | None) -> dict[str, JsonValue]:
    return fields_of_feedback(answer.new) if answer and answer.new else {}


def fields_of_feedback(new: NewFeedback) -> dict[str, JsonValue]:
    """Each single value of a piece of feedback by its path, named with dots."""
    return dict(_leaves("", new.model_dump(mode="json", exclude={"left_out"}, exclude_none=True)))


def _leaves(path: str, value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    if not isinstance(value, list | dict):
        yield path, value
        return
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(f"{path}.{name}" if path else str(name), inner)


def changes_between(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> Iterator[FieldChange]:
    """The fields in which two pieces differ, masked and cut; those about a person only by their names."""
    for field in sorted({*before, *after}):
        one, other = before.get(field), after.get(field)
        if one != other:
            yield FieldChange(field=field, before=_shown(field, one), after=_shown(field, other))


def _shown(field: str, value: JsonValue) -> str | None:
    if value is not None and field.partition(".")[0] in NEVER_SHOWN:
        return NOT_SHOWN
    return value_to_show(field, value)
