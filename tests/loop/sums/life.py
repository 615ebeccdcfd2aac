"""Loops whose rows change at random, as steps, erasures, mergers and repairs by hand may change them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict
from services.loop.sums.facts import LIMITED
from services.loop.tellings.progress import UNREACHABLE
from services.loop.verdicts.counting import CHOICES
from shared.events.loop import ClosedAs, DecisionAnswer, HaltedBy, JudgedBy, State
from shared.ids import new_id

FIRST = datetime(2025, 1, 6, 9, tzinfo=UTC)
Change = Callable[[AsyncSession, Loop], Awaitable[None]]


class Life:
    """Some loops of a few bodies, and what may happen to them."""

    def __init__(self, seed: int, loops: int = 10) -> None:
        self.random = Random(seed)
        self.places, self.bodies = [new_id(), new_id()], [new_id(), new_id()]
        self.at = FIRST
        self.ids = [new_id() for _ in range(loops)]
        self.feedback = [new_id() for _ in range(3 * loops)]
        self.changes: tuple[Change, ...] = (
            self.move_on,
            self.move_on,
            self.hand_on,
            self.link,
            self.link,
            self.unlink,
            self.set_aside,
            self.run_clock,
            self.meet_clock,
            self.promise,
            self.keep_promise,
            self.tell,
            self.tell,
            self.vote,
            self.vote,
            self.vote,
            self.outrank,
        )

    def moment(self) -> datetime:
        """A moment of the last year, some of them on the same days."""
        return self.at - timedelta(days=self.random.randrange(0, 400, 5), hours=self.random.randrange(20))

    def maybe(self, value: Any) -> Any:
        """A value, or nothing."""
        return value if self.random.random() < 0.7 else None

    async def begin(self, session: AsyncSession) -> None:
        """Draft loops."""
        session.add_all(
            Loop(
                id=each,
                title="Doors",
                you_said="Heavy.",
                state="draft",
                raised_by="people",
                client_id=new_id(),
                actor="lead",
                actor_role="lead",
                drafted_at=self.moment(),
                demonstration=self.random.random() < 0.2,
                footprint_id=self.maybe(self.random.choice(self.places)),
                organisation_id=self.maybe(self.random.choice(self.bodies)),
            )
            for each in self.ids
        )

    async def happen(self, session: AsyncSession, loop_id: UUID) -> None:
        """Let one thing happen to a loop."""
        loop = await session.get_one(Loop, loop_id, with_for_update=True)
        await self.random.choice(self.changes)(session, loop)
        await session.flush()

    async def any_of(self, session: AsyncSession, part: type[Any], *wanted: ColumnElement[bool]) -> Any:
        """One of the rows of a table, if there is any."""
        found = (await session.scalars(select(part).where(*wanted))).all()
        return self.random.choice(found) if found else None

    async def move_on(self, _: AsyncSession, loop: Loop) -> None:
        """Take a step; a closed loop may be opened again."""
        loop.state = "closed" if self.random.random() < 0.4 else self.random.choice(get_args(State))
        loop.opened_at = loop.opened_at or self.moment()
        loop.closed_at = self.moment() if loop.state == "closed" else None
        loop.closed_as = self.random.choice(get_args(ClosedAs)) if loop.state == "closed" else None
        loop.answer = self.maybe(self.random.choice(get_args(DecisionAnswer)))
        loop.judged_by = self.maybe(self.random.choice(get_args(JudgedBy)))
        loop.first_change_at = self.maybe(self.moment())
        loop.verdict_opened_at = self.maybe(self.moment())
        loop.halted_at = self.maybe(self.moment())
        loop.halted_by = self.maybe(self.random.choice(get_args(HaltedBy)))

    async def hand_on(self, _: AsyncSession, loop: Loop) -> None:
        """Give a loop to an heir."""
        loop.footprint_id = self.maybe(self.random.choice(self.places))
        loop.organisation_id = self.maybe(self.random.choice(self.bodies))

    async def link(self, session: AsyncSession, loop: Loop) -> None:
        """Link several pieces of feedback, which other loops may answer as well."""
        known = set(await session.scalars(select(LoopFeedback.feedback_id).filter_by(loop_id=loop.id)))
        new = set(self.random.sample(self.feedback, 4)) - known
        session.add_all(
            LoopFeedback(loop_id=loop.id, feedback_id=each, position=0, is_praise=self.random.random() < 0.5)
            for each in new
        )

    async def unlink(self, session: AsyncSession, loop: Loop) -> None:
        """Let a piece leave."""
        if link := await self.any_of(session, LoopFeedback, LoopFeedback.loop_id == loop.id):
            await session.execute(
                delete(LoopFeedback).filter_by(loop_id=loop.id, feedback_id=link.feedback_id),
                execution_options={"synchronize_session": False},
            )

    async def set_aside(self, session: AsyncSession, loop: Loop) -> None:
        """Set a piece aside."""
        if link := await self.any_of(session, LoopFeedback, LoopFeedback.loop_id == loop.id):
            link.set_aside_at = self.maybe(self.moment())

    async def run_clock(self, session: AsyncSession, loop: Loop) -> None:
        """Start a clock that ends soon or long ago."""
        begun = self.moment()
        kind = self.random.choice([*LIMITED, "verdict"])
        due_at = begun + timedelta(days=self.random.choice([3, 20, 90]))
        session.add(Clock(loop_id=loop.id, kind=kind, started_at=begun, due_at=due_at))

    async def meet_clock(self, session: AsyncSession, loop: Loop) -> None:
        """Meet a clock."""
        if clock := await self.any_of(session, Clock, Clock.loop_id == loop.id):
            clock.met_at = clock.started_at + timedelta(days=self.random.randrange(30))

    async def promise(self, session: AsyncSession, loop: Loop) -> None:
        """Promise something by a day near this one."""
        due: date = (self.at + timedelta(days=self.random.randrange(-50, 50))).date()
        words = dict.fromkeys(("owner_team", "owner_role", "people_will_notice", "measure"), "words")
        by = {"owner_organisation_id": new_id(), "actor": "lead", "actor_role": "lead"}
        dates = {"due_on": due, "original_due_on": due, "made_at": self.at, "slips": self.random.randrange(3)}
        session.add(Commitment(loop_id=loop.id, **words, **by, **dates))

    async def keep_promise(self, session: AsyncSession, loop: Loop) -> None:
        """Keep a promise, or find that it was not kept."""
        if each := await self.any_of(session, Commitment, Commitment.loop_id == loop.id):
            each.kept_at = self.maybe(self.moment())

    async def tell(self, session: AsyncSession, loop: Loop) -> None:
        """Tell everybody whose words are linked of the outcome, or try."""
        for each in await session.scalars(select(LoopFeedback.feedback_id).filter_by(loop_id=loop.id)):
            state = self.random.choice(["delivered", "failed", "requested"])
            reason = self.random.choice(UNREACHABLE) if state == "failed" else None
            session.add(
                Telling(
                    loop_id=loop.id,
                    feedback_id=each,
                    kind=self.random.choice(["changed", "declined", "acknowledged"]),
                    state=state,
                    reason=self.maybe(reason),
                    requested_at=self.at,
                )
            )

    async def vote(self, session: AsyncSession, loop: Loop) -> None:
        """Give some verdicts."""
        for _ in range(self.random.randrange(1, 5)):
            marks = {name: self.maybe(self.random.choice(CHOICES[name])) for name in VOTED}
            session.add(
                Verdict(
                    loop_id=loop.id,
                    reply_ref=str(new_id()),
                    did_it_happen=self.random.choice(CHOICES["did_it_happen"]),
                    **marks,
                    witnessed=self.random.random() < 0.6,
                    changes=self.random.randrange(2),
                    given_at=self.moment(),
                )
            )

    async def outrank(self, session: AsyncSession, loop: Loop) -> None:
        """Let another code of a person stand in a verdict's place, or let a verdict go."""
        if verdict := await self.any_of(session, Verdict, Verdict.loop_id == loop.id):
            if self.random.random() < 0.5:
                verdict.outranked = True
            else:
                await session.delete(verdict)


VOTED = ("worth", "explained_well", "felt_heard")
