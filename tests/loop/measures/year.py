"""A board's year: a hundred loops go their ways day by day, and what happened is written down beside."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments import domain as commitments
from services.loop.commitments.schemas import ChangeClaim, Revision
from services.loop.decisions.domain import decide
from services.loop.evidence.domain import give_evidence, verify_evidence
from services.loop.inheritance.domain import hand_on_loops
from services.loop.loops.domain import draft_loop
from services.loop.loops.handling import acknowledge_loop, open_loop
from services.loop.loops.schemas import Acknowledgement, NewLoop, Wording
from services.loop.models import Loop
from services.loop.records import Commitment, Evidence, Telling, Verdict
from services.loop.tellings.domain import preview_of_loop
from services.loop.tellings.progress import record_delivery, record_failure, store_group_telling
from services.loop.tellings.schemas import NewGroupTelling
from services.loop.timers.domain import announce_clocks, open_draft
from services.loop.verdicts.closing import close_due_loop
from shared.auth import Actor, Caller
from shared.change_request import AttributedEditRequest
from shared.clock import today
from shared.events import Envelope
from shared.events.feedback import TellingDelivered, TellingFailed
from shared.events.registry import FootprintSucceeded
from shared.ids import new_id
from tests.loop import requests
from tests.loop.conftest import SetTime
from tests.loop.examples import feedback, footprint, organisation, tell
from tests.loop.measures.plan import Plan, times_asked
from tests.loop.requests import acting

DAY = timedelta(days=1)
FIRST, SUCCESSION, LAST = date(2025, 7, 1), date(2026, 4, 1), date(2026, 7, 31)
LOOPS = 100
REASON = "The council refused consent for a ramp in May 2026, because the front of the house is listed."
SCOPES = frozenset({"loop:read", "loop:write", "loop:verify"})


@dataclass
class Diary:
    """What happened to one loop, as somebody would have noted it day by day."""

    plan: Plan
    kinds: dict[UUID, str] = field(default_factory=dict)
    drafted: date = FIRST
    opened: date | None = None
    acknowledged: date | None = None
    decided: date | None = None
    outcome: str | None = None
    due: date | None = None
    original_due: date | None = None
    moved: list[tuple[date, date]] = field(default_factory=list)  # on, from
    changed: date | None = None
    sent: list[tuple[str, bool, bool]] = field(default_factory=list)  # kind, told, can be told
    # Each time that word was asked for: an update is due 90 days after the last.
    spoken: list[date] = field(default_factory=list)
    verdicts_open: date | None = None
    verdicts: list[tuple[str, int]] = field(default_factory=list)  # happened, explained well
    loop_id: UUID = field(default_factory=new_id)


class Year:
    """Leads the loops of a board through its year, with the rules that the service has."""

    def __init__(self, session: AsyncSession, set_time: SetTime) -> None:
        self.session, self.set_time = session, set_time
        self.board, self.heir, self.watch = footprint(), footprint(), organisation()
        self.diaries: list[Diary] = []
        self.agenda: list[tuple[date, int, str]] = []
        self.random = Random(2025)
        self.on = FIRST

    @property
    def midnight(self) -> datetime:
        """The end of the last day."""
        return datetime.combine(LAST, time(22), UTC)

    async def live(self) -> None:
        """Live through every day: what is on the agenda in the morning, the timers in the evening."""
        self.wake(FIRST, 9)
        await tell(self.session, self.board, self.heir, self.watch)
        for number in range(LOOPS):
            self.diaries.append(Diary(Plan(number, Random(number))))
            self.plan(FIRST + self.random.randrange(230) * DAY, number, "draft")
        while self.on <= LAST:
            self.wake(self.on, 9)
            if self.on == SUCCESSION:
                await self.succeed()
            while self.agenda and self.agenda[0][0] <= self.on:
                _, number, step = heapq.heappop(self.agenda)
                action: Callable[[Diary], Awaitable[None]] = getattr(self, step)
                await action(self.diaries[number])
                await self.forget()
            self.wake(self.on, 20)
            await self.evening()
            self.on += DAY

    def wake(self, day: date, hour: int) -> None:
        """Set the time of day."""
        self.set_time(datetime.combine(day, time(hour), UTC))

    def plan(self, day: date, number: int, step: str) -> None:
        """Put a step on the agenda."""
        heapq.heappush(self.agenda, (day, number, step))

    def later(self, diary: Diary, days: int, step: str) -> None:
        """Put a loop's next step on the agenda."""
        self.plan(self.on + days * DAY, diary.plan.number, step)

    async def forget(self) -> None:
        """Save, and read everything again from the database."""
        await self.session.flush()
        self.session.expunge_all()

    async def evening(self) -> None:
        """Let the timers do their work."""
        for timer in (commitments.slip_overdue, announce_clocks, close_due_loop):
            while await timer(self.session):
                await self.forget()
        last: UUID | None = None
        while (last := await open_draft(self.session, last)) is not None:
            await self.forget()

    def caller(self, team: str) -> Caller:
        """A client of the body that answers now."""
        body = self.board if self.on < SUCCESSION else self.heir
        return Caller(new_id(), body.footprint_id, team, SCOPES)

    async def who(self, diary: Diary, team: str = "engagement") -> AttributedEditRequest:
        """The request of somebody of the body who acts on a loop as it is now."""
        loop = await self.session.get_one(Loop, diary.loop_id)
        return acting(self.caller(team), Actor(f"{team}-1", f"{team} lead"), loop.version)(self.session)

    async def succeed(self) -> None:
        """Let the board be succeeded by another."""
        shares = [{"id": self.heir.footprint_id, "share": 1.0}]
        ended = {"valid_to": SUCCESSION - DAY, "succeeded_on": SUCCESSION, "successors": shares}
        event = FootprintSucceeded(**self.board.model_dump() | ended)
        await tell(self.session, event, sequence=2)
        await hand_on_loops(self.session, event, Envelope.wrap(event, 2))
        await self.forget()

    async def draft(self, diary: Diary) -> None:
        """Hear people, and draft a loop."""
        board = self.board.footprint_id
        diary.drafted = self.on
        said = [
            feedback(board, kind=kind, reachable=reachable, reply_ref=str(new_id()))
            for kind, reachable in diary.plan.voices()
        ]
        diary.kinds = {each.feedback_id: each.kind for each in said}
        await tell(self.session, *said)
        new = NewLoop(
            title="Doors", you_said="The door is too heavy.", footprint=str(board),
            feedback_ids=[each.feedback_id for each in said],
        )  # fmt: skip
        somebody = acting(self.caller("engagement"), Actor("engagement-1", "engagement lead"), 0)
        diary.loop_id = (await draft_loop(somebody(self.session), new)).id
        self.later(diary, *diary.plan.opening())

    async def open(self, diary: Diary) -> None:
        """Open the loop."""
        await open_loop(await self.who(diary), diary.loop_id, Wording(moderated=True))
        diary.opened = self.on
        self.later(diary, *diary.plan.acknowledgement())

    async def see_it_open(self, diary: Diary) -> None:
        """See that the loop was opened by rule."""
        diary.opened = (await self.session.get_one(Loop, diary.loop_id)).opened_at.date()  # type: ignore[union-attr]  # it is
        self.later(diary, *diary.plan.acknowledgement())

    async def nothing(self, _: Diary) -> None:
        """Leave the loop as it is, as some do."""

    async def acknowledge(self, diary: Diary) -> None:
        """Acknowledge what was said."""
        loop = await self.session.get_one(Loop, diary.loop_id)
        preview_id = (await preview_of_loop(self.session, loop, "acknowledged")).preview_id
        given = Acknowledgement(preview_id=preview_id, moderated=True)
        await acknowledge_loop(await self.who(diary), diary.loop_id, given)
        diary.acknowledged = self.on
        diary.spoken.append(self.on)
        self.later(diary, *diary.plan.decision())

    async def decide(self, diary: Diary) -> None:
        """Decide, one way or the other."""
        diary.outcome = diary.plan.outcome()
        given = requests.example_decision(diary.outcome)
        await decide(await self.who(diary), diary.loop_id, given)
        diary.decided = self.on
        diary.spoken.append(self.on)
        self.later(diary, 1, "promise" if diary.outcome == "will_do" else "deliver")

    async def promise(self, diary: Diary) -> None:
        """Promise something by a day; its owner accepts."""
        due = self.on + diary.plan.days_promised() * DAY
        owner = self.caller("estates").organisation_id
        given = requests.example_commitment(owner or new_id()).model_copy(update={"due_on": due})
        _, made = await commitments.make_commitment(await self.who(diary), diary.loop_id, given)
        await self.forget()
        await commitments.accept_commitment(await self.who(diary, "estates"), made.id)
        diary.due = diary.original_due = due
        for days, step in diary.plan.work(due, self.on):
            self.later(diary, days, step)

    async def commitment(self, diary: Diary) -> Commitment:
        """The loop's promise."""
        return (
            await self.session.scalars(select(Commitment).where(Commitment.loop_id == diary.loop_id))
        ).one()

    async def move(self, diary: Diary) -> None:
        """Move the due date to a later one."""
        promise = await self.commitment(diary)
        given = requests.example_revision(promise.due_on)
        await commitments.revise_commitment(await self.who(diary), promise.id, given)
        assert diary.due
        assert given.due_on
        diary.moved.append((self.on, diary.due))
        diary.due = given.due_on

    async def claim(self, diary: Diary) -> None:
        """Show the change and claim it; after a succession a new owner comes first."""
        promise = await self.commitment(diary)
        if promise.accepted_at is None:
            heir = str(self.heir.footprint_id)
            owner = {"organisation": heir, "team": "estates", "role": "head of estates"}
            given = Revision.model_validate({"owner": owner, "reason": REASON})
            await commitments.revise_commitment(await self.who(diary), promise.id, given)
            await self.forget()
            await commitments.accept_commitment(await self.who(diary, "estates"), promise.id)
            await self.forget()
        shown = requests.example_photo()
        await give_evidence(await self.who(diary, "estates"), promise.id, shown)
        await self.forget()
        await commitments.claim_change(await self.who(diary, "estates"), promise.id, ChangeClaim())
        self.later(diary, 2, "judge")

    async def judge(self, diary: Diary) -> None:
        """Judge the evidence; what is rejected is claimed again."""
        mine = select(Evidence).where(Evidence.loop_id == diary.loop_id).order_by(Evidence.id.desc()).limit(1)
        evidence, accepted = (await self.session.scalars(mine)).one(), diary.plan.is_accepted()
        loop = await self.session.get_one(Loop, diary.loop_id)
        caller = Caller(new_id(), self.watch.organisation_id, "quality", SCOPES)
        given = requests.JUDGEMENT.model_copy(update={"accept": accepted})
        judge = acting(caller, Actor("judge-1", "judge"), loop.version)
        await verify_evidence(judge(self.session), evidence.id, given)
        if accepted:
            diary.changed = self.on
            diary.spoken.append(self.on)
        self.later(diary, *((1, "deliver") if accepted else (5, "claim")))

    async def deliver(self, diary: Diary) -> None:
        """Deliver word of the outcome, what fails first; where nobody was told, tell people together."""
        final = Telling.kind.in_(("changed", "declined")) & (Telling.loop_id == diary.loop_id)
        sent = (await self.session.scalars(select(Telling).where(final).order_by(Telling.id))).all()
        ends = sorted(((diary.plan.telling_ends(), each) for each in sent), key=lambda end: end[0] == "told")
        for ending, telling in ends:
            facts: dict[str, Any] = {"telling_id": telling.id, "loop_id": telling.loop_id}
            facts["feedback_id"] = telling.feedback_id
            if ending == "told":
                delivered = TellingDelivered(**facts, in_format="email", own_address=True)
                await record_delivery(self.session, delivered, Envelope.wrap(delivered, 1))
            else:
                failed = TellingFailed(**facts, reason=ending)
                await record_failure(self.session, failed, Envelope.wrap(failed, 1))
            await self.forget()
        diary.sent = [
            (diary.kinds[telling.feedback_id], ending == "told", ending != "address_refused")
            for ending, telling in ends
        ]
        diary.verdicts_open = self.on
        told = sum(ending == "told" for ending, _ in ends)
        diary.spoken += [self.on] * times_asked([ending for ending, _ in ends])
        if not told:
            given = NewGroupTelling(held_on=today(), way="meeting", people=12)
            await store_group_telling(await self.who(diary), diary.loop_id, given)
            diary.spoken += [self.on, self.on]
        diary.verdicts = diary.plan.verdicts(told)
        self.later(diary, 3, "answer")

    async def answer(self, diary: Diary) -> None:
        """Let people say what they make of it."""
        for happened, explained_well in diary.verdicts:
            self.session.add(
                Verdict(
                    loop_id=diary.loop_id, reply_ref=str(new_id()), did_it_happen=happened, witnessed=True,
                    explained_well=explained_well, given_at=datetime.combine(self.on, time(9), UTC),
                )
            )  # fmt: skip
