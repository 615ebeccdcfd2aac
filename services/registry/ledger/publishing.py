"""Publishing what an act changed: event, version and place in the feed, saved with the facts themselves."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Insert, SmallInteger, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.ledger.acts import Act
from services.registry.models import Base, Change
from shared.clock import now
from shared.db import table_of, wake_after_commit
from shared.events.base import Event
from shared.outbox import Outbox, outbox_values


class Revision(Base):
    """How many changes there have been: one row, locked by whoever tells of a change until it commits."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


# How many changes there have been: what is public is known by it.
REVISION = select(Revision.number).where(Revision.id == 1).scalar_subquery()
OUTBOX, CHANGE = table_of(Outbox), table_of(Change)
OF_EVENT = ("id", "partition", "aggregate_id", "sequence", "type", "body")
OF_CHANGE = tuple(column.key for column in CHANGE.columns if column.key != "position")


def publishing_one() -> Insert:
    """One statement that saves an event, takes the next place in the order of changes and fills it."""
    taken = update(Revision).where(Revision.id == 1).values(number=Revision.number + 1)
    place = taken.returning(Revision.number).cte("taken")
    sent = insert(OUTBOX).values(
        {name: bindparam(f"sent_{name}", type_=OUTBOX.c[name].type) for name in OF_EVENT}
    )
    values = {name: bindparam(f"change_{name}", type_=CHANGE.c[name].type) for name in OF_CHANGE}
    return (
        insert(CHANGE)
        .values(**values, position=select(place.c.number).scalar_subquery())
        .add_cte(sent.cte("sent"))
    )


PUBLISH_ONE = publishing_one()


async def publish_changes(session: AsyncSession, changed: Sequence[tuple[Event, int]], act: Act) -> None:
    """Save events, each with the new version of its record, and their places in the feed.

    The records must be new or locked. Publish last: until the transaction ends, all others that publish wait.
    """
    if not changed:
        return
    sent = [outbox_values(event, version) for event, version in changed]
    changes = [
        change_values(event, row["id"], version, act)
        for (event, version), row in zip(changed, sent, strict=True)
    ]
    if len(changed) == 1:
        given = {f"sent_{name}": value for name, value in sent[0].items() if name in OF_EVENT}
        given |= {f"change_{name}": changes[0][name] for name in OF_CHANGE}
        await session.execute(PUBLISH_ONE, given)
    else:
        await session.execute(insert(OUTBOX), sent)
        first = await take_positions(session, len(changed))
        placed = [row | {"position": first + place} for place, row in enumerate(changes)]
        await session.execute(insert(CHANGE), placed)
    wake_after_commit(session)


async def take_positions(session: AsyncSession, count: int) -> int:
    """Take the next places in the order of changes and return the first; others wait until the commit."""
    counted = update(Revision).where(Revision.id == 1).values(number=Revision.number + count)
    statement = counted.returning(Revision.number).execution_options(synchronize_session=False)
    last = (await session.execute(statement)).scalar_one()
    return last - count + 1


async def newest_position(session: AsyncSession) -> int:
    """The position of the newest change: all up to it are there to be read."""
    return (await session.scalar(select(REVISION))) or 0


def change_values(event: Event, event_id: object, version: int, act: Act) -> dict[str, object]:
    """The row of a change, without its place."""
    return {
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
