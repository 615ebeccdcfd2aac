"""With a reply code anyone sees which loops answer what they said, and how far these have come."""

from typing import Any
from uuid import UUID

import pytest

from services.feedback.consumers import LOOPS
from shared.clock import now
from shared.events.loop import (
    LoopAcknowledged,
    LoopClosed,
    LoopDecided,
    LoopDrafted,
    LoopRestated,
    LoopState,
)
from shared.ids import new_id
from shared.plain_words import STATES
from tests.feedback.examples import give_feedback, tell
from tests.fixtures.clients import ServiceClient

CODE = "with the reply code"


def loop_event(kind: type[LoopState], loop_id: UUID, said: dict[str, Any], **facts: Any) -> LoopState:
    """The event that something happened to a loop that answers what was said."""
    known = {"loop_id": loop_id, "organisation_id": new_id(), "footprint_id": None}
    return kind.model_validate(known | {"feedback_ids": [said["id"]]} | facts)


async def look_up(service: ServiceClient, said: dict[str, Any]) -> dict[str, Any]:
    """What the holder of the code sees."""
    answer = await service.post("/v1/replies/lookup", json={"reply_code": said["reply_code"]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_holder_of_a_code_sees_the_loop_in_whatever_order_it_is_told(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    said = await give_feedback(partner, trust_id)
    assert (await look_up(service, said))["loops"] == []
    loop_id = new_id()
    decided = {"decision_id": new_id(), "decided_on": now().date(), "answer": "will_do", "state": "decided"}
    await tell(service, loop_event(LoopDecided, loop_id, said, **decided), sequence=3)
    await tell(service, loop_event(LoopDrafted, loop_id, said, state="draft"), sequence=1)
    await tell(service, loop_event(LoopAcknowledged, loop_id, said, state="acknowledged"), sequence=2)
    found = await look_up(service, said)
    (loop,) = found["loops"]
    assert (loop["state"], loop["answer"], loop["verdict_wanted"]) == ("decided", "will_do", False)
    assert {each["what"] for each in loop["steps"]} == {"in_a_loop", "acknowledged", "decided"}
    assert found["message"] == loop["message"] == f"{STATES['decided'].meaning} Its answer: it will do it."


async def test_a_verdict_is_asked_for_while_it_can_be_given(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    said, loop_id = await give_feedback(partner, trust_id), new_id()
    await tell(service, loop_event(LoopRestated, loop_id, said, state="verdict_open"), sequence=1)
    assert (await look_up(service, said))["loops"][0]["verdict_wanted"]
    closed = loop_event(LoopClosed, loop_id, said, state="closed", closed_as="declined")
    await tell(service, closed, sequence=2)
    (loop,) = (await look_up(service, said))["loops"]
    assert (loop["closed_as"], loop["verdict_wanted"], loop["message"]) == (
        "declined",
        False,
        STATES["declined"].meaning,
    )


@pytest.mark.parametrize("erase", [False, True])
async def test_whoever_took_their_words_back_still_finds_the_loop_to_vote_on(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID, erase: bool
) -> None:
    said, loop_id = await give_feedback(partner, trust_id), new_id()
    await tell(service, loop_event(LoopRestated, loop_id, said, state="verdict_open"), sequence=1)
    wish = {"reply_code": said["reply_code"], "erase": erase}
    await service.post("/v1/replies/withdraw", json=wish)
    found = await look_up(service, said)
    (loop,) = found["loops"]
    assert (loop["loop_id"], loop["verdict_wanted"]) == (str(loop_id), True)
    assert found["message"].endswith((f"{CODE}. Nobody sees or uses it any more.", f"erased {CODE}."))


async def test_an_unknown_code_stops_no_mail(service: ServiceClient) -> None:
    answer = await service.post("/v1/replies/unsubscribe", json={"reply_code": "MW6Y-C8T2-TRK6"})
    assert (answer.status_code, answer.json()["code"]) == (404, "reply_code_unknown")


def test_every_state_of_a_loop_is_heard_of() -> None:
    assert {LoopDrafted, LoopDecided, LoopClosed, LoopRestated} <= set(LOOPS)
