"""Many reply codes at a time, by key: each alone, in their order, and guessing is no cheaper."""

from uuid import UUID

import httpx2
import pytest

from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.items.intake import IntakeTools
from shared.events.loop import LoopRestated
from shared.ids import new_id
from tests.feedback.examples import WORDS, ClientOf, give_feedback, moderate_feedback, tell
from tests.feedback.loops.told import loop_event
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient


async def look_up(client: ServiceClient, *codes: str) -> httpx2.Response:
    """Look up many codes."""
    return await client.post("/v1/replies/lookup/batch", json={"reply_codes": codes})


def wrong_code(service: ServiceClient) -> str:
    """A code that is well made and nobody's."""
    return service.part(IntakeTools).codes.code_of(new_id())


async def test_each_code_is_answered_as_it_is_alone(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    said = [await give_feedback(partner, trust_id, external_id=f"{number}") for number in range(3)]
    await moderate_feedback(trust, said[1])
    await give_feedback(partner, trust_id, external_id="2", text="Other words.")
    await service.post("/v1/replies/withdraw", json={"reply_code": said[0]["reply_code"], "erase": True})
    events = (loop_event(LoopRestated, new_id(), *each, state="open") for each in (said[:2], said[1:2]))
    await tell(service, *events)
    codes = [each["reply_code"] for each in said]
    typed = [codes[1].lower().replace("-", " "), "0000-0000-0000", wrong_code(service), codes[0], codes[2]]
    answer = await look_up(partner, *typed, "HHHH-HHHH-HHHH")
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [each["line"] for each in results] == [1, 2, 3, 4, 5, 6]
    # All zeros are a code that could be somebody's.
    errors = [None, "reply_code_unknown", "reply_code_unknown", None, None, "invalid"]
    assert [each["error"] for each in results] == errors
    assert "twelve letters" in results[5]["detail"]
    for place, code in ((0, codes[1]), (3, codes[0]), (4, codes[2])):
        alone = await service.post("/v1/replies/lookup", json={"reply_code": code})
        assert results[place]["reply"] == alone.json()
    assert [len(results[place]["reply"]["loops"]) for place in (0, 3, 4)] == [2, 1, 0]
    assert WORDS not in answer.text


async def test_codes_cannot_be_tried_by_the_hundred(
    service: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    guesser, other = client_of(new_id()), client_of(new_id())
    right = (await give_feedback(other, trust_id))["reply_code"]
    wrong = [wrong_code(service) for _ in range(WRONG_PER_MINUTE + 2)]
    answer = await look_up(guesser, *wrong, right)
    errors = [each["error"] for each in answer.json()["results"]]
    assert errors == ["reply_code_unknown"] * WRONG_PER_MINUTE + ["too_many"] * 3
    assert answer.json()["results"][-1]["reply"] is None
    again = await look_up(guesser, right)
    assert (again.status_code, again.json()["code"]) == (429, "too_many")
    assert 1 <= int(again.headers["retry-after"]) <= 60
    assert (await look_up(other, right)).json()["results"][0]["reply"]["state"] == "received"


async def test_many_codes_need_a_key(service: ServiceClient) -> None:
    answer = await look_up(service, wrong_code(service))
    assert (answer.status_code, answer.json()["code"]) == (401, "key_required")


@pytest.mark.parametrize("count", [0, 101])
async def test_there_is_a_number_of_codes(partner: ServiceClient, count: int) -> None:
    answer = await look_up(partner, *["0000-0000-0000"] * count)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reply_codes")


async def test_many_codes_cost_as_much_as_one(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [(await give_feedback(partner, trust_id))["reply_code"] for _ in range(5)]
    with counted_statements(partner, monkeypatch) as one:
        await partner.post("/v1/replies/lookup", json={"reply_code": codes[0]})
    with counted_statements(partner, monkeypatch) as many:
        await look_up(partner, *codes)
    assert len(one) == len(many) == 2
