"""What a sender sees of all that it sent, whomever it is about, with the loops that answer it; no more."""

from uuid import UUID

import pytest

from shared.events.loop import LoopCommitmentMade, LoopRestated
from shared.ids import new_id
from tests.feedback.examples import ClientOf, a_trust, give_feedback, moderate_feedback, tell
from tests.feedback.loops.told import PROMISED, loop_event
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

SENT = "/v1/feedback?sent_by=me"


async def sent_ids(client: ServiceClient, query: str = "") -> list[str]:
    """The ids of what a client's organisation sent."""
    answer = await client.get(SENT + query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def test_a_sender_lists_what_it_sent_with_what_became_of_it(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    first = await give_feedback(partner, trust_id, text="Jo's number is 07700 900123.", external_id="a-1")
    second, loop_id = await give_feedback(partner, trust_id), new_id()
    await moderate_feedback(trust, second)
    await tell(service, loop_event(LoopRestated, loop_id, first, state="considering"))
    promise = PROMISED | {"commitment_id": new_id()}
    await tell(service, loop_event(LoopCommitmentMade, loop_id, first, **promise), sequence=2)
    seen = {each["id"]: each for each in (await partner.get(SENT)).json()["items"]}
    assert (seen[first["id"]]["state"], seen[second["id"]]["state"]) == ("received", "published")
    assert seen[first["id"]]["text"] == "Jo's number is [phone number]."
    assert seen[first["id"]]["external_id"] == "a-1"
    assert seen[second["id"]]["loops"] == []
    (loop,) = seen[first["id"]]["loops"]
    assert (loop["loop_id"], loop["state"]) == (str(loop_id), "committed")
    assert loop["promises"][0]["due_on"] == "2026-12-01"


async def test_nobody_lists_what_another_sent(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    told = await give_feedback(partner, trust_id)
    await moderate_feedback(trust, told)
    other = client_of(new_id(), "feedback:read", "feedback:write", "feedback:identify", "operator")
    # Neither who else sends, nor the body that it is about, nor the operator: published or not.
    for reader in (other, trust):
        assert await sent_ids(reader) == []
        assert await sent_ids(reader, f"&organisation={trust_id}&state=published") == []
    cursor = (await partner.get(f"{SENT}&limit=1")).json()["next"]
    await give_feedback(partner, trust_id)
    cursor = cursor or (await partner.get(f"{SENT}&limit=1")).json()["next"]
    assert (await other.get(cursor)).json()["items"] == []
    answer = await service.get(SENT)
    assert (answer.status_code, answer.json()["code"]) == (401, "caller_unknown")
    public = (await service.get(f"/v1/feedback?organisation={trust_id}")).json()["items"]
    assert [each["loops"] for each in public] == [None]


async def test_every_client_of_the_organisation_lists_it_and_conditions_narrow_it(
    partner: ServiceClient, trust_id: UUID, client_of: ClientOf, service: ServiceClient
) -> None:
    other, own = a_trust(), new_id()
    await tell(service, other)
    one, another = client_of(own), client_of(own, "registry:read")
    about = [await give_feedback(one, body) for body in (trust_id, other.organisation_id)]
    assert await sent_ids(another) == [about[1]["id"], about[0]["id"]]
    assert await sent_ids(another, f"&organisation={trust_id}") == [about[0]["id"]]
    assert await sent_ids(another, "&kind=complaint") == []
    first = (await another.get(f"{SENT}&limit=1")).json()
    following = (await another.get(first["next"])).json()
    assert [each["id"] for each in following["items"]] == [about[0]["id"]]


@pytest.mark.parametrize("value", ["them", "ME", ""])
async def test_only_ones_own_is_listed(partner: ServiceClient, value: str) -> None:
    answer = await partner.get(f"/v1/feedback?sent_by={value}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/sent_by")


async def test_a_page_costs_five_statements_however_many_loops_answer(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_statements(partner, monkeypatch) as nothing_sent:
        await sent_ids(partner)
    said = [await give_feedback(partner, trust_id) for _ in range(3)]
    with counted_statements(partner, monkeypatch) as unanswered:
        await sent_ids(partner)
    await tell(service, *(loop_event(LoopRestated, new_id(), *said, state="open") for _ in range(3)))
    with counted_statements(partner, monkeypatch) as answered:
        assert len(await sent_ids(partner)) == 3
    assert (len(nothing_sent), len(unanswered), len(answered)) == (1, 2, 5)
