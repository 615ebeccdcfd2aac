"""Answers that are kept until something changes: what ends them, and what is never kept."""

import asyncio
import time
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from shared.auth import Authentication, Caller
from shared.ids import new_id
from shared.kept import KEPT_SECONDS, KeepingSettings, KeptAnswers
from shared.settings import ServiceSettings

# A statement that changes no row tells of a change as well: triggers are asked once for each statement.
CHANGE = "UPDATE footprint_copy SET name = name WHERE false"
ANYBODY = Caller()


def asked(path="/x", query=b"", accept="*/*", caller=ANYBODY) -> Request:
    """A request as a route sees it."""
    scope: dict[str, Any] = {
        "type": "http",
        "path": path,
        "query_string": query,
        "headers": [(b"accept", accept.encode())],
        "state": {"Authentication": Authentication(lambda _: caller)},
    }
    return Request(scope)


class Maker:
    """Makes a new answer each time, and counts them."""

    def __init__(self, make=Response) -> None:
        self.make, self.count = make, 0

    async def __call__(self, _: Request) -> Response:
        self.count += 1
        made: Response = self.make(f"answer {self.count}")
        return made


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def settings(probe) -> KeepingSettings:
    return KeepingSettings(**probe.model_dump() | {"kept_bytes_max": 100_000})


@asynccontextmanager
async def listening(settings: ServiceSettings):
    """Answers that are kept, once changes can be heard."""
    async with KeptAnswers(settings).running() as answers:
        answers.asked.set()
        await until(lambda: answers.listens)
        yield answers


@pytest.fixture
async def answers(settings):
    async with listening(settings) as found:
        yield found


@pytest.fixture
async def other(probe):
    """A connection of somebody else to the same database."""
    connection = await asyncpg.connect(probe.database_url)
    yield connection
    await connection.close()


async def until(condition) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- the database tells of it
            await asyncio.sleep(0.01)


async def body(answers: KeptAnswers, make: Maker, **given) -> bytes:
    """The body of the answer to a request."""
    return bytes((await answers.answer(asked(**given), make)).body)


async def test_an_answer_is_made_once(answers, make) -> None:
    assert [await body(answers, make) for _ in range(3)] == [b"answer 1"] * 3
    assert make.count == 1


async def test_a_header_in_parts_tells_answers_apart(answers, make) -> None:
    assert await body(answers, make) == b"answer 1"
    in_parts = asked()
    in_parts.scope["headers"].append((b"accept", b"application/json;q=0"))
    assert (await answers.answer(in_parts, make)).body == b"answer 2"
    assert await body(answers, make) == b"answer 1"


@pytest.mark.parametrize(
    "given",
    [
        {"path": "/y"},
        {"query": b"limit=2"},
        {"accept": "application/atom+xml"},
        {"caller": Caller(client_id=new_id())},
    ],
)
async def test_what_an_answer_depends_on_tells_answers_apart(answers, make, given) -> None:
    assert await body(answers, make) == b"answer 1"
    assert await body(answers, make, **given) == b"answer 2"
    assert await body(answers, make) == b"answer 1"


async def test_a_change_by_anybody_ends_what_is_kept(answers, make, other) -> None:
    await body(answers, make)
    await other.execute(CHANGE)
    await until(lambda: not answers.kept)
    assert await body(answers, make) == b"answer 2"


async def test_an_answer_that_a_change_overtook_is_not_kept(answers, other) -> None:
    async def make_slowly(_: Request) -> Response:
        changes = answers.changes
        await other.execute(CHANGE)
        await until(lambda: answers.changes > changes)
        return Response("as it was before the change")

    await answers.answer(asked(), make_slowly)
    assert not answers.kept


async def test_nothing_is_kept_while_changes_cannot_be_heard(settings, make) -> None:
    answers = KeptAnswers(settings)
    assert [await body(answers, make) for _ in range(2)] == [b"answer 1", b"answer 2"]


async def test_what_may_have_changed_while_the_connection_was_lost_is_made_anew(answers, make, other) -> None:
    await body(answers, make)
    changes = answers.changes
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database() AND usename = current_user"
    )
    await until(lambda: answers.changes > changes)
    assert await body(answers, make) == b"answer 2"
    # It listens again, and keeps again.
    await until(lambda: answers.listens)
    later = await body(answers, make)
    assert later != b"answer 1"
    assert await body(answers, make) == later


@pytest.mark.parametrize(
    "answer",
    [
        lambda text: Response(text, 404),
        lambda text: StreamingResponse(iter([text])),
        lambda text: Response(text * 20_000),
    ],
)
async def test_refusals_streams_and_large_answers_are_not_kept(answers, answer) -> None:
    make = Maker(answer)
    await answers.answer(asked(), make)
    await answers.answer(asked(), make)
    assert make.count == 2


async def test_the_room_is_bounded(answers) -> None:
    make = Maker(lambda text: Response(text * 1_000))
    for number in range(50):
        await answers.answer(asked(query=str(number).encode()), make)
    assert answers.size == sum(each.size for each in answers.kept.values()) <= 100_000
    await answers.answer(asked(query=b"49"), make)
    assert make.count == 50
    await answers.answer(asked(query=b"0"), make)
    assert make.count == 51


async def test_nothing_is_kept_for_long(answers, make, monkeypatch) -> None:
    await body(answers, make)
    later = time.monotonic() + KEPT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await body(answers, make) == b"answer 2"


async def test_a_service_that_keeps_nothing_makes_each_answer(probe, make) -> None:
    async with KeptAnswers(probe).running() as answers:
        assert [await body(answers, make) for _ in range(2)] == [b"answer 1", b"answer 2"]
        assert not answers.listens
