"""Deciding: where each outcome leads, and what is refused until it is said."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import today
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import decision, photo, refusal, scene_of

TOMORROW = (today() + timedelta(days=1)).isoformat()
LEADS = {
    "will_do": "decided",
    "will_do_part": "decided",
    "will_explore": "decided",
    "cannot": "telling",
    "will_not": "telling",
}


@pytest.mark.parametrize("outcome", LEADS)
async def test_where_a_decision_leads(service: ServiceClient, publish: Publish, outcome: Any) -> None:
    scene = await scene_of(service, publish)
    loop = await scene.decided(outcome)
    assert (loop["state"], loop["answer"]) == (LEADS[outcome], outcome)
    assert loop["decisions"][0]["id"] == loop["made_id"]
    assert (await service.get(scene.path)).json()["decisions"] == loop["decisions"]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"answer": "cannot", "reason": None}, "reason_too_thin", "understand"),
    ({"answer": "cannot", "reason": "No."}, "reason_too_thin", "“No.”"),
    (
        {"answer": "will_not", "reason": "Due to operational reasons we are unable to."},
        "reason_too_thin",
        "“Due to operational reasons”",
    ),
    ({"answer": "will_do_part", "reason": "It is not a priority at this time."}, "reason_too_thin", "“not"),
    (
        {"answer": "cannot", "reason": "There are no resources for a second door at the side of the house."},
        "constraint_required",
        "“no resources”",
    ),
    ({"answer": "cannot", "would_change": None}, "revisit_required", ""),
    ({"answer": "cannot", "revisit_on": None}, "revisit_required", ""),
    ({"answer": "will_not", "how_to_object": None}, "revisit_required", ""),
    ({"answer": "cannot", "revisit_on": "2020-01-01"}, "invalid", "after today"),
    ({"answer": "cannot", "revisit_on": "9999-12-31"}, "invalid", "a hundred years"),
    ({"answer": "will_do", "decided_on": TOMORROW}, "invalid", "in the future"),
    ({"answer": "already_done"}, "evidence_required", "dated before this loop"),
]


@pytest.mark.parametrize(("fields", "code", "quote"), REFUSED)
async def test_what_a_decision_lacks_is_named_and_quoted(
    service: ServiceClient, publish: Publish, fields: dict[str, Any], code: str, quote: str
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    answer = await scene.send(scene.lead, "decisions", decision(**fields))
    assert refusal(answer) == (422, code)
    if code != "reason_too_thin" or fields["reason"]:
        assert quote in answer.json()["detail"]
    assert (await scene.read())["state"] == "acknowledged"


async def test_all_that_declining_lacks_is_named_at_once(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    bare = decision("cannot", would_change=None, revisit_on=None, how_to_object=None)
    errors = (await scene.send(scene.lead, "decisions", bare)).json()["errors"]
    assert [each["pointer"] for each in errors] == ["/would_change", "/revisit_on", "/how_to_object"]


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "No.", "because": "The reason was given in full at the public meeting of 3 May."},
        {"reason": "There are no resources for a second door at the side.", "constraint": "£40,000 by April"},
        {"reason": "We lack £40,000 of the budget for a second door at the side of the house."},
        {"revisit_on": None, "final_because": "The house is to be pulled down in the spring."},
    ],
    ids=["because", "constraint", "amount", "final"],
)
async def test_what_satisfies_a_guard_passes(
    service: ServiceClient, publish: Publish, fields: dict[str, Any]
) -> None:
    scene = await scene_of(service, publish)
    loop = await scene.decided("cannot", **fields)
    assert loop["state"] == "telling"
    shown = (await service.get(scene.path)).json()["decisions"][0]
    assert {name: shown[name] for name in fields} == fields


async def test_already_done_takes_evidence_from_before(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    for fields in ({"observed_on": today().isoformat()}, {"kind": "minute", "observed_on": "2020-01-01"}):
        await scene.done(scene.lead, "evidence", photo(**fields))
        answer = await scene.send(scene.lead, "decisions", decision("already_done"))
        assert refusal(answer) == (422, "evidence_required")
    await scene.done(scene.lead, "evidence", photo(observed_on="2020-01-01"))
    loop = await scene.done(scene.lead, "decisions", decision("already_done"))
    assert (loop["state"], len(loop["evidence"])) == ("evidence_check", 3)


async def test_nobody_decides_before_acknowledging_or_twice(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    assert refusal(await scene.send(scene.lead, "decisions", decision())) == (409, "step_not_allowed")
    await scene.decided()
    assert refusal(await scene.send(scene.lead, "decisions", decision())) == (409, "step_not_allowed")


async def test_an_outcome_that_does_not_exist_is_refused(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    answer = await scene.send(scene.lead, "decisions", decision() | {"answer": "done"})
    assert refusal(answer) == (422, "invalid")
