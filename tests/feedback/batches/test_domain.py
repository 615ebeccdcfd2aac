"""Large batches: in pieces within one transaction, repeats together, and bounds on what takes long."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from services.feedback.batches import domain, lines
from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.items.bulk import BATCH
from services.feedback.items.intake import IntakeTools
from services.feedback.items.schemas import NewFeedback
from shared.ids import new_id
from tests.feedback.batches.test_routes import send
from tests.feedback.examples import something_said
from tests.fixtures.clients import ServiceClient

MEGABYTE = 1_048_576
STORED = """
    SELECT count(*), count(DISTINCT external_ref), coalesce(sum(version), 0),
           (SELECT count(*) FROM outbox WHERE aggregate_id IN
               (SELECT id FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid]))
    FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid]"""


async def stored(database: str, trust_id: UUID) -> tuple[int, ...]:
    """How many pieces about a trust are stored, under how many external ids, their versions and events."""
    connection = await asyncpg.connect(database)
    try:
        return tuple(await connection.fetchrow(STORED, trust_id) or ())
    finally:
        await connection.close()


def said_by_many(trust_id: UUID, count: int, **fields: Any) -> list[dict[str, Any]]:
    """Something said by many, each under an external id."""
    return [something_said(trust_id, external_id=f"m{number}", **fields) for number in range(count)]


async def test_bad_lines_anywhere_fail_alone(
    partner: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    count = 2 * BATCH + 20
    given: list[Any] = said_by_many(trust_id, count, text="It took long. " * 80)
    bad = {3: b"{", BATCH: given[0] | {"kind": "rumour"}, 2 * BATCH + 5: something_said(new_id())}
    for place, line in bad.items():
        given[place] = line
    answer = await send(partner, *given)
    assert int(answer.request.headers["content-length"]) > MEGABYTE
    told = answer.json()
    assert (told["accepted"], told["rejected"]) == (count - 3, 3)
    assert [each["line"] for each in told["results"]] == list(range(1, count + 1))
    refused = {each["line"] - 1: each for each in told["results"] if each["error"]}
    assert {place: each["error"] for place, each in refused.items()} == dict(
        zip(bad, ("invalid", "invalid", "not_here_yet"), strict=True)
    )
    assert refused[BATCH]["detail"].startswith("/kind:")
    assert await stored(feedback_db, trust_id) == (count - 3, count - 3, count - 3, count - 3)


async def test_a_batch_that_is_sent_again_changes_nothing(
    partner: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    given = said_by_many(trust_id, BATCH + 10, text="Ring 07700 900123.")
    first = (await send(partner, *given)).json()
    before = await stored(feedback_db, trust_id)
    again = (await send(partner, *given)).json()
    assert {each["outcome"] for each in again["results"]} == {"repeat"}
    for each, earlier in zip(again["results"], first["results"], strict=True):
        assert each == earlier | {
            "outcome": "repeat",
            "reply_code": None,
            "reply_code_notice": each["reply_code_notice"],
        }
        assert each["reply_code_notice"]
        assert each["masked"] == [{"field": "text", "kinds": ["phone number"]}]
    assert await stored(feedback_db, trust_id) == before == (BATCH + 10,) * 4


async def test_words_stand_in_the_order_of_their_lines(partner: ServiceClient, trust_id: UUID) -> None:
    one, other = (something_said(trust_id, external_id="1", text=text) for text in ("One.", "Other."))
    between = [something_said(trust_id)] * BATCH
    told = (await send(partner, one, one, other, other, one, *between, one, other)).json()["results"]
    mine = [*told[:5], *told[-2:]]
    assert len({each["id"] for each in mine}) == 1
    outcomes = ["new", "repeat", "revision", "repeat", "revision", "repeat", "revision"]
    assert [each["outcome"] for each in mine] == outcomes


async def test_withdrawn_feedback_that_comes_again_stays_so(partner: ServiceClient, trust_id: UUID) -> None:
    given = something_said(trust_id, external_id="1")
    first = (await send(partner, given)).json()["results"][0]
    path, headers = f"/v1/feedback/{first['id']}", {"If-Match": '"1"', "Doorway-Actor": "jd; role=lead"}
    gone = await partner.post(f"{path}/withdrawal", headers=headers, json={"reason": "They asked us to."})
    assert gone.status_code == 200
    told = (await send(partner, given)).json()["results"][0]
    assert (told["id"], told["outcome"]) == (first["id"], "repeat")
    assert (await partner.get(path)).json()["state"] == "withdrawn"


async def test_the_same_batch_twice_at_once_is_stored_once(
    partner: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    given = said_by_many(trust_id, 60)
    answers = await asyncio.gather(*(send(partner, *given) for _ in range(2)))
    assert {each.status_code for each in answers} <= {200, 409}
    assert (await send(partner, *given)).json()["accepted"] == 60
    assert await stored(feedback_db, trust_id) == (60,) * 4


async def test_a_batch_that_breaks_off_is_stored_whole_when_it_is_sent_again(
    partner: ServiceClient, trust_id: UUID, feedback_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, read = said_by_many(trust_id, BATCH + 10), lines.read_line

    def end_in_the_middle(line: bytes) -> NewFeedback:
        if b'"m%d"' % BATCH in line:
            raise ConnectionResetError
        return read(line)

    with monkeypatch.context() as patched:
        patched.setattr(domain, "read_line", end_in_the_middle)
        broken = await send(partner, *given, **{"Idempotency-Key": "one"})
    assert (broken.status_code, broken.json()["code"]) == (503, "unavailable")
    assert await stored(feedback_db, trust_id) == (0,) * 4
    told = await send(partner, *given, **{"Idempotency-Key": "one"})
    assert told.json()["accepted"] == BATCH + 10
    again = await send(partner, *given, **{"Idempotency-Key": "one"})
    assert (again.content, again.headers["idempotent-replayed"]) == (told.content, "true")
    assert await stored(feedback_db, trust_id) == (BATCH + 10,) * 4


async def test_what_takes_long_is_bounded_and_the_rest_is_stored(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "LOOKUPS_MAX", 3)
    unknown = something_said(new_id())
    code = partner.part(IntakeTools).codes.code_of(new_id())
    coded = [something_said(trust_id, reply_code=code)] * 2
    good = something_said(trust_id)
    told = (await send(partner, good, unknown, unknown, *coded, good)).json()
    assert [each["error"] for each in told["results"]] == [
        None,
        "not_here_yet",
        "not_here_yet",
        "invalid",
        "too_many_lookups",
        None,
    ]


async def test_wrong_codes_in_an_earlier_piece_do_not_refuse_the_batch(
    partner: ServiceClient, trust_id: UUID
) -> None:
    code = partner.part(IntakeTools).codes.code_of(new_id())
    coded = [something_said(trust_id, reply_code=code)] * (WRONG_PER_MINUTE + 1)
    answer = await send(partner, *coded, *[something_said(trust_id)] * BATCH, coded[0])
    assert (answer.status_code, answer.json()["accepted"]) == (200, BATCH)
    assert {each["error"] for each in answer.json()["results"]} == {None, "invalid", "too_many"}


async def test_a_line_that_others_store_at_the_same_moment_fails_alone(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: object, **__: object) -> None:
        raise IntegrityError("", {}, Exception())

    monkeypatch.setattr(domain, "give_with_locks", lose)
    coded = something_said(trust_id, reply_code="4N06-WRTP-QT88")
    told = (await send(partner, coded, something_said(trust_id))).json()["results"]
    assert [each["error"] for each in told] == ["sent_twice_at_once", None]


async def test_few_large_batches_are_stored_at_a_time(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "SMALL_LINES", 2)
    with domain.place_of_batch([(1, b"")] * 3), domain.place_of_batch([(1, b"")] * 3):
        refused = await send(partner, *[something_said(trust_id)] * 3)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
        assert refused.headers["retry-after"] == "2"
        assert (await send(partner, *[something_said(trust_id)] * 2)).json()["accepted"] == 2
    assert (await send(partner, *[something_said(trust_id)] * 3)).json()["accepted"] == 3
    assert domain.large_batches == set()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda: b"\n" * (lines.BREAKS_MAX + 1), "too_many_lines"),
        (lambda: b"x" * (16 * MEGABYTE + 1), "body_too_large"),
    ],
)
async def test_a_body_is_bounded(partner: ServiceClient, body: Callable[[], bytes], code: str) -> None:
    answer = await partner.post("/v1/feedback/batch", content=body())
    assert (answer.status_code, answer.json()["code"]) == (413, code)


async def test_a_line_is_as_large_as_a_body(partner: ServiceClient, trust_id: UUID) -> None:
    assert partner.state.settings.body_bytes_max == lines.LINE_BYTES_MAX
    told = (await send(partner, b"[" * (MEGABYTE + 1), something_said(trust_id))).json()["results"]
    assert [each["error"] for each in told] == ["line_too_large", None]
