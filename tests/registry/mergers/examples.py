"""Mergers that are declared in tests; none of them has happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.ledger.acts import Act
from services.registry.ledger.views import NOW, BodyOnDay, View, is_said
from services.registry.mergers.schemas import NewMerger
from services.registry.models import Body, BodyCode, BodyName, Boundary, LegalForm, Relation
from shared.auth import Caller
from shared.clock import clock
from shared.ids import new_id
from shared.outbox import Outbox

ACT = Act("The boards decided so (invented).", "the boards' papers (invented)", Caller(new_id(), new_id()))


def new_act() -> Act:
    """Return the same act once more: each has an id of its own."""
    return replace(ACT, id=new_id())


TABLES = (BodyName, BodyCode, LegalForm, Boundary, Relation)
DAY = date(2029, 4, 1)
EVE = date(2029, 3, 31)
NORTH = {"name": "NHS North Integrated Care Board (invented)", "ods": "N9N1A", "ons": "E54009001"}


def link(predecessor: str, successor: str, share: float = 1, **more: Any) -> dict[str, Any]:
    """Return a link by ODS codes."""
    return {"predecessor": f"ods:{predecessor}", "successor": f"ods:{successor}", "share": share, **more}


MERGING: dict[str, Any] = {
    "effective_on": DAY.isoformat(),
    "reason": "The boards decided to merge (invented).",
    "source": "the boards' papers (invented)",
    "successors": [NORTH],
    "links": [link("QE1", "N9N1A"), link("QHM", "N9N1A")],
}
SPLITTING: dict[str, Any] = MERGING | {"links": [link("QE1", "N9N1A", 0.6), link("QE1", "QOP", 0.4)]}


def merger(declared: dict[str, Any] = MERGING, **changes: Any) -> NewMerger:
    """Return a merger as it is declared."""
    return NewMerger.model_validate(declared | changes)


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let it be noon of a day."""
    before, clock.source = clock.source, lambda: datetime.combine(day, time(12), UTC)
    try:
        yield
    finally:
        clock.source = before


LEFT_OUT = {"id", "recorded_at", "superseded_at", "superseded_by", "imported", "act_id", "words"}


async def board(session: AsyncSession, ods: str, day: date) -> BodyOnDay:
    """Return the footprint that has a code on a day."""
    return await find_body(session, f"ods:{ods}", View(day), "footprint")


async def residents_of(session: AsyncSession, ods: str, day: date) -> int:
    """Return how many residents the footprint with a code has on a day."""
    residents = (await board(session, ods, day)).residents
    assert residents is not None
    return residents


async def all_that_is_said(session: AsyncSession) -> set[tuple[Any, ...]]:
    """Return every fact that is said, but for its number and when it was said, and each body's days."""
    found: set[tuple[Any, ...]] = set()
    for model in TABLES:
        names = [each.key for each in model.__table__.columns if each.key not in LEFT_OUT]
        rows = await session.execute(
            select(*(getattr(model, name) for name in names)).where(is_said(model, NOW))
        )
        found |= {(model.__tablename__, *row) for row in rows}
    kept = Body.id, Body.key, Body.opened_on, Body.closed_on, Body.dated_by_hand
    return found | {
        tuple(row) for row in await session.execute(select(*kept).where(Body.withdrawn_at.is_(None)))
    }


async def events_since(session: AsyncSession, since: int) -> list[tuple[str, UUID]]:
    """Return the events since a position: (what happened, to whom)."""
    wanted = select(Outbox.type, Outbox.aggregate_id).where(Outbox.position > since).order_by(Outbox.position)
    return [(kind.split(".")[1], body) for kind, body in await session.execute(wanted)]


async def last_position(session: AsyncSession) -> int:
    """Return the position of the last event."""
    return await session.scalar(select(func.max(Outbox.position))) or 0


def is_lock(statement: str) -> bool:
    """Tell whether a statement locks bodies."""
    return "FROM body " in statement and "FOR NO KEY UPDATE" in statement


@contextmanager
def before_bodies_are_locked(connection: Any, act: Callable[[Any], object]) -> Iterator[list[str]]:
    """Let something happen right before bodies are first locked; collect the statements that are sent."""
    sent: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement)
        if [is_lock(each) for each in sent] == [False] * (len(sent) - 1) + [True]:
            act(connection)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)
