"""Who spoke sees which loops answer what they said, how far these are, what was decided and promised."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.feedback.consumers import LOOPS
from services.feedback.loops.queries import SHOWN
from shared.clock import now
from shared.events.loop import (
    LoopAcknowledged,
    LoopChangeClaimed,
    LoopClosed,
    LoopCommitmentMade,
    LoopCommitmentSlipped,
    LoopDecided,
    LoopDrafted,
    LoopRestated,
)
from shared.ids import new_id
from shared.plain_words import STATES
from tests.feedback.examples import give_feedback, tell
from tests.feedback.loops.told import PROMISED, loop_event
from tests.fixtures.clients import ServiceClient

CODE = "with the reply code"


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


async def test_decisions_and_promises_are_shown_as_they_are_now(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    said, loop_id, other = await give_feedback(partner, trust_id), new_id(), uuid4()
    decided = {"state": "decided", "answer": "will_do", "decided_on": "2026-10-01"}
    first, second = new_id(), new_id()
    for sequence, decision_id in ((9, second), (2, first)):
        told = loop_event(LoopDecided, loop_id, said, decision_id=decision_id, **decided)
        await tell(service, told, sequence=sequence)
    promise, kept = PROMISED | {"commitment_id": other}, PROMISED | {"commitment_id": uuid4(), "slips": 2}
    # The later event comes first, as events may.
    await tell(service, loop_event(LoopCommitmentSlipped, loop_id, said, slips=1, **promise), sequence=5)
    await tell(service, loop_event(LoopCommitmentMade, loop_id, said, **promise), sequence=3)
    await tell(service, loop_event(LoopChangeClaimed, loop_id, said, **kept), sequence=6)
    (loop,) = (await look_up(service, said))["loops"]
    assert [each["decision_id"] for each in loop["decisions"]] == [str(first), str(second)]
    assert loop["decisions"][0] == {
        "decision_id": str(first),
        "answer": "will_do",
        "decided_on": "2026-10-01",
        "revisit_on": None,
    }
    by_id = {each["commitment_id"]: each for each in loop["promises"]}
    assert by_id[str(other)] == {
        "commitment_id": str(other),
        "owner_organisation_id": str(PROMISED["owner_organisation_id"]),
        "due_on": "2026-12-01",
        "original_due_on": "2026-11-01",
        "slips": 1,
        "latest": "slipped",
    }
    assert sorted((each["latest"], each["slips"]) for each in by_id.values()) == [
        ("change_claimed", 2),
        ("slipped", 1),
    ]


async def test_of_many_loops_promises_and_decisions_the_newest_are_shown(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    said, ids = await give_feedback(partner, trust_id), [new_id() for _ in range(SHOWN + 2)]
    await tell(service, *(loop_event(LoopRestated, each, said, state="open") for each in ids))
    promises = [PROMISED | {"commitment_id": new_id()} for _ in range(SHOWN + 1)]
    await tell(service, *(loop_event(LoopCommitmentMade, ids[-1], said, **each) for each in promises))
    loops = (await look_up(service, said))["loops"]
    assert [each["loop_id"] for each in loops] == [str(each) for each in ids[2:]]
    shown = [each["commitment_id"] for each in loops[-1]["promises"]]
    assert shown == [str(each["commitment_id"]) for each in promises[1:]]


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
