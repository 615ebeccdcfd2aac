"""Telling of a change: event, version and place in the feed, saved together with what changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes import queries
from services.registry.changes.schemas import Reasoned
from services.registry.models import Change
from shared.auth import Actor, Caller
from shared.clock import now
from shared.db import Versioned, wake_after_commit
from shared.events.base import Event
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to the registry: why, by which source, and who. One act may change many records."""

    reason: str
    source: str
    caller: Caller = field(default_factory=Caller)
    actor: Actor | None = None
    id: UUID = field(default_factory=new_id)

    @classmethod
    def of(cls, given: Reasoned, caller: Caller, actor: Actor | None = None) -> "Act":
        """Return the act that a request asks for."""
        return cls(given.reason, given.source, caller, actor)


async def tell(session: AsyncSession, record: Versioned, event: Event, act: Act) -> None:
    """Save that a record changed; it has to be new or locked, and everything else that changes as well.

    Tell last: who tells holds back all others that tell until the transaction ends.
    """
    record.version = (record.version or 0) + 1
    await session.flush()
    await save(session, [(event, record.version)], act)


async def save(session: AsyncSession, told: Sequence[tuple[Event, int]], act: Act) -> None:
    """Save events, each with the version that its record has now, and their places in the feed."""
    if not told:
        return
    rows = [outbox_values(event, version) for event, version in told]
    await session.execute(insert(Outbox), rows)
    first = await queries.next_positions(session, len(told))
    changes = [
        change(event, row["id"], version, first + place, act)
        for place, ((event, version), row) in enumerate(zip(told, rows, strict=True))
    ]
    await session.execute(insert(Change), changes)
    wake_after_commit(session)


def change(event: Event, event_id: UUID, version: int, position: int, act: Act) -> dict[str, object]:
    """Return the row of a change."""
    return {
        "position": position,
        "id": event_id,
        "act_id": act.id,
        "at": now(),
        "type": event.type,
        "record_id": event.aggregate_id,
        "version": version,
        "footprints": list(event.footprints),
        "state": event.model_dump_json(),
        "reason": act.reason,
        "source": act.source,
        "client_id": act.caller.client_id,
        "organisation_id": act.caller.organisation_id,
        "team": act.caller.team,
        "actor": act.actor.pseudonym if act.actor else None,
    }
