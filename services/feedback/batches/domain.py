"""Many pieces of feedback in one transaction: each line is stored or refused by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.batches.lines import Lines, read_line, split_lines
from services.feedback.batches.schemas import BatchResult, LineResult
from services.feedback.bodies.schemas import BodyRefs, FeedbackBodies
from services.feedback.errors import LookupUnavailable, SentTwiceAtOnce, TooManyLookups
from services.feedback.items.bulk import (
    RepeatedFeedback,
    repeat_feedback,
    sort_offered_feedback,
    split_into_batches,
    store_prepared_feedback,
)
from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import PreparedFeedback, prepare_feedback, receipt_view
from services.feedback.items.schemas import NOTICE, REPLY_CODE_NOTICE, FeedbackReceipt, NewFeedback
from services.feedback.leaving_out import LeftOutView
from shared.db import Driver, driver_of, wake_after_commit
from shared.errors import NotHereYet, Problem, TooMany
from shared.masking import FieldMasks

# Each takes some statements of its own, or a question to the registry: more would outlast the request.
LOOKUPS_MAX = 1000
# A larger batch keeps a connection for seconds, and others need some too.
SMALL_LINES, LARGE_AT_ONCE = 1000, 2
BUSY = "Other large batches are being stored. Send this one again after the seconds in `Retry-After`."
StoreLine = Callable[[int, NewFeedback], Awaitable[LineResult]]
large_batches: set[object] = set()


@dataclass(slots=True)
class Batch:
    """A batch while it is being stored."""

    session: AsyncSession
    driver: Driver
    tools: IntakeTools
    origin: Origin
    prepared: list[PreparedFeedback] = field(default_factory=list)
    results: list[LineResult] = field(default_factory=list)
    unknown: dict[BodyRefs, Problem] = field(default_factory=dict)
    registry_is_away: bool = False
    brings_codes: bool = False
    lookups: int = 0

    async def store_lines(self, lines: Lines) -> None:
        """Store some lines, each of which is read or refused."""
        await self.store_offered(await self.read_lines(lines))

    async def store_offered(self, offered: Mapping[int, NewFeedback]) -> None:
        """Store what lines say: new feedback together, repeats together, what needs locks one by one."""
        if not self.brings_codes and any(new.reply_code for new in offered.values()):
            self.tools.wrong_codes.check(self.origin.id)
            self.brings_codes = True
        found = await sort_offered_feedback(self.driver, list(offered.values()), self.origin.id, self.tools)
        together = {id(new) for new in found.new if new.reply_code is None}
        for line, new in offered.items():
            if id(new) in together:
                await self.store_line(line, new, self.prepare_line)
        await store_prepared_feedback(self.driver, self.prepared)
        self.prepared.clear()
        repeated = await repeat_feedback(self.driver, found.unchanged, self.origin, self.tools)
        for line, new in offered.items():
            if repeat := repeated.get(id(new)):
                self.results.append(repeat_result(line, repeat))
            elif id(new) not in together:
                await self.store_line(line, new, self.store_alone)

    async def read_lines(self, lines: Lines) -> Mapping[int, NewFeedback]:
        """The feedback in each line that can be read; the other lines are refused."""
        offered = {}
        for number, line in lines:
            await let_others_go_on()
            try:
                offered[number] = read_line(line)
            except Problem as problem:
                self.refuse_line(number, problem)
        return offered

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
        prepared = await prepare_feedback(new, self.origin, self.tools, await self.find_bodies(new.body_refs))
        self.prepared.append(prepared)
        return LineResult(
            line=line,
            id=prepared.values["id"],
            reply_code=prepared.reply_code,
            outcome="new",
            masked=prepared.values["masked"],
            left_out=prepared.values["left_out"],
        )

    async def find_bodies(self, refs: BodyRefs) -> FeedbackBodies:
        """The bodies that a line names; what was not found once is not looked for again."""
        if bodies := self.tools.bodies.recall(refs):
            return bodies
        if problem := self.unknown.get(refs):
            raise problem.with_traceback(None)
        self.count_lookup()
        try:
            return await self.tools.bodies.find(self.session, refs)
        except Problem as problem:
            self.unknown[refs] = problem
            raise

    async def store_alone(self, line: int, new: NewFeedback) -> LineResult:
        """Store a line by itself; a problem with it does not undo the other lines."""
        self.count_lookup()
        try:
            async with self.session.begin_nested():
                given = await give_with_locks(self.session, new, origin=self.origin, tools=self.tools)
        except IntegrityError as error:
            raise SentTwiceAtOnce from error
        code = self.tools.codes.code_of(given.feedback.reply_code_id)
        return line_result(line, receipt_view(given.feedback, code, given.outcome))

    def count_lookup(self) -> None:
        """Count a line that needs statements of its own; TooManyLookups."""
        if self.lookups >= LOOKUPS_MAX:
            raise TooManyLookups
        self.lookups += 1

    def refuse_line(self, line: int, problem: Problem) -> None:
        """Record what is wrong with a line; the next lines do not wait again for what is away."""
        if isinstance(problem, NotHereYet):
            self.tools = self.tools.waiting(0)
        self.registry_is_away |= isinstance(problem, LookupUnavailable)
        self.results.append(LineResult(line=line, error=problem.code, detail=problem.detail))

    def result(self) -> BatchResult:
        """What became of every line, in their order."""
        results = sorted(self.results, key=lambda result: result.line)
        accepted = sum(result.error is None for result in results)
        return BatchResult(
            accepted=accepted, rejected=len(results) - accepted, results=results, notice=NOTICE
        )


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


def repeat_result(line: int, repeat: RepeatedFeedback) -> LineResult:
    """What the sender learns of a line that changed nothing."""
    return LineResult(
        line=line,
        id=repeat.id,
        reply_code_notice=REPLY_CODE_NOTICE,
        outcome="repeat",
        masked=[FieldMasks.model_validate(mask) for mask in repeat.masked],
        left_out=[LeftOutView.model_validate(each) for each in repeat.left_out],
    )


async def store_batch(session: AsyncSession, body: bytes, origin: Origin, tools: IntakeTools) -> BatchResult:
    """Store every line that can be stored, with a result for each; TooManyLines, SentTwiceAtOnce, TooMany."""
    lines = split_lines(body)
    with place_of_batch(lines):
        batch = Batch(session, await driver_of(session), tools, origin)
        try:
            for some in split_into_batches(lines):
                await batch.store_lines(some)
        except asyncpg.UniqueViolationError as error:
            raise SentTwiceAtOnce from error
    wake_after_commit(session)
    return batch.result()


@contextmanager
def place_of_batch(lines: Lines) -> Iterator[None]:
    """Keep a place for a large batch while it is stored; TooMany when there is none left."""
    if len(lines) <= SMALL_LINES:
        yield
        return
    if len(large_batches) >= LARGE_AT_ONCE:
        raise TooMany(BUSY, headers={"Retry-After": "2"})
    place = object()
    large_batches.add(place)
    try:
        yield
    finally:
        large_batches.discard(place)


async def let_others_go_on() -> None:
    """Let other requests go on between two lines: ten thousand would keep them waiting for seconds."""
    await asyncio.sleep(0)
