"""Knocks over HTTP: who may see them, what is refused, and what all of them say."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.registry.knocks.domain import KNOCKS_A_DAY_MAX
from shared.clock import now, today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.registry.conftest import statements
from tests.registry.contacts.scene import BOARD, add, change, knocker
from tests.registry.knocks.knocking import ago, knock, post

OnDay = Callable[[int, int], None]


async def test_a_knock_waits_for_its_answer(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    made = await post(me, contact, knocked_at=ago(days=1))
    assert made.status_code == 201, made.text
    found = made.json()
    assert (found["outcome"], found["contact_id"], found["body_id"]) == (
        None,
        contact["id"],
        contact["body_id"],
    )
    path = made.headers["Location"]
    assert (await me.get(path)).json() == found
    answered = await me.post(f"{path}/outcome", json={"outcome": "person", "answered_at": ago(hours=1)})
    assert (answered.status_code, answered.json()["outcome"]) == (200, "person")
    again = await me.post(f"{path}/outcome", json={"outcome": "bounced"})
    assert (again.status_code, again.json()["code"]) == (409, "outcome_known")
    assert [each["id"] for each in (await me.get("/v1/knocks")).json()["items"]] == [found["id"]]


async def test_only_the_client_that_knocked_sees_its_knock(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    path = f"/v1/knocks/{(await post(me, contact, knocked_at=ago(days=1))).json()['id']}"
    other = knocker(registry)
    assert (await other.get(path)).status_code == 404
    assert (await other.post(f"{path}/outcome", json={"outcome": "bounced"})).status_code == 404
    assert (await other.get("/v1/knocks")).json()["items"] == []
    assert (await me.get(path)).json()["outcome"] is None


async def test_own_knocks_are_listed_by_contact_and_outcome(registry: ServiceClient) -> None:
    one, two, me = await add(registry), await add(registry), knocker(registry)
    first = (await post(me, one, knocked_at=ago(days=1))).json()["id"]
    second = (await post(me, two, knocked_at=ago(days=1), outcome="automatic")).json()["id"]
    shown = {
        query: [each["id"] for each in (await me.get(f"/v1/knocks?{query}")).json()["items"]]
        for query in ("", f"contact={one['id']}", "waiting=true", "waiting=false")
    }
    assert shown == {
        "": [second, first],
        f"contact={one['id']}": [first],
        "waiting=true": [first],
        "waiting=false": [second],
    }


async def test_knocking_needs_a_key(registry: ServiceClient) -> None:
    contact = await add(registry)
    answers = [
        await post(registry, contact, knocked_at=ago(days=1)),
        await registry.get("/v1/knocks"),
        await registry.get(f"/v1/knocks/{new_id()}"),
        await registry.post(f"/v1/knocks/{new_id()}/outcome", json={"outcome": "bounced"}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(401, "key_required")}
    assert (await post(knocker(registry), {"id": str(new_id())}, knocked_at=ago(days=1))).status_code == 404


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"knocked_at": None}, "/knocked_at"),
        ({"knocked_at": "2026-11-01T10:00:00"}, "/knocked_at"),
        ({"knocked_at": "2999-01-01T00:00:00Z"}, "/knocked_at"),
        ({"knocked_at": "2020-01-01T00:00:00Z"}, "/knocked_at"),
        ({"outcome": "rudeness"}, "/outcome"),
        ({"outcome": "person"}, "/answered_at"),
        ({"outcome": "person", "answered_at": "2020-01-01T00:00:00Z"}, "/answered_at"),
        ({"outcome": "person", "answered_at": "2999-01-01T00:00:00Z"}, "/answered_at"),
        ({"answered_at": ago(hours=1)}, "/outcome"),
        ({"what_was_said": "hello"}, "/what_was_said"),
    ],
)
async def test_impossible_knocks_are_422_naming_the_field(
    registry: ServiceClient, given: dict[str, Any], pointer: str
) -> None:
    contact = await add(registry)
    body = json.dumps({"knocked_at": ago(days=2)} | given)
    headers = {"Content-Type": "application/json"}
    path = f"/v1/contacts/{contact['id']}/knocks"
    refused = await knocker(registry).post(path, content=body, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_silence_is_silence_after_fourteen_days(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    early = await post(me, contact, knocked_at=ago(days=13), outcome="silence")
    assert (early.status_code, early.json()["code"]) == (422, "too_early_for_silence")
    answer = await post(me, contact, knocked_at=ago(days=15), outcome="silence", answered_at=ago(days=1))
    assert answer.json()["errors"][0]["pointer"] == "/answered_at"
    silent = await post(me, contact, knocked_at=ago(days=15), outcome="silence")
    assert silent.json()["outcome"] == "silence"
    path = f"/v1/knocks/{silent.json()['id']}/outcome"
    again = await me.post(path, json={"outcome": "silence"})
    assert again.json()["code"] == "outcome_known"
    late = await me.post(path, json={"outcome": "person", "answered_at": ago(hours=1)})
    assert (late.status_code, late.json()["outcome"]) == (200, "person")


async def test_one_client_paints_no_contact_black(registry: ServiceClient) -> None:
    contact, other, me = await add(registry), await add(registry), knocker(registry)
    answers = await asyncio.gather(
        *(post(me, contact, knocked_at=ago(days=day)) for day in range(1, KNOCKS_A_DAY_MAX + 4))
    )
    refused = [each for each in answers if each.status_code != 201]
    assert len(answers) - len(refused) == KNOCKS_A_DAY_MAX
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(429, "knocks_spent")}
    assert 0 < int(refused[0].headers["Retry-After"]) <= 90_000
    assert (await post(me, other, knocked_at=ago(days=1))).status_code == 201
    assert (await post(knocker(registry), contact, knocked_at=ago(days=1))).status_code == 201


async def test_the_same_key_knocks_once(registry: ServiceClient) -> None:
    contact, me, headers = await add(registry), knocker(registry), {"Idempotency-Key": "one knock"}
    body = {"knocked_at": ago(days=1)}
    path = f"/v1/contacts/{contact['id']}/knocks"
    answers = [await me.post(path, json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await me.get("/v1/knocks")).json()["items"]) == 1


async def test_nobody_knocks_at_a_contact_that_was_closed(registry: ServiceClient) -> None:
    contact = await add(registry, known_on="2026-01-01")
    await change(registry, contact, "ending", ended_on=str(today() - timedelta(days=3)))
    refused = await post(knocker(registry), contact, knocked_at=ago(days=1))
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_ended")
    assert (await post(knocker(registry), contact, knocked_at=ago(days=5))).status_code == 201


async def test_few_knocks_say_nothing_but_when_somebody_answered(
    registry: ServiceClient, on_day: OnDay
) -> None:
    contact = await add(registry)
    path = f"/v1/contacts/{contact['id']}/responsiveness"
    before = plain_counts((await registry.get(path)).json())
    assert (before["knocks"], before["too_few_to_say"], before["last_alive_on"]) == (0, True, None)
    on_day(5, 20)
    for _ in range(4):
        await knock(registry, contact, knocked_at=ago(days=3), outcome="person", answered_at=ago(days=2))
    answered_on = str((now() - timedelta(days=2)).date())
    found = plain_counts((await registry.get(path)).json())
    assert (found["knocks"], found["too_few_to_say"], found["last_alive_on"]) == (0, True, answered_on)
    on_day(7, 1)
    found = plain_counts((await registry.get(path)).json())
    assert (found["knocks"], found["too_few_to_say"]) == ("held back", True)
    assert (found["outcomes"], found["share_answered"], found["median_hours"]) == (None, None, None)
    assert found["last_alive_on"] == answered_on
    earlier = plain_counts((await registry.get(f"{path}?as_of={today() - timedelta(days=60)}")).json())
    assert (earlier["knocks"], earlier["last_alive_on"]) == (0, None)


async def test_many_knocks_say_who_answers(registry: ServiceClient, on_day: OnDay) -> None:
    contact = await add(registry)
    on_day(6, 29)
    for hours in (1, 2, 12):
        knocked, answered = ago(days=2), ago(days=2, hours=-hours)
        await knock(registry, contact, knocked_at=knocked, outcome="person", answered_at=answered)
    await knock(registry, contact, knocked_at=ago(days=2), outcome="automatic")
    await knock(registry, contact, knocked_at=ago(days=2))
    await knock(registry, contact, knocked_at=ago(days=20), outcome="silence")
    on_day(7, 1)
    found = plain_counts((await registry.get(f"/v1/contacts/{contact['id']}/responsiveness")).json())
    assert found["outcomes"] == {"person": 3, "automatic": 1, "bounced": 0, "silence": 1, "waiting": 1}
    assert (found["knocks"], found["share_answered"], found["median_hours"]) == (6, 0.6, 2.0)
    year = today().year
    assert (found["since"], found["until"]) == (f"{year - 1}-07-01", f"{year}-06-30")


async def test_two_organisations_alone_do_not_judge_a_contact(registry: ServiceClient, on_day: OnDay) -> None:
    contact = await add(registry)
    on_day(5, 20)
    clients = [knocker(registry), knocker(registry)]
    for day in (1, 2, 3):
        for me in clients:
            await post(me, contact, knocked_at=ago(days=day), outcome="bounced")
    on_day(7, 1)
    found = plain_counts((await registry.get(f"/v1/contacts/{contact['id']}/responsiveness")).json())
    assert (found["knocks"], found["too_few_to_say"], found["outcomes"]) == ("held back", True, None)


async def test_an_organisation_counts_once_for_each_contact_and_day(
    registry: ServiceClient, on_day: OnDay
) -> None:
    contact, organisation = await add(registry), new_id()
    on_day(5, 20)
    at = ago(days=4)
    for outcome, client in (("bounced", new_id()), (None, new_id()), ("automatic", new_id())):
        me = registry.as_(client_id=client, organisation_id=organisation)
        await post(me, contact, knocked_at=at, **({"outcome": outcome} if outcome else {}))
    for _ in range(4):
        await knock(registry, contact, knocked_at=at, outcome="automatic")
    on_day(7, 1)
    found = plain_counts((await registry.get(f"/v1/contacts/{contact['id']}/responsiveness")).json())
    assert (found["knocks"], found["outcomes"]["automatic"], found["outcomes"]["bounced"]) == (5, 5, 0)


async def test_a_footprint_answers_for_all_its_contacts(registry: ServiceClient, on_day: OnDay) -> None:
    on_day(5, 20)
    contacts = [await add(registry, "/v1/footprints/ods:QWO") for _ in range(2)]
    for contact in contacts:
        for _ in range(3):
            await knock(registry, contact, knocked_at=ago(days=1), outcome="automatic")
    on_day(7, 1)
    answer = await registry.get("/v1/footprints/ods:QWO/responsiveness")
    assert answer.json()["outcomes"]["automatic"] == 6
    assert "client" not in answer.text
    verified = str(today())
    await change(registry, contacts[0], "verification", verified_on=verified, how="was_answered")
    answer = await registry.get("/v1/footprints/ods:QWO/responsiveness")
    assert answer.json()["last_alive_on"] == verified


async def test_what_bounced_for_two_is_in_doubt_until_somebody_verified(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    path = f"/v1/contacts/{contact['id']}"
    for _ in range(2):
        await post(me, contact, knocked_at=ago(days=1), outcome="bounced")
    assert (await registry.get(path)).json()["doubtful_since"] is None
    await knock(registry, contact, knocked_at=ago(days=1), outcome="bounced")
    doubted = (await registry.get(path)).json()
    assert doubted["doubtful_since"] == str(today())
    assert doubted["version"] == contact["version"] + 1
    await knock(registry, contact, knocked_at=ago(days=1), outcome="bounced")
    assert (await registry.get(path)).json() == doubted
    sure = await change(registry, contact, "verification", verified_on=str(today()), how="was_answered")
    assert sure.json()["doubtful_since"] is None
    await knock(registry, contact, knocked_at=ago(days=1), outcome="bounced")
    assert (await registry.get(path)).json()["doubtful_since"] is None


async def test_it_says_from_when_on_no_answer_is_silence(registry: ServiceClient) -> None:
    at = (now() - timedelta(days=2)).replace(microsecond=0)
    found = (await post(knocker(registry), await add(registry), knocked_at=at.isoformat())).json()
    assert datetime.fromisoformat(found["silent_from"]) == at + timedelta(days=14)


async def test_two_answers_at_once_are_one(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    made = (await post(me, contact, knocked_at=ago(days=1))).json()
    path = f"/v1/knocks/{made['id']}/outcome"
    answers = await asyncio.gather(*(me.post(path, json={"outcome": "automatic"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_two_bounces_at_once_leave_a_contact_in_doubt(registry: ServiceClient) -> None:
    contact = await add(registry)
    bounced = {"knocked_at": ago(days=1), "outcome": "bounced"}
    await asyncio.gather(*(knock(registry, contact, **bounced) for _ in range(4)))
    found = plain_counts((await registry.get(f"/v1/contacts/{contact['id']}")).json())
    assert (found["doubtful_since"], found["version"]) == (str(today()), contact["version"] + 1)


async def test_reading_costs_the_same_however_many_knocks(registry: ServiceClient) -> None:
    contact, me = await add(registry), knocker(registry)
    paths = (
        "/v1/knocks?limit=200",
        f"/v1/contacts/{contact['id']}/responsiveness",
        f"{BOARD}/responsiveness",
    )
    costs = []
    for _ in range(2):
        for path in paths:
            with statements(registry) as sent:
                assert (await me.get(path)).status_code == 200
            costs.append(len(sent))
        await post(me, contact, knocked_at=ago(days=1))
        await knock(registry, contact, knocked_at=ago(days=1))
    assert costs[:3] == costs[3:] == [1, 3, 4]


@pytest.mark.parametrize("day", ["0001-01-01", "0001-12-30", "9999-12-31"])
async def test_where_the_calendar_ends_nobody_knocked(registry: ServiceClient, day: str) -> None:
    contact = await add(registry)
    found = await registry.get(f"/v1/contacts/{contact['id']}/responsiveness?as_of={day}")
    assert (found.status_code, found.json()["as_of"], plain_counts(found.json())["knocks"]) == (200, day, 0)
