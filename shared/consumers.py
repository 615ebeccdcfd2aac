"""Which events a service takes, and how: copies of a batch at once, reactions one by one."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from shared.events import Envelope, Event
from shared.logs import traceparent
from shared.manifest import manifests

# Lets the events of a batch take effect.
Take = Callable[[AsyncSession, Sequence[Envelope]], Awaitable[None]]
Told = TypeVar("Told", bound=Event, covariant=True)


class Heard(NamedTuple, Generic[Told]):
    """An event, and the envelope that it came in."""

    event: Told
    envelope: Envelope


# Reacts to one event.
Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]
# Keeps what many events tell, in whatever order they come.
Copier = Callable[[AsyncSession, Sequence[Heard[Any]]], Awaitable[None]]
Copiers = Mapping[type[Event], Copier]
Does = TypeVar("Does")


@dataclass(frozen=True)
class Consumer:
    """What one durable consumer does with the events of some types; without types, with all of the stream.

    A copy (`once=False`) upserts only what is newer, so repeats do no harm; a reaction uses the inbox.
    """

    name: str
    stream: str
    types: Sequence[str]
    take: Take
    once: bool = True


def consumers_of(
    service: str, copies: Copiers, reactions: Handlers, all_events: Take | None
) -> Iterator[Consumer]:
    """Yield one consumer for each stream and kind."""
    for stream in manifests():
        if copiers := of_stream(stream, copies):
            yield Consumer(f"{service}-copies", stream, sorted(copiers), copying(copiers), once=False)
    for stream in manifests():
        if handlers := of_stream(stream, reactions):
            yield Consumer(f"{service}-reactions", stream, sorted(handlers), reacting(handlers))
    if all_events:
        for stream in manifests():
            yield Consumer(f"{service}-all", stream, (), all_events)


def of_stream(stream: str, table: Mapping[type[Event], Does]) -> Mapping[str, Does]:
    """The part of a table that is about one stream, by the type of event."""
    return {each.type: do for each, do in table.items() if each.type.startswith(f"{stream}.")}


def reacting(handlers: Mapping[str, Handler]) -> Take:
    """How to react to each event on its own, in the order of the events."""

    async def react(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            traceparent.set(envelope.traceparent)
            if handler := handlers.get(envelope.type):
                await handler(session, envelope.event(), envelope)

    return react


def copying(copiers: Mapping[str, Copier]) -> Take:
    """How to keep what events tell: all that one copier keeps at once."""

    async def copy(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
        heard: dict[Copier, list[Heard[Event]]] = defaultdict(list)
        for envelope in envelopes:
            if copier := copiers.get(envelope.type):
                heard[copier].append(Heard(envelope.event(), envelope))
        for copier, events in heard.items():
            await copier(session, events)

    return copy
