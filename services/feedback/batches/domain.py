"""Many pieces of feedback at once, in one transaction: each line is taken or refused by itself."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

import asyncpg
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.batches.errors import TooManyLines
from services.feedback.batches.schemas import BatchResult, LineResult
from services.feedback.items.bulk import sort, store_all
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.domain import give
from services.feedback.items.errors import SentTwiceAtOnce
from services.feedback.items.intake import Intake, prepare
from services.feedback.items.schemas import NOTICE, NewFeedback
from services.feedback.places.domain import about
from services.feedback.places.errors import LookupUnavailable
from shared.db import driver_of, wake_after_commit
from shared.errors import Invalid, NotHereYet, Problem
from shared.frame import refuse_bad_text

LINES_MAX = 1000
Way = Callable[[int, NewFeedback], Awaitable[LineResult]]


@dataclass(slots=True)
class Batch:
    """A batch while it is taken."""

    session: AsyncSession
    desk: Desk
    origin: Origin
    intakes: list[Intake] = field(default_factory=list)
    results: list[LineResult] = field(default_factory=list)
    registry_away: bool = False

    async def take(self, line: int, new: NewFeedback, way: Way) -> None:
        """Take one line in one of two ways."""
        try:
            if new.postcode and self.registry_away:
                raise LookupUnavailable
            self.results.append(await way(line, new))
        except Problem as problem:
            self.refuse(line, problem)

    async def add(self, line: int, new: NewFeedback) -> LineResult:
        """Make a line ready to be stored with the others."""
        intake = prepare(new, self.origin, self.desk, await about(self.session, new, self.desk))
        self.intakes.append(intake)
        return LineResult(line=line, id=intake.given.id, reply_code=intake.given.reply_code)

    async def take_alone(self, line: int, new: NewFeedback) -> LineResult:
        """Store a line by itself; what is wrong with it undoes nothing else."""
        async with self.session.begin_nested():
            feedback = await give(self.session, new, origin=self.origin, desk=self.desk)
        code = self.desk.codes.code_of(feedback.reply_code_id)
        return LineResult(line=line, id=feedback.id, reply_code=code)

    def refuse(self, line: int, problem: Problem) -> None:
        """Say what is wrong with a line; what is away is not waited for again at the next one."""
        if isinstance(problem, NotHereYet):
            self.desk = replace(self.desk, arrival_seconds=0)
        self.registry_away |= isinstance(problem, LookupUnavailable)
        self.results.append(LineResult(line=line, error=problem.code, detail=problem.detail))


async def take_batch(session: AsyncSession, body: bytes, origin: Origin, desk: Desk) -> BatchResult:
    """Store each line that can be stored, and say what became of each; TooManyLines, SentTwiceAtOnce."""
    batch = Batch(session, desk, origin)
    offered = dict(read(batch, lines_of(body)))
    driver = await driver_of(session)
    new_here = (await sort(driver, list(offered.values()), origin.id, desk)).new
    together = {id(new) for new in new_here if new.reply_code is None}
    for line, new in offered.items():
        if id(new) in together:
            await batch.take(line, new, batch.add)
    try:
        await store_all(driver, batch.intakes)
    except asyncpg.UniqueViolationError as error:
        raise SentTwiceAtOnce from error
    # What came before, or brings a code, is taken with locks; it may have come earlier in this batch.
    for line, new in offered.items():
        if id(new) not in together:
            await batch.take(line, new, batch.take_alone)
    wake_after_commit(session)
    results = sorted(batch.results, key=lambda result: result.line)
    accepted = sum(result.error is None for result in results)
    return BatchResult(accepted=accepted, rejected=len(results) - accepted, results=results, notice=NOTICE)


def lines_of(body: bytes) -> list[tuple[int, bytes]]:
    """Return the lines of NDJSON that are not empty, with their numbers; TooManyLines."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > LINES_MAX:
        raise TooManyLines
    return lines


def read(batch: Batch, lines: list[tuple[int, bytes]]) -> Iterable[tuple[int, NewFeedback]]:
    """Yield what can be read of the lines; the others are refused."""
    for number, line in lines:
        try:
            refuse_bad_text(line)
            yield number, NewFeedback.model_validate_json(line)
        except ValidationError as error:
            batch.refuse(number, Invalid(wrong_with(error)))
        except Problem as problem:
            batch.refuse(number, problem)


def wrong_with(error: ValidationError) -> str:
    """Return which fields are wrong and how; never what was in them."""
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(f"/{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in found[:5])
