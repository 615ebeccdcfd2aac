"""Copies are kept together, reactions come one by one in their order."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumers import Heard, consumers_of, copying, reacting
from shared.events import Envelope
from shared.events.loop import LoopDrafted, LoopRestated
from shared.ids import new_id
from tests.shared.thing import Thing, drafted

NO_SESSION = cast(AsyncSession, None)


def heard_of(*things: Thing) -> list[Envelope]:
    """An event of each thing, numbered."""
    return [Envelope.wrap(drafted(thing), number) for number, thing in enumerate(things, 1)]


def restated(thing: Thing) -> Envelope:
    """The state of a thing, told again."""
    return Envelope.wrap(LoopRestated(**drafted(thing).model_dump()), 9)


async def test_each_copier_gets_all_that_is_for_it_at_once() -> None:
    one, two = Thing(id=new_id(), name="x"), Thing(id=new_id(), name="y")
    calls: list[tuple[str, list[int]]] = []

    async def keep(_: AsyncSession, heard: Sequence[Heard[LoopDrafted]]) -> None:
        calls.append(("drafted", [envelope.number for _, envelope in heard]))

    async def keep_restated(_: AsyncSession, heard: Sequence[Heard[LoopRestated]]) -> None:
        calls.append(("restated", [envelope.number for _, envelope in heard]))

    first, second = heard_of(one, two)
    copy = copying({LoopDrafted.type: keep, LoopRestated.type: keep_restated})
    await copy(NO_SESSION, [first, restated(one), second])
    assert calls == [("drafted", [1, 2]), ("restated", [9])]


async def test_reactions_come_one_by_one_in_their_order() -> None:
    numbers: list[int] = []

    async def react(_: AsyncSession, event: LoopDrafted, envelope: Envelope) -> None:
        assert event.loop_id == envelope.subject
        numbers.append(envelope.number)

    envelopes = heard_of(*[Thing(id=new_id(), name="x") for _ in range(3)])
    await reacting({LoopDrafted.type: react})(NO_SESSION, envelopes)
    assert numbers == [1, 2, 3]


async def take(*_: object) -> None:
    """Do nothing."""


def test_a_copy_may_be_repeated_and_a_reaction_may_not() -> None:
    found = consumers_of("feedback", {LoopDrafted: take}, {LoopRestated: take}, None)
    assert [(each.name, each.stream, list(each.types), each.once) for each in found] == [
        ("feedback-copies", "loop", [LoopDrafted.type], False),
        ("feedback-reactions", "loop", [LoopRestated.type], True),
    ]
