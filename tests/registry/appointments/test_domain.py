"""Appointments over HTTP: made, corrected, confirmed and ended by stewards."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.models import Change
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import (
    BOARD,
    PAGE,
    TRUST,
    WHY,
    a_role,
    act_on,
    ago,
    appoint,
    appointed,
    held,
    of_role,
    partnership,
    published_of,
    refusal,
)
from tests.registry.stakeholders.scene import operator, steward_of


async def test_a_leader_is_appointed_read_and_published_of(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    before = (await registry.get(BOARD)).json()["version"]
    made = await appoint(steward, held_from="2026-05-01", role="chief executive officer")
    assert made.status_code == 201, made.text
    found = made.json()
    assert (found["version"], found["also"], found["source"]) == (before + 1, [], PAGE)
    one = await registry.get(made.headers["Location"])
    assert one.headers["ETag"].startswith(f'"{before + 1}')
    assert one.json() == {name: value for name, value in found.items() if name != "also"}
    leaders = (await registry.get(BOARD)).json()["leaders"]
    assert found["id"] in [each["id"] for each in leaders]
    assert await published_of(session_for, found["id"]) == ["registry.appointment_made.v1"]


async def test_an_event_names_nobody(registry: ServiceClient, session_for: SessionFor) -> None:
    found = await appointed(operator(registry), holder="Somebody Quite Particular")
    session = await session_for("registry")
    states = await session.scalars(select(Change.state).where(Change.state.contains(found["id"])))
    assert "Particular" not in "".join(states)


async def test_a_trust_has_a_chief_executive_too(registry: ServiceClient) -> None:
    found = await appointed(operator(registry), TRUST)
    assert (await of_role(registry, found["role"].upper(), TRUST))[0]["holder"] == "Kit Door"


async def test_a_vacancy_is_a_leader_without_a_holder(registry: ServiceClient) -> None:
    found = await appointed(operator(registry), status="vacant", holder=None, source="a letter of the board")
    body = (await registry.get(BOARD)).json()
    (vacant,) = [each for each in body["leaders"] if each["id"] == found["id"]]
    assert (vacant["status"], vacant["holder"], vacant["is_current"]) == ("vacant", None, True)


async def test_who_shares_a_role_is_named(registry: ServiceClient) -> None:
    found = await appointed(operator(registry), status="shared", holder=None, shared_with=["ods:QWO"])
    (other,) = found["shared_with"]
    assert other["name"] == "NHS West Yorkshire Integrated Care Board"


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"status": "vacant"}, "holder_not_allowed", "/holder"),
        ({"status": "not_announced"}, "holder_not_allowed", "/holder"),
        ({"holder": None}, "holder_required", "/holder"),
        ({"status": "interim", "holder": None}, "holder_required", "/holder"),
        ({"status": "shared"}, "shared_with_required", "/shared_with"),
        ({"held_to": ago(101)}, "ends_before_it_begins", "/held_to"),
        ({"held_from": "2022-06-30"}, "outside_the_bodys_time", "/held_from"),
        ({"source": "somebody told me"}, "publication_required", "/source"),
        ({"source": "http://example.org"}, "publication_required", "/source"),
        ({"shared_with": ["ods:ZZZ9"]}, "invalid", "/shared_with/0"),
        ({"shared_with": ["ods:QWO", "ods:QHM"]}, "invalid", "/shared_with/1"),
        ({"known_on": ago(-1)}, "invalid", "/known_on"),
        ({"confirmed_on": ago(-1)}, "invalid", "/confirmed_on"),
        ({"held_from": "1066-10-14"}, "invalid", "/held_from"),
        ({"role": "x"}, "invalid", "/role"),
        ({"reason": None}, "invalid", "/reason"),
    ],
)
async def test_what_does_not_fit_together_is_refused(
    registry: ServiceClient, more: dict[str, Any], code: str, pointer: str
) -> None:
    refused = await appoint(operator(registry), **more)
    assert refusal(refused) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_nobody_is_appointed_after_a_body_closed(registry: ServiceClient) -> None:
    closed = await partnership(registry, "QWO")
    refused = await appoint(operator(registry), closed, held_from="2022-07-01")
    assert refusal(refused) == (422, "outside_the_bodys_time")
    history = await appointed(operator(registry), closed, held_from="2020-01-01", known_on="2020-02-01")
    assert history["is_current"] is False


async def test_a_second_holder_needs_a_word_about_the_first(registry: ServiceClient) -> None:
    steward = operator(registry)
    first = await appointed(steward)
    refused = await appoint(steward, role=first["role"], holder="Sam Hinge", held_from=ago(10))
    assert refusal(refused) == (409, "role_held")
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/ends_present"
    assert f"/v1/appointments/{first['id']}" in error["detail"]
    assert "Kit Door" in error["detail"]


async def test_a_new_holder_ends_the_one_before_the_day_before(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    first = await appointed(steward)
    second = await appointed(
        steward, role=first["role"].upper(), holder="Sam Hinge", held_from=ago(10), ends_present=True
    )
    assert [(each["id"], each["held_to"]) for each in second["also"]] == [(first["id"], ago(11))]
    now = await of_role(registry, first["role"], current=True)
    assert [each["holder"] for each in now] == ["Sam Hinge"]
    then = await of_role(registry, first["role"], current=True, as_of=ago(11))
    assert [each["holder"] for each in then] == ["Kit Door"]
    assert await published_of(session_for, first["id"]) == [
        "registry.appointment_made.v1",
        "registry.appointment_ended.v1",
    ]


async def test_two_may_share_a_role(registry: ServiceClient) -> None:
    steward = operator(registry)
    first = await appointed(steward)
    await appointed(steward, role=first["role"], holder="Sam Hinge", held_from=ago(10), ends_present=False)
    assert len(await of_role(registry, first["role"], current=True)) == 2


async def test_a_vacancy_ends_by_itself(registry: ServiceClient) -> None:
    steward = operator(registry)
    vacant = await appointed(steward, status="vacant", holder=None)
    made = await appointed(steward, role=vacant["role"], held_from=ago(10))
    assert [each["id"] for each in made["also"]] == [vacant["id"]]


async def test_who_begins_before_the_present_one_has_to_correct_that_first(registry: ServiceClient) -> None:
    steward = operator(registry)
    first = await appointed(steward)
    refused = await appoint(steward, role=first["role"], held_from=ago(100), ends_present=True)
    assert refusal(refused) == (409, "role_held")
    assert "correct or end that first" in refused.json()["detail"]
    earlier = await appointed(steward, role=first["role"], held_from=ago(300), held_to=ago(101))
    assert earlier["also"] == []


async def test_what_is_known_later_of_an_earlier_day_is_listed_on_that_day(registry: ServiceClient) -> None:
    made = await appointed(operator(registry), held_from="2023-01-01", held_to="2024-01-01")
    (then,) = await of_role(registry, made["role"], as_of="2023-06-01")
    assert (then["is_current"], then["freshness"]) == (True, "fresh")
    assert await of_role(registry, made["role"], as_of="2022-12-31") == []
    (now,) = await of_role(registry, made["role"])
    assert now["is_current"] is False


async def test_two_stewards_at_once_do_not_overwrite_each_other(registry: ServiceClient) -> None:
    steward, role = operator(registry), a_role()
    tag = {"If-Match": (await registry.get(BOARD)).headers["ETag"]}
    bodies = [held(role=role, holder=f"Kit {number}") for number in range(4)]
    answers = await asyncio.gather(
        *(steward.post(f"{BOARD}/appointments", json=each, headers=tag) for each in bodies)
    )
    assert sorted(each.status_code for each in answers) == [201, 412, 412, 412]
    assert len(await of_role(registry, role)) == 1


async def test_stewards_of_a_board_write_for_theirs_alone(registry: ServiceClient) -> None:
    theirs = await steward_of(registry, "ods:QHM")
    made = await appointed(theirs)
    assert (await appoint(theirs, TRUST)).status_code == 201
    other = await appoint(theirs, "/v1/footprints/ods:QWO")
    assert refusal(other) == (403, "not_your_body")
    stranger = await steward_of(registry, "ods:QWO")
    for act, body in (("corrections", {"note": "x"}), ("confirmation", {}), ("ending", {"held_to": ago(1)})):
        assert refusal(await act_on(stranger, made["id"], act, **body)) == (403, "not_your_body")


async def test_a_change_needs_scope_and_version(registry: ServiceClient) -> None:
    made = await appointed(operator(registry))
    path = f"/v1/appointments/{made['id']}/confirmation"
    assert (await registry.post(path, json=WHY)).json()["code"] == "key_required"
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    assert (await reader.post(path, json=WHY)).json()["code"] == "scope_missing"
    assert (await operator(registry).post(path, json=WHY)).json()["code"] == "version_required"


async def test_an_unknown_appointment_is_404(registry: ServiceClient) -> None:
    assert (await registry.get(f"/v1/appointments/{new_id()}")).status_code == 404
    assert refusal(await act_on(operator(registry), str(new_id()), "confirmation")) == (404, "not_found")


async def test_the_same_key_appoints_once(registry: ServiceClient) -> None:
    steward = operator(registry)
    tag = (await steward.get(BOARD)).headers["ETag"]
    headers, body = {"If-Match": tag, "Idempotency-Key": a_role()}, held()
    answers = [await steward.post(f"{BOARD}/appointments", json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await of_role(registry, body["role"])) == 1
