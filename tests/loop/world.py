"""Loops in the database, beside each what the model says of it, and people who try things at random."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.loop.loops.domain import draft_loop
from services.loop.loops.schemas import NewLoop
from services.loop.models import Loop
from shared.auth import Actor, Caller
from shared.clock import today
from shared.errors import Problem
from shared.events.feedback import FeedbackReceived
from shared.ids import new_id
from tests.loop.model import LoopModel, Person
from tests.loop.requests import Acting, acting

LOOPS, LENGTH_MAX = 30, 45
LEAD, ESTATES = Person("lead", "board", "engagement"), Person("estates", "board", "estates")
JUDGE, STRANGER = Person("judge", "other", "quality"), Person("stranger", "other", "engagement")
PEOPLE = [LEAD, ESTATES, JUDGE, STRANGER, Person("quality", "board", "quality")]
Step = Callable[[AsyncSession], Awaitable[Any]]
Expected = tuple[str | None, Step]


@dataclass
class Case:
    """A loop in the database, and what the model says of it."""

    id: UUID
    model: LoopModel
    version: int
    promises: list[UUID] = field(default_factory=list)
    shown: list[UUID] = field(default_factory=list)


class World:
    """Loops, people, and a clock of their own."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], seed: int, said: FeedbackReceived) -> None:
        self.random, self.sessions, self.said = Random(seed), sessions, said
        self.bodies = {"board": new_id(), "other": new_id()}
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.read_at: datetime | None = None
        self.cases: list[Case] = []
        self.done: list[Case] = []
        self.met: Counter[str] = Counter()

    def who(self, person: Person, version: int) -> Acting:
        """A function that makes the requests of a person who has read a version."""
        scopes = frozenset({"loop:write", "loop:verify"})
        caller = Caller(new_id(), self.bodies[person.body], person.team, scopes)
        return acting(caller, Actor(person.name, "lead"), version)

    def chance(self, share: float) -> bool:
        """Tell whether something happens that does so in this share of cases."""
        return self.random.random() < share

    def flaw(self, flaws: dict[str, Any]) -> str | None:
        """What a request lacks; usually nothing."""
        return self.random.choice(list(flaws)) if self.chance(0.25) else None

    async def draft(self) -> Case:
        """Draft another loop."""
        new = NewLoop(
            title="Doors",
            you_said="Too heavy.",
            footprint=str(self.bodies["board"]),
            feedback_ids=[self.said.feedback_id],
        )
        who = self.who(LEAD, 0)
        async with self.sessions.begin() as session:
            loop = await draft_loop(who(session), new)
        model = LoopModel(today(), [LEAD])
        model.reading(self.said.received_at, self.read_at)
        return Case(loop.id, model, loop.version)

    async def step(self) -> None:
        """Let somebody try something with some loop, and see that the model expects what comes of it."""
        self.now += timedelta(minutes=self.random.randrange(60 * 4))
        if len(self.cases) < LOOPS:
            self.cases.append(await self.draft())
            return
        case, name = self.random.choice(self.cases), self.random.choice(ATTEMPTS)
        before = repr(case.model)
        attempt: Expected | None = getattr(self, name)(case)
        if attempt:
            await self.compare(case, name, *attempt, before)
        if case.model.state == "closed" or case.model.length > LENGTH_MAX:
            self.cases.remove(case)
            self.done.append(case)

    async def compare(self, case: Case, name: str, expected: str | None, step: Step, before: str) -> None:
        """Take a step, and compare what came of it with what the model says."""
        found = None
        try:
            async with self.sessions.begin() as session:
                await step(session)
                loop = await session.get_one(Loop, case.id)
                real = (loop.state, loop.history_length, loop.slips)
                case.version = loop.version
        except Problem as problem:
            found = problem.code
        assert found == expected, (name, before)
        self.met[f"{name} {found or 'done'}"] += 1
        if found is None:
            assert real == (case.model.state, case.model.length, case.model.slips), (name, before)

    def judged(
        self, case: Case, who: Person, allowed: bool, code: str, rule: Callable[[], str | None]
    ) -> tuple[str | None, Acting]:
        """What is expected: who may not, who has read an older version, then what the rule says."""
        stale = self.chance(0.05)
        seen = self.who(who, case.version - stale)
        if case.model.state == "draft" and who.body == "other":
            return "not_found", seen
        if not allowed:
            return code, seen
        return ("version_stale" if stale else rule()), seen

    def by_the_body(self, case: Case, rule: Callable[[], str | None]) -> tuple[str | None, Acting]:
        """What is expected of a step of the body."""
        who = STRANGER if self.chance(0.05) else LEAD
        return self.judged(case, who, who is LEAD, "not_responsible", rule)

    def by_anybody(
        self, case: Case, rule: Callable[[Person], str | None], *, owner: tuple[str, str] | None = None
    ) -> tuple[str | None, Acting]:
        """What is expected of a step of the body or of the owner; or of the owner alone."""
        who = self.random.choice([LEAD, ESTATES, ESTATES, STRANGER])
        allowed = (who.body, who.team) == owner if owner else who.body == "board"
        code = "not_the_owner" if owner else "not_responsible"
        return self.judged(case, who, allowed, code, lambda: rule(who))


ATTEMPTS = [
    "opening",
    "acknowledgement",
    "acknowledgement",
    "consideration",
    "decision",
    "decision",
    "statement",
    "commitment",
    "acceptance",
    "acceptance",
    "revision",
    "evidence",
    "evidence",
    "change_claim",
    "change_claim",
    "verification",
    "verification",
    "verification",
    "time",
]
