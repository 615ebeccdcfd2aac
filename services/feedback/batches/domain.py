"""Many pieces of feedback in one transaction: each line is stored or refused by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.batches.schemas import BatchResult, LineResult
from services.feedback.errors import LookupUnavailable, SentTwiceAtOnce, TooManyLines
from services.feedback.items.bulk import sort_offered_feedback, store_prepared_feedback
from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import PreparedFeedback, prepare_feedback, receipt_view
from services.feedback.items.schemas import NOTICE, FeedbackReceipt, NewFeedback
from shared.db import driver_of, wake_after_commit
from shared.errors import Invalid, NotHereYet, Problem
from shared.middleware import refuse_bad_text

LINES_MAX = 1000
StoreLine = Callable[[int, NewFeedback], Awaitable[LineResult]]


@dataclass(slots=True)
class Batch:
    """A batch while it is being stored."""

    session: AsyncSession
    tools: IntakeTools
    origin: Origin
    prepared: list[PreparedFeedback] = field(default_factory=list)
    results: list[LineResult] = field(default_factory=list)
    registry_is_away: bool = False

    async def store_line(self, line: int, new: NewFeedback, store: StoreLine) -> None:
        """Store one line in one of two ways, or say what is wrong with it."""
        await let_others_go_on()
        try:
            if new.postcode and self.registry_is_away:
                raise LookupUnavailable
            self.results.append(await store(line, new))
        except Problem as problem:
            self.refuse_line(line, problem)

    async def prepare_line(self, line: int, new: NewFeedback) -> LineResult:
        """Prepare a line, to be stored with the others."""
        bodies = await self.tools.bodies.find(self.session, new.body_refs)
        prepared = await prepare_feedback(new, self.origin, self.tools, bodies)
        self.prepared.append(prepared)
        return line_result(line, prepared.receipt)

    async def store_alone(self, line: int, new: NewFeedback) -> LineResult:
        """Store a line by itself; a problem with it does not undo the other lines."""
        async with self.session.begin_nested():
            given = await give_with_locks(self.session, new, origin=self.origin, tools=self.tools)
        code = self.tools.codes.code_of(given.feedback.reply_code_id)
        return line_result(line, receipt_view(given.feedback, code, given.outcome))

    def refuse_line(self, line: int, problem: Problem) -> None:
        """Record what is wrong with a line; the next lines do not wait again for what is away."""
        if isinstance(problem, NotHereYet):
            self.tools = self.tools.waiting(0)
        self.registry_is_away |= isinstance(problem, LookupUnavailable)
        self.results.append(LineResult(line=line, error=problem.code, detail=problem.detail))


def line_result(line: int, receipt: FeedbackReceipt) -> LineResult:
    """What the sender learns of a line that was stored."""
    return LineResult(
        line=line,
        id=receipt.id,
        reply_code=receipt.reply_code,
        reply_code_notice=receipt.reply_code_notice,
        outcome=receipt.outcome,
        masked=receipt.masked,
        left_out=receipt.left_out,
    )


async def store_batch(session: AsyncSession, body: bytes, origin: Origin, tools: IntakeTools) -> BatchResult:
    """Store every line that can be stored, with a result for each; TooManyLines, SentTwiceAtOnce, TooMany."""
    batch = Batch(session, tools, origin)
    offered = {line: new async for line, new in read_lines(batch, split_lines(body))}
    if any(new.reply_code for new in offered.values()):
        tools.wrong_codes.check(origin.id)
    driver = await driver_of(session)
    new_here = (await sort_offered_feedback(driver, list(offered.values()), origin.id, tools)).new
    together = {id(new) for new in new_here if new.reply_code is None}
    for line, new in offered.items():
        if id(new) in together:
            await batch.store_line(line, new, batch.prepare_line)
    try:
        await store_prepared_feedback(driver, batch.prepared)
    except asyncpg.UniqueViolationError as error:
        raise SentTwiceAtOnce from error
    # Feedback that came before, perhaps earlier in this batch, or that brings a code, is stored with locks.
    for line, new in offered.items():
        if id(new) not in together:
            await batch.store_line(line, new, batch.store_alone)
    wake_after_commit(session)
    results = sorted(batch.results, key=lambda result: result.line)
    accepted = sum(result.error is None for result in results)
    return BatchResult(accepted=accepted, rejected=len(results) - accepted, results=results, notice=NOTICE)


def split_lines(body: bytes) -> list[tuple[int, bytes]]:
    """The lines of NDJSON that are not empty, with their numbers; TooManyLines."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > LINES_MAX:
        raise TooManyLines
    return lines


async def read_lines(batch: Batch, lines: list[tuple[int, bytes]]) -> AsyncIterator[tuple[int, NewFeedback]]:
    """Yield the feedback in each line that can be read; the batch refuses the other lines."""
    for number, line in lines:
        await let_others_go_on()
        try:
            refuse_bad_text(line)
            yield number, NewFeedback.model_validate_json(line)
        except ValidationError as error:
            batch.refuse_line(number, Invalid(describe_faults(error)))
        except Problem as problem:
            batch.refuse_line(number, problem)


async def let_others_go_on() -> None:
    """Let other requests go on between two lines: a thousand lines would keep them waiting half a second."""
    await asyncio.sleep(0)


def describe_faults(error: ValidationError) -> str:
    """Which fields are wrong, and how; never their content."""
    faults = error.errors(include_input=False, include_url=False)
    return "; ".join(f"/{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in faults[:5])
