"""Dead letters: events that a consumer could not process, listed, and sent to the consumers again."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared.bus import broker_connection
from shared.db import driver_url
from shared.events import Envelope
from shared.inbox import DeadLetter

UNREADABLE = "unreadable"


async def find_waiting_letters(session: AsyncSession) -> Sequence[DeadLetter]:
    """The dead letters that were not replayed yet, oldest first."""
    waiting = select(DeadLetter).where(DeadLetter.replayed_at.is_(None)).order_by(DeadLetter.failed_at)
    return (await session.scalars(waiting)).all()


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
        broker = await opened.enter_async_context(
            broker_connection(settings[f"{service.upper()}_NATS_URL"], "replay")
        )
        letters = [letter for letter in await find_waiting_letters(session) if letter.type != UNREADABLE]
        for letter in letters:
            envelope = Envelope.model_validate_json(letter.body)
            # No message id: the broker would take the event for one that it already has.
            await broker.jetstream().publish(envelope.nats_subject, letter.body.encode())
            await session.execute(
                update(DeadLetter)
                .where(DeadLetter.consumer == letter.consumer, DeadLetter.event_id == letter.event_id)
                .values(replayed_at=func.now())
            )
        return len(letters)


async def open_session(service: str, settings: Mapping[str, str], opened: AsyncExitStack) -> AsyncSession:
    """Open a session in a transaction on a service's database."""
    engine = create_async_engine(driver_url(settings[f"{service.upper()}_DATABASE_URL"]))
    opened.push_async_callback(engine.dispose)
    session = await opened.enter_async_context(AsyncSession(engine, expire_on_commit=False))
    await opened.enter_async_context(session.begin())
    return session
