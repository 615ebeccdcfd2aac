"""The board: said, decided, promised, done, told, and what people made of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.board import queries
from services.loop.board.schemas import BoardLoop, BoardNumbers, BoardOut, BoardPromise, BoardVerdicts
from services.loop.decisions.schemas import DecisionOut
from services.loop.measures import domain as measures
from services.loop.measures.queries import facts_of
from services.loop.measures.schemas import Count
from services.loop.measures.scope import Scope
from services.loop.models import Loop
from services.loop.records import Verdict
from services.loop.verdicts.domain import ENOUGH, TOO_FEW, counted
from shared.disclosure import SMALL, held_back


def listed(scope: Scope) -> Select[Loop]:
    """Return the query for the loops that a board lists: public ones, demonstrations marked among them."""
    return select(Loop).where(scope.public)


async def board(
    session: AsyncSession, scope: Scope, loops: Sequence[Loop], following: str | None = None
) -> BoardOut:
    """Return the board with these loops."""
    return BoardOut(
        name=await queries.name_of(session, scope),
        footprint_id=scope.footprint_id,
        organisation_id=scope.organisation_id,
        demonstration=scope.demonstration,
        demonstrations=await queries.demonstrations_in(session, scope),
        numbers=await numbers(session, scope),
        items=await shown(session, scope, loops),
        next=following,
    )


async def latest(session: AsyncSession, scope: Scope) -> BoardOut:
    """Return the board with the loops in which something happened last."""
    return await board(session, scope, await queries.latest_loops(session, scope))


async def numbers(session: AsyncSession, scope: Scope) -> BoardNumbers:
    """Return all loops that count, in numbers."""
    facts = await facts_of(session, scope, None, None)
    said = await queries.said_in(session, scope)
    return BoardNumbers(
        loops=len(facts.loops) + facts.praise,
        said=people(said, scope),
        decided=dict(Counter(loop.answer for loop in facts.loops if loop.answer)),
        promised=len(facts.commitments),
        done=sum(commitment.kept_at is not None for commitment in facts.commitments),
        told=measures.told_of(facts.contributors, own=scope.is_own),
        verdicts=measures.verdicts_of(facts.verdicts, own=scope.is_own),
    )


def people(count: int, scope: Scope) -> Count:
    """Return a count of people: as it is for the body itself, else held back where it is small."""
    return count if scope.is_own else held_back(count)


async def shown(session: AsyncSession, scope: Scope, loops: Sequence[Loop]) -> list[BoardLoop]:
    """Return loops as the board shows them."""
    found = await queries.parts_of(session, [loop.id for loop in loops])
    return [loop_shown(scope, loop, found) for loop in loops]


def loop_shown(scope: Scope, loop: Loop, found: queries.Parts) -> BoardLoop:
    """Return one loop as the board shows it."""
    decision = found.decisions.get(loop.id)
    readable = loop.moderated_at is not None
    return BoardLoop(
        loop_id=loop.id, path=f"/v1/loops/{loop.id}", demonstration=loop.demonstration,
        title=loop.title if readable else None, you_said=loop.you_said if readable else None,
        said=people(len(loop.feedback_ids), scope), state=loop.state, organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id, opened_at=loop.opened_at,
        decided=DecisionOut.model_validate(decision) if decision else None,
        promised=[
            BoardPromise(
                commitment_id=each.id, people_will_notice=each.people_will_notice, due_on=each.due_on,
                original_due_on=each.original_due_on, slips=each.slips, kept_at=each.kept_at,
            )
            for each in found.commitments.get(loop.id, ())
        ],
        done_at=loop.first_change_at, told=people(found.told[loop.id], scope),
        verdicts=verdicts_shown(found.verdicts.get(loop.id, []), scope),
        closed_as=loop.closed_as, statement=loop.statement, inherited_from=loop.inherited_from,
        heir_uncertain=loop.heir_uncertain, owner_to_be_named=loop.owner_to_be_named,
        updated_at=found.updated.get(loop.id, loop.drafted_at),
    )  # fmt: skip


def verdicts_shown(verdicts: Sequence[Verdict], scope: Scope) -> BoardVerdicts:
    """Return what people made of a loop."""
    return BoardVerdicts(
        n=people(len(verdicts), scope),
        message=TOO_FEW if len(verdicts) < SMALL else ENOUGH,
        did_it_happen=counted(verdicts, "did_it_happen", own=scope.is_own),
    )


def updated(shown_board: BoardOut, never: datetime) -> datetime:
    """Return when something happened last on a board."""
    return max((item.updated_at for item in shown_board.items), default=never)
