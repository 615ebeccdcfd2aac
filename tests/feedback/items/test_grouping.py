"""Statements that wait together are stored together; a bad one, or one whose sender left, harms no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

import asyncpg
import pytest

from services.feedback.items.grouping import TOGETHER_MAX, GroupWriter, is_undone
from services.feedback.items.statement import Rows, leave_as_is
from services.feedback.items.writer import FeedbackWriter
from services.feedback.models import ReplyCode
from shared.clock import now
from shared.db import Driver
from shared.ids import new_id
from tests.feedback.examples import something_said
from tests.fixtures.clients import ServiceClient

SLEEPING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
)
END_SLEEPING = SLEEPING.replace("count(*)", "pg_terminate_backend(pid)")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'reply_code'::regclass"


@pytest.fixture
async def pool(feedback_db: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections for the groups."""
    async with asyncpg.create_pool(feedback_db, min_size=0, max_size=4, reset=leave_as_is) as opened:
        yield opened


@pytest.fixture
async def groups(pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[GroupWriter]:
    """What stores groups."""
    async with GroupWriter.open(pool) as opened:
        yield opened


@pytest.fixture
async def other(feedback_db: str) -> AsyncIterator[Driver]:
    """A connection beside the service's."""
    connection = await asyncpg.connect(feedback_db)
    yield connection
    await connection.close()


@pytest.fixture
async def slow_commits(owner_url: Callable[[str], str]) -> AsyncIterator[None]:
    """Let each transaction that stores feedback wait before it commits."""
    owner = await asyncpg.connect(owner_url("feedback"))
    await owner.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON feedback DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    yield
    await owner.execute("DROP TRIGGER waits ON feedback; DROP FUNCTION wait()")
    await owner.close()


def code_rows(**fields: object) -> list[Rows]:
    """The row of a reply code."""
    code_id = new_id()
    row = {"id": code_id, "reply_ref": code_id.hex, "source_id": None, "issued_at": now()}
    return [Rows(ReplyCode, [row | fields])]


def id_of(parts: Sequence[Rows]) -> object:
    """The id of the row."""
    return parts[0].rows[0]["id"]


async def transactions_of(connection: Driver, every: Sequence[Sequence[Rows]]) -> Counter[str]:
    """How many of the rows are stored, by the transaction that stored them."""
    ids = [id_of(parts) for parts in every]
    rows = await connection.fetch("SELECT xmin::text AS x FROM reply_code WHERE id = ANY($1)", ids)
    return Counter(row["x"] for row in rows)


async def until(connection: Driver, count_query: str, count: int) -> None:
    """Wait until a query counts so many."""
    async with asyncio.timeout(20):
        while await connection.fetchval(count_query) < count:
            pass


async def test_what_waits_together_is_one_transaction(groups: GroupWriter, other: Driver) -> None:
    every = [code_rows() for _ in range(20)]
    await asyncio.gather(*map(groups.store, every))
    assert list((await transactions_of(other, every)).values()) == [20]


async def test_a_group_is_bounded(groups: GroupWriter, other: Driver) -> None:
    every = [code_rows() for _ in range(2 * TOGETHER_MAX + 2)]
    await asyncio.gather(*map(groups.store, every))
    assert sorted((await transactions_of(other, every)).values()) == [2, TOGETHER_MAX, TOGETHER_MAX]


async def test_each_shape_has_its_own_group(groups: GroupWriter, other: Driver) -> None:
    every = [code_rows(**fields) for fields in ({}, {"organisation_id": None}) for _ in range(3)]
    await asyncio.gather(*map(groups.store, every))
    assert list((await transactions_of(other, every)).values()) == [3, 3]


@pytest.mark.parametrize(
    ("bad", "error"),
    [(None, asyncpg.NotNullViolationError), (5, asyncpg.DataError)],
    ids=["null", "a number"],
)
async def test_a_bad_row_fails_alone(
    groups: GroupWriter, other: Driver, bad: object, error: type[Exception]
) -> None:
    every = [code_rows(), code_rows(reply_ref=bad), code_rows(), code_rows()]
    found = await asyncio.gather(*map(groups.store, every), return_exceptions=True)
    assert [type(each) for each in found] == [type(None), error, type(None), type(None)]
    assert sum((await transactions_of(other, every)).values()) == 3


async def test_one_that_is_stored_twice_fails_once(groups: GroupWriter, other: Driver) -> None:
    every = [code_rows(reply_ref=(twice := new_id().hex)), code_rows(reply_ref=twice), code_rows()]
    found = await asyncio.gather(*map(groups.store, every), return_exceptions=True)
    failed = [each for each in found if each]
    assert [type(each) for each in failed] == [asyncpg.UniqueViolationError]
    assert sum((await transactions_of(other, every)).values()) == 2


async def test_no_group_waits_long_for_another_transaction(service: ServiceClient, other: Driver) -> None:
    groups, ref = service.part(FeedbackWriter).groups, new_id().hex
    every = [code_rows(reply_ref=ref), code_rows(), code_rows()]
    held = other.transaction()
    await held.start()
    await other.execute(
        "INSERT INTO reply_code (id, reply_ref, issued_at) VALUES ($1, $2, now())", new_id(), ref
    )
    async with asyncio.timeout(20):
        found = await asyncio.gather(*map(groups.store, every), return_exceptions=True)
    await held.rollback()
    assert [type(each) for each in found] == [asyncpg.LockNotAvailableError, type(None), type(None)]


async def test_who_leaves_harms_no_other(groups: GroupWriter, other: Driver) -> None:
    every = [code_rows() for _ in range(6)]
    async with other.transaction():
        await other.execute("LOCK TABLE reply_code IN SHARE MODE")
        tasks = []
        # Two groups are on their way; the others wait for a lane.
        for place, together in enumerate((every[:2], every[2:3], every[3:])):
            tasks += [asyncio.create_task(groups.store(parts)) for parts in together]
            await asyncio.sleep(0)
            if place < 2:
                await until(other, WAITING, place + 1)
        for left in (0, 3):
            tasks[left].cancel()
        await asyncio.wait([tasks[0], tasks[3]])
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks] == [True, False, False, True, False, False]
    assert await other.fetchval("SELECT 1 FROM reply_code WHERE id = $1", id_of(every[3])) is None
    assert sum((await transactions_of(other, [every[n] for n in (1, 2, 4, 5)])).values()) == 4


async def test_what_waits_at_the_end_is_stored(pool: "asyncpg.Pool[asyncpg.Record]", other: Driver) -> None:
    every = [code_rows() for _ in range(TOGETHER_MAX + 5)]
    async with GroupWriter.open(pool) as groups:
        tasks = [asyncio.create_task(groups.store(parts)) for parts in every]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert sum((await transactions_of(other, every)).values()) == len(every)


async def test_a_broken_connection_is_a_503_and_nothing_is_stored(
    partner: ServiceClient, trust_id: UUID, other: Driver, slow_commits: None
) -> None:
    async def post() -> int:
        return (await partner.post("/v1/feedback", json=something_said(trust_id))).status_code

    tasks = {asyncio.create_task(post()) for _ in range(8)}
    await until(other, SLEEPING, 1)
    left = tasks
    while left:
        await other.execute(END_SLEEPING)
        _, left = await asyncio.wait(left, timeout=0.01)
    assert {task.result() for task in tasks} == {503}
    kept = "SELECT count(*) FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid]"
    assert await other.fetchval(kept, trust_id) == 0


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (asyncpg.UniqueViolationError("twice"), True),
        (asyncpg.LockNotAvailableError("locked"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle"), False),
        (asyncpg.InterfaceError("closed"), False),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
    ],
    ids=lambda each: type(each).__name__,
)
def test_only_an_answer_says_that_nothing_was_stored(error: Exception, is_so: bool) -> None:
    assert is_undone(error) is is_so


def test_the_last_word_of_a_server_says_nothing_of_the_transaction() -> None:
    error = asyncpg.AdminShutdownError("terminating connection")
    error.severity_en = "FATAL"
    assert not is_undone(error)
