"""The board: said, decided, promised, done, told, and what people made of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.board import queries
from services.loop.board.schemas import BoardLoop, BoardNumbers, BoardOut, BoardPromise, BoardVerdicts
from services.loop.core.hiding import public_values
from services.loop.measures import domain as measures
from services.loop.measures.people import public_told
from services.loop.measures.queries import Figures, read_figures
from services.loop.measures.scope import Scope
from services.loop.models import Loop
from services.loop.records import Verdict
from services.loop.verdicts.counting import counted_verdicts, figures_of_loop
from services.loop.verdicts.domain import message_about
from services.loop.view.schemas import DecisionOut
from shared.clock import now
from shared.disclosure import FEWER, HELD, Count, public_count, public_result, public_sum

# From these states on people are told what came of the loop.
TOLD_STATES = ("telling", "verdict_open", "closed", "contested")


def board_query(scope: Scope) -> Select[Loop]:
    """The query for the loops that a board lists: public loops, with demonstrations marked."""
    return queries.listed_loops(scope.shape).params(scope.values)


async def board_view(
    session: AsyncSession, scope: Scope, loops: Sequence[Loop], cursor: str | None = None
) -> BoardOut:
    """The board with these loops; `cursor` is that of the next page."""
    figures, parts = await read_figures(session, scope, now()), await queries.board_parts(session, loops)
    return BoardOut(
        name=await queries.name_of(session, scope),
        footprint_id=scope.footprint_id,
        organisation_id=scope.organisation_id,
        demonstration=scope.demonstration,
        demonstrations=figures.others,
        numbers=board_numbers(scope, figures),
        items=[loop_view(scope, loop, parts) for loop in loops],
        next=cursor,
    )


def board_numbers(scope: Scope, figures: Figures) -> BoardNumbers:
    """All loops that count, in numbers."""
    counted = figures.opened
    return BoardNumbers(
        loops=counted["opened"] + counted["praise"],
        said=count_said(scope, figures),
        decided=dict(figures.by_name["answer"]),
        promised=counted["promised"],
        done=counted["kept"],
        judged=measures.judgements(figures),
        halted=measures.count_halted(figures),
        people_until=measures.people_days(scope).until,
        told=public_told(figures.people),
        verdicts=measures.verdict_counts(figures, own=scope.is_own),
    )


def count_said(scope: Scope, figures: Figures) -> Count:
    """How many pieces of feedback the loops answer; in public a loop with few is not told by what is left."""
    kind = scope.whose.kind
    if scope.is_own:
        return figures.opened[f"said.{kind}"]
    in_large, few = figures.opened[f"large.{kind}"], figures.opened["few"]
    return public_sum([*([in_large] if in_large else []), *[FEWER] * min(few, 2)])


def count_of_people(count: int, scope: Scope) -> Count:
    """A count of people: exact for the body itself, otherwise held back where it is small."""
    return count if scope.is_own else public_count(count)


def loop_view(scope: Scope, loop: Loop, parts: queries.BoardParts) -> BoardLoop:
    """One loop as the board shows it."""
    decision = parts.decisions.get(loop.id)
    is_moderated, promised = loop.moderated_at is not None, parts.commitments.get(loop.id, ())
    shown = public_values(loop, loop)
    return BoardLoop(
        loop_id=loop.id,
        path=f"/v1/loops/{loop.id}",
        demonstration=loop.demonstration,
        name=parts.name_of(loop),
        title=loop.title if is_moderated else None,
        you_said=loop.you_said if is_moderated else None,
        wording=loop.wording,
        said=count_of_people(len(loop.answered_links), scope),
        state=loop.state,
        organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id,
        opened_at=loop.opened_at,
        decided=DecisionOut.model_validate(public_values(decision, loop)) if decision else None,
        promised=[BoardPromise.model_validate(public_values(each, loop)) for each in promised],
        done_at=loop.first_change_at,
        judged_by=loop.judged_by,
        told=told_of_loop(loop, parts.told[loop.id]),
        verdicts=verdicts_view(loop, parts.verdicts.get(loop.id, []), scope),
        closed_as=loop.closed_as,
        statement=shown["statement"],
        texts_hidden_at=loop.texts_hidden_at,
        halted_at=loop.halted_at,
        halted_by=loop.halted_by,
        halts=loop.halts,
        waits_for=loop.waits_for,
        others_may_act_from=loop.left_to_others_at,
        inherited_from=loop.inherited_from,
        heir_uncertain=loop.heir_uncertain,
        owner_to_be_named=loop.owner_to_be_named,
        updated_at=loop.last_entry_at or loop.drafted_at,
    )


def told_of_loop(loop: Loop, told: int) -> Count:
    """How many people were told, once that is final: from one day to the next it would tell of one person."""
    if loop.state == "closed":
        return public_result(told)
    return HELD if loop.state in TOLD_STATES else 0


def verdicts_view(loop: Loop, verdicts: Sequence[Verdict], scope: Scope) -> BoardVerdicts:
    """What people made of a loop."""
    verdicts = counted_verdicts(verdicts, loop.state)
    found = figures_of_loop(verdicts, own=scope.is_own, state=loop.state)
    return BoardVerdicts(
        n=found.verdicts,
        witnessed=found.witnessed,
        not_witnessed=found.not_witnessed,
        changed=found.changed,
        message=message_about(loop, verdicts, own=scope.is_own),
        did_it_happen=found.did_it_happen,
        others=found.others,
    )


def last_update(board: BoardOut, never: datetime) -> datetime:
    """When something last happened on a board."""
    return max((item.updated_at for item in board.items), default=never)
