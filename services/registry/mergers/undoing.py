"""Undoing what a merger wrote: bodies are again as they were, and its history stays."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act, Ledger, copy_of
from services.registry.mergers import queries
from services.registry.mergers.errors import ChangedMeanwhile
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import DAY
from services.registry.models import Body, Relation


async def undo(session: AsyncSession, merger: Merger, act: Act) -> set[UUID]:
    """Undo a merger, its new bodies being withdrawn; return whom that touches, who are locked."""
    ledger, written = Ledger(session, act), merger.written
    opened = {UUID(each["id"]) for each in merger.opened}
    closed = {UUID(each["id"]): each for each in written["closed"]}
    known = [*await rows_of(session, [*written["brought"], *written["ended"]])]
    known += await queries.relations_said(session, opened)
    bodies = await queries.locked(session, opened | set(closed) | about(known))
    # Once more, now that nobody changes them any more.
    brought, ended = [await rows_of(session, written[part]) for part in ("brought", "ended")]
    later = await queries.relations_said(session, opened)
    if about(later) - set(bodies):
        raise ChangedMeanwhile
    for fact in [*brought, *later]:
        # What is known of the bodies themselves stays with them: nothing leads there any more.
        if fact.superseded_at is None and (isinstance(fact, Relation) or fact.body_id not in opened):
            ledger.withdraw(fact)
    before = {(each["table"], each["id"]): each for each in written["ended"]}
    for fact in ended:
        restore(ledger, fact, before[fact.__tablename__, fact.id], merger.effective_on - DAY)
    for each in opened:
        bodies[each].withdrawn_at, bodies[each].key = ledger.at, f"withdrawn/{each}"
    for each, was in closed.items():
        reopen(bodies[each], was, merger.effective_on - DAY)
    await session.flush()
    return set(bodies)


async def rows_of(session: AsyncSession, named: Collection[Mapping[str, Any]]) -> list[Any]:
    """Return the facts that are named by table and id."""
    by_table: dict[str, list[int]] = defaultdict(list)
    for each in named:
        by_table[each["table"]].append(each["id"])
    return [row for table, ids in by_table.items() for row in await queries.rows_of(session, table, ids)]


def about(facts: Collection[Any]) -> set[UUID]:
    """Return the bodies that facts are about."""
    relations = [each for each in facts if isinstance(each, Relation)]
    ends = {end for each in relations for end in (each.from_id, each.to_id)}
    return ends | {each.body_id for each in facts if not isinstance(each, Relation)}


def restore(ledger: Ledger, fact: Any, was: Mapping[str, Any], eve: date) -> None:
    """Let a fact hold as long as before it was ended; what somebody said of it since is left alone."""
    if was.get("gone"):
        again = copy_of(fact)
        ledger.say(again)
        again.imported, again.file = fact.imported, fact.file
    elif fact.superseded_at is None and fact.valid_to == eve:
        ledger.restate(fact, valid_to=date.fromisoformat(was["valid_to"]) if was["valid_to"] else None)


def reopen(body: Body, was: Mapping[str, Any], eve: date) -> None:
    """Open a predecessor again, unless somebody gave it another last day since."""
    if body.closed_on == eve:
        body.closed_on, body.dated_by_hand = None, was["dated_by_hand"]
