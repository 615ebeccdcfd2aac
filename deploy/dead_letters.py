"""Dead letters: events that a consumer could not process, to be listed, replayed or discarded."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

from nats.aio.client import Client
from sqlalchemy import Update, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus import broker_connection
from shared.consuming import UNREADABLE
from shared.db import engine_to
from shared.events import Envelope
from shared.inbox import DeadLetter
from shared.logs import log
from shared.positions import StreamPosition


async def find_waiting_letters(session: AsyncSession) -> Sequence[DeadLetter]:
    """The dead letters that were neither replayed nor discarded, oldest first."""
    waiting = select(DeadLetter).where(DeadLetter.replayed_at.is_(None), DeadLetter.discarded_at.is_(None))
    return (await session.scalars(waiting.order_by(DeadLetter.failed_at))).all()


async def read_dead_letters(service: str, settings: Mapping[str, str]) -> Sequence[DeadLetter]:
    """A service's dead letters."""
    async with AsyncExitStack() as opened:
        return await find_waiting_letters(await open_session(service, settings, opened))


async def republish_dead_letters(service: str, settings: Mapping[str, str]) -> int:
    """Publish a service's dead letters again and return how many.

    Every consumer of the stream gets them; one that has an event already ignores it, by inbox or by sequence.
    """
    async with AsyncExitStack() as opened:
        session = await open_session(service, settings, opened)
        letters = [letter for letter in await find_waiting_letters(session) if letter.type != UNREADABLE]
        brokers = await connect_publishers(letters, settings, opened)
        for letter in letters:
            envelope = Envelope.model_validate_json(letter.body)
            # No message id: the broker would take the event for one that it already has.
            broker = brokers[publisher_of(letter)]
            await broker.jetstream().publish(envelope.nats_subject, letter.body.encode())
            await session.execute(
                update(DeadLetter)
                .where(DeadLetter.consumer == letter.consumer, DeadLetter.event_id == letter.event_id)
                .values(replayed_at=func.now())
            )
        return len(letters)


async def connect_publishers(
    letters: Sequence[DeadLetter], settings: Mapping[str, str], opened: AsyncExitStack
) -> Mapping[str, Client]:
    """Connect as each service whose events these are: no other may publish them."""
    return {
        name: await opened.enter_async_context(
            broker_connection(settings[f"{name.upper()}_NATS_URL"], "replay")
        )
        for name in {publisher_of(letter) for letter in letters}
    }


def publisher_of(letter: DeadLetter) -> str:
    """The service that published an event."""
    return letter.type.partition(".")[0]


async def discard_dead_letter(
    service: str, settings: Mapping[str, str], event_id: UUID, by: str, because: str
) -> int:
    """Discard an event that nobody needs any more: it is kept, with who did it and why; return how many."""
    waiting = DeadLetter.event_id == event_id, DeadLetter.replayed_at.is_(None)
    said = {"discarded_at": func.now(), "discarded_by": by, "discarded_because": because}
    return await change_letters(service, settings, update(DeadLetter).where(*waiting).values(**said))


async def restore_dead_letter(service: str, settings: Mapping[str, str], event_id: UUID, by: str) -> int:
    """Let a dead letter that was discarded wait again, and log who did it; return how many."""
    discarded = DeadLetter.event_id == event_id, DeadLetter.discarded_at.is_not(None)
    said = {"discarded_at": None, "discarded_by": None, "discarded_because": None}
    found = await change_letters(service, settings, update(DeadLetter).where(*discarded).values(**said))
    if found:
        log.info("dead_letter_restored", letter_of=service, event_id=str(event_id), by=by)
    return found


async def change_letters(service: str, settings: Mapping[str, str], statement: Update) -> int:
    """Change dead letters and return how many."""
    async with AsyncExitStack() as opened:
        session = await open_session(service, settings, opened)
        return len((await session.execute(statement.returning(DeadLetter.event_id))).all())


async def settle_streams(service: str, settings: Mapping[str, str]) -> int:
    """Take note of what the broker lost of a service; return how many streams and consumers that were."""
    settled = {"made_anew_at": None, "missed_since": None, "missed_until": None}
    found = StreamPosition.made_anew_at.is_not(None) | StreamPosition.missed_since.is_not(None)
    async with AsyncExitStack() as opened:
        session = await open_session(service, settings, opened)
        noted = update(StreamPosition).where(found).values(**settled).returning(StreamPosition.stream)
        return len((await session.execute(noted)).all())


async def open_session(service: str, settings: Mapping[str, str], opened: AsyncExitStack) -> AsyncSession:
    """Open a session in a transaction on a service's database."""
    engine = engine_to(settings[f"{service.upper()}_DATABASE_URL"])
    opened.push_async_callback(engine.dispose)
    session = await opened.enter_async_context(AsyncSession(engine, expire_on_commit=False))
    await opened.enter_async_context(session.begin())
    return session
