"""Counts over HTTP: exact for the body itself, and for everybody what has settled."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from services.feedback.counts.closing import close_next_month
from services.feedback.counts.folding import fold_changes
from services.feedback.counts.models import ClosedCount, ClosedMonth
from shared import clock
from shared.clock import now
from shared.disclosure import Rounding
from shared.events.loop import LoopContributorsTold, LoopDecided, LoopDrafted
from shared.ids import new_id
from tests.feedback.examples import ClientOf, a_footprint, a_trust, give_feedback, tell, with_actor
from tests.feedback.loops.told import loop_event
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

THEME = "timeliness_of_care"


async def counts(client: ServiceClient, body: UUID, by: str, **asked: Any) -> dict[str, Any]:
    """The answer about an organisation."""
    answer = await client.get("/v1/counts", params={"organisation": str(body), "by": by, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(answer: dict[str, Any]) -> Counter[str]:
    """What is not zero of it, by key."""
    return Counter({each["key"]: each["at_least"] for each in answer["items"] if each["at_least"]})


async def settle(service: ServiceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what was said, and let its month settle."""
    at = now() + timedelta(days=62)
    async with service.state.sessions.begin() as session:
        await session.execute(delete(ClosedCount))
        await session.execute(delete(ClosedMonth))
        while await fold_changes(session):
            pass
    with monkeypatch.context() as later:
        later.setattr(clock.clock, "source", lambda: at)
        closed = 1
        while closed:
            async with service.state.sessions.begin() as session:
                closed = await close_next_month(session, Rounding(), 28)


async def test_a_body_sees_at_once_what_was_said_to_it(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    themes = [{"code": THEME, "polarity": "negative"}]
    said = await give_feedback(partner, trust_id, themes=themes)
    await give_feedback(
        partner, trust_id, kind="survey_response", text=None, rating={"value": 1, "scale": "fft"}
    )
    await give_feedback(partner, trust_id, kind="staff", themes=themes)
    kinds = await counts(trust, trust_id, "kind")
    assert (kinds["exact"], numbers(kinds)) == (True, {"comment": 1, "survey_response": 1})
    assert numbers(await counts(trust, trust_id, "kind", voice="staff")) == {"staff": 1}
    assert numbers(await counts(trust, trust_id, "theme")) == {THEME: 1}
    assert numbers(await counts(trust, trust_id, "polarity")) == {"negative": 1}
    assert numbers(await counts(trust, trust_id, "method")) == {
        "comment/words": 1,
        "survey_response/score": 1,
    }
    total = (await counts(trust, trust_id, "month", each="year"))["items"]
    assert sum(each["n"] for each in total) == 2
    withdrawn = await service_withdraws(trust, said)
    assert withdrawn == 200
    assert numbers(await counts(trust, trust_id, "kind")) == {"survey_response": 1}


async def service_withdraws(service: ServiceClient, said: dict[str, Any]) -> int:
    """Withdraw with the reply code."""
    answer = await service.post("/v1/replies/withdraw", json={"reply_code": said["reply_code"]})
    return answer.status_code


async def test_the_funnel_says_what_became_of_what_was_said(
    service: ServiceClient, trust: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    read, answered, _ = [await give_feedback(partner, trust_id) for _ in range(3)]
    marked = await with_actor(trust).post(f"/v1/feedback/{read['id']}/read", headers={"If-Match": '"1"'})
    assert marked.status_code == 200, marked.text
    loop_id = new_id()
    await tell(service, loop_event(LoopDrafted, loop_id, answered, state="draft"), sequence=1)
    steps = {"received": 3, "read": 1, "in_a_loop": 1}
    assert numbers(await counts(trust, trust_id, "step")) == steps
    decided = {"decision_id": new_id(), "decided_on": now().date(), "answer": "will_do"}
    await tell(service, loop_event(LoopDecided, loop_id, answered, state="decided", **decided), sequence=2)
    assert numbers(await counts(trust, trust_id, "step")) == steps | {"decided": 1}
    told = loop_event(
        LoopContributorsTold, loop_id, answered, state="verdict_open", answer="will_do", told=1, reachable=1
    )
    await tell(service, told, sequence=3)
    assert numbers(await counts(trust, trust_id, "step")) == steps | {"decided": 1, "changed": 1, "told": 1}


async def test_everybody_else_sees_what_has_settled_and_it_never_changes(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [await give_feedback(partner, trust_id, themes=[{"code": THEME}]) for _ in range(7)]
    for _ in range(4):
        await give_feedback(partner, trust_id, kind="complaint")
    assert (await counts(service, trust_id, "kind", each="year"))["items"] == []
    await settle(service, monkeypatch)
    found = await counts(service, trust_id, "kind")
    assert (found["exact"], numbers(found)) == (False, {"comment": 5})
    shown = {each["key"]: each["shown"] for each in found["items"] if each["period"] == f"{now():%Y-%m}"}
    assert (shown["comment"], shown["complaint"], shown["story"]) == ("at least 5", *["fewer than 5"] * 2)
    assert {each["n"] for each in found["items"]} == {None}
    assert numbers(await counts(service, trust_id, "theme")) == {THEME: 5}
    for each in said:
        await service_withdraws(service, each)
    async with service.state.sessions.begin() as session:
        while await fold_changes(session):
            pass
    assert await counts(service, trust_id, "kind") == found


async def test_a_place_counts_what_is_in_it_and_no_demonstration(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf
) -> None:
    place = a_footprint()
    real, invented = (a_trust(footprint_id=place.footprint_id, demonstration=each) for each in (False, True))
    await tell(service, place, real, invented)
    for trust in (real, invented):
        await give_feedback(partner, trust.organisation_id, footprint=str(place.footprint_id))
    board = client_of(place.footprint_id)
    answer = await board.get("/v1/counts", params={"footprint": str(place.footprint_id)})
    assert numbers(answer.json()) == {"comment": 1}
    demonstration = client_of(invented.organisation_id)
    assert numbers(await counts(demonstration, invented.organisation_id, "kind")) == {"comment": 1}


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/query/organisation"),
        ({"organisation": "ods:X", "footprint": "ods:Y"}, "/query/organisation"),
        ({"organisation": "ods:X", "from": "2026-05", "to": "2026-04"}, "/query/from"),
        ({"organisation": "ods:X", "from": "2020-01", "to": "2026-04"}, "/query/from"),
        ({"organisation": "ods:X", "from": "2026-13"}, "/query/from"),
        ({"organisation": "ods:X", "each": "week"}, "/query/each"),
        ({"organisation": "ods:X", "by": "postcode"}, "/query/by"),
    ],
)
async def test_only_fixed_tables_of_one_body_can_be_asked_for(
    service: ServiceClient, asked: dict[str, str], pointer: str
) -> None:
    answer = await service.get("/v1/counts", params=asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_another_body_with_a_key_sees_what_everybody_sees(
    client_of: ClientOf, trust_id: UUID, partner: ServiceClient
) -> None:
    await give_feedback(partner, trust_id)
    for client in (client_of(new_id()), client_of(trust_id, "feedback:write"), partner):
        assert (await counts(client, trust_id, "kind"))["exact"] is False


async def test_counting_costs_one_statement(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counts(trust, trust_id, "kind")
    for client in (service, trust):
        with counted_statements(service, monkeypatch) as executed:
            await counts(client, trust_id, "theme", each="quarter")
        assert len(executed) == 1
