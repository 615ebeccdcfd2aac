"""Appointments that stewards correct, confirm and end."""

from typing import Any

import pytest
from sqlalchemy import select

from services.registry.models import Change
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry import writes
from tests.registry.appointments.scene import (
    PAGE,
    act_on,
    ago,
    appointed,
    of_role,
    partnership,
    published_of,
    refusal,
)
from tests.registry.stakeholders.scene import operator


async def test_what_is_corrected_stays_as_it_was_said(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    made = await appointed(steward)
    path = f"/v1/appointments/{made['id']}"
    session = await session_for("registry")
    between = (await session.scalars(select(Change.at).where(Change.state.contains(made["id"])))).one()
    corrected = await act_on(steward, made["id"], "corrections", holder="Kit Doore", held_from=None)
    assert corrected.status_code == 200, corrected.text
    found = corrected.json()
    assert (found["holder"], found["held_from"], found["version"]) == (
        "Kit Doore",
        None,
        made["version"] + 1,
    )
    then = await registry.get(path, params={"known_at": str(between).replace(" ", "T")})
    assert (then.json()["id"], then.json()["holder"]) == (made["id"], "Kit Door")
    assert (await registry.get(f"{path}?known_at=2020-01-01T00:00:00Z")).status_code == 404
    assert len(await of_role(registry, made["role"])) == 1
    assert (await published_of(session_for, made["id"]))[-1] == "registry.appointment_changed.v1"


async def test_each_earlier_form_is_read_at_its_instant(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    made = await appointed(steward, note="0")
    for number in range(1, 6):
        await act_on(steward, made["id"], "corrections", note=str(number))
    session = await session_for("registry")
    mine = select(Change.at).where(Change.state.contains(made["id"])).order_by(Change.position)
    instants = (await session.scalars(mine)).all()
    assert len(instants) == 6
    for number, instant in enumerate(instants):
        known_at = {"known_at": instant.isoformat()}
        one = (await registry.get(f"/v1/appointments/{made['id']}", params=known_at)).json()
        (listed,) = await of_role(registry, made["role"], **known_at)
        assert (one["note"], listed["note"], listed["id"]) == (str(number), str(number), made["id"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "vacant"}, "holder_not_allowed"),
        ({"holder": None}, "holder_required"),
        ({"held_to": "2023-01-01"}, "ends_before_it_begins"),
        ({"held_from": "2010-01-01"}, "outside_the_bodys_time"),
        ({"holder": "Sam Hinge", "source": "a letter"}, "publication_required"),
        ({"status": None}, "invalid"),
        ({"shared_with": ["ods:QHM"]}, "invalid"),
        ({}, "invalid"),
    ],
)
async def test_a_correction_has_to_fit_together(
    registry: ServiceClient, change: dict[str, Any], code: str
) -> None:
    made = await appointed(operator(registry))
    refused = await act_on(operator(registry), made["id"], "corrections", **change)
    assert refused.json()["code"] == code


async def test_what_an_import_said_can_be_corrected(registry: ServiceClient) -> None:
    body = await partnership(registry, "QOP")
    last = (await registry.get(f"{body}/appointments")).json()["items"][0]
    assert last["holder"] is None
    dated = await act_on(
        operator(registry), last["id"], "corrections", held_to="2019-06-30", source="a letter"
    )
    assert (dated.json()["held_to"], dated.json()["as_published"]) == ("2019-06-30", last["as_published"])
    assert dated.json()["source"] == last["source"]
    named = await act_on(operator(registry), last["id"], "corrections", holder="Eamonn Boylan")
    assert (named.json()["holder"], named.json()["as_published"]) == ("Eamonn Boylan", None)
    assert named.json()["source"] == PAGE


async def test_a_confirmation_says_which_body_and_role_confirmed(registry: ServiceClient) -> None:
    made = await appointed(operator(registry), known_on=ago(300), confirmed_on=ago(250))
    assert (made["is_current"], made["freshness"]) == (False, "stale")
    assert made["confirmed_by"] == "Doorway's operator"
    own = (await registry.get("/v1/organisations/ods:QHM")).json()
    theirs = registry.as_(
        client_id=new_id(), organisation_id=own["id"], team="engagement", scopes=["registry:write"]
    )
    theirs.headers["Doorway-Actor"] = "jd-17; role=board secretary"
    done = await act_on(theirs, made["id"], "confirmation", confirmed_on=ago(1))
    assert done.status_code == 200, done.text
    found = done.json()
    assert (found["is_current"], found["freshness"], found["confirmed_on"]) == (True, "fresh", ago(1))
    assert found["confirmed_by"] == f"{own['name']}, engagement, board secretary"
    assert "jd-17" not in done.text
    again = await act_on(theirs, made["id"], "confirmation", confirmed_on=ago(2))
    assert refusal(again) == (409, "confirmed_later")
    too_early = await act_on(theirs, made["id"], "confirmation", confirmed_on=ago(200))
    assert too_early.json()["code"] in {"invalid", "confirmed_later"}


async def test_it_is_not_confirmed_for_a_day_before_it_began_or_after_it_ended(
    registry: ServiceClient,
) -> None:
    steward = operator(registry)
    made = await appointed(steward)
    early = await act_on(steward, made["id"], "confirmation", confirmed_on=ago(101))
    assert early.json()["errors"][0]["pointer"] == "/confirmed_on"
    await act_on(steward, made["id"], "ending", held_to=ago(5))
    late = await act_on(steward, made["id"], "confirmation")
    assert refusal(late) == (409, "already_ended")


async def test_what_never_was_so_is_withdrawn_and_stays_in_the_history(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    made = await appointed(steward)
    session = await session_for("registry")
    mine = select(Change).where(Change.state.contains(made["id"])).order_by(Change.position)
    said_at = (await session.scalars(mine)).one().at.isoformat()
    withdrawn = await act_on(steward, made["id"], "withdrawal", reason="It was a hoax.")
    assert withdrawn.status_code == 200, withdrawn.text
    path = f"/v1/appointments/{made['id']}"
    assert (await registry.get(path)).status_code == 404
    assert await of_role(registry, made["role"]) == []
    assert (await of_role(registry, made["role"], known_at=said_at))[0]["id"] == made["id"]
    assert (await registry.get(path, params={"known_at": said_at})).json()["holder"] == "Kit Door"
    last = (await session.scalars(mine)).all()[-1]
    assert (last.type, last.reason) == ("registry.appointment_changed.v1", "It was a hoax.")
    assert '"withdrawn":true' in last.state
    again = await act_on(steward, made["id"], "withdrawal")
    assert refusal(again) == (404, "not_found")


async def test_an_end_may_leave_a_vacancy(registry: ServiceClient, session_for: SessionFor) -> None:
    steward = operator(registry)
    made = await appointed(steward)
    ended = await act_on(steward, made["id"], "ending", held_to=ago(5), vacant_after=True)
    assert ended.status_code == 200, ended.text
    (vacancy,) = ended.json()["also"]
    assert (vacancy["status"], vacancy["held_from"], vacancy["is_current"]) == ("vacant", ago(4), True)
    assert [each["status"] for each in await of_role(registry, made["role"], current=True)] == ["vacant"]
    assert ended.json()["is_current"] is False
    assert await published_of(session_for, vacancy["id"]) == ["registry.appointment_made.v1"]
    again = await act_on(steward, made["id"], "ending", held_to=ago(3))
    assert refusal(again) == (409, "already_ended")


async def test_a_vacancy_that_an_end_replaces_is_published_too(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    made = await appointed(steward)
    other = {"role": made["role"], "status": "vacant", "holder": None, "ends_present": False}
    beside = await appointed(steward, **other)
    ended = await act_on(steward, made["id"], "ending", held_to=ago(5), vacant_after=True)
    assert {each["id"]: each["held_to"] for each in ended.json()["also"]}[beside["id"]] == ago(5)
    kinds = ["registry.appointment_made.v1", "registry.appointment_ended.v1"]
    assert await published_of(session_for, beside["id"]) == kinds


async def test_an_end_that_is_announced_can_come_sooner(registry: ServiceClient) -> None:
    steward = operator(registry)
    made = await appointed(steward, held_to=ago(-30))
    assert made["is_current"] is True
    ended = await act_on(steward, made["id"], "ending", held_to=ago(-20))
    assert (ended.json()["held_to"], ended.json()["is_current"]) == (ago(-20), True)
    too_early = await act_on(steward, made["id"], "ending", held_to=ago(101))
    assert refusal(too_early) == (422, "ends_before_it_begins")


async def test_nobody_is_appointed_to_a_body_that_closed(registry: ServiceClient) -> None:
    body = await writes.registered(operator(registry))
    path = f"/v1/organisations/{body['id']}"
    closed = await writes.change(writes.steward(registry), path, "ending", closed_on="2024-01-01")
    assert closed.status_code == 200
    late = await writes.change(operator(registry), path, "appointments", role="chair", status="vacant")
    assert refusal(late) == (422, "outside_the_bodys_time")
    then = {"role": "chair", "status": "vacant", "known_on": "2023-05-01"}
    assert (await writes.change(operator(registry), path, "appointments", **then)).status_code == 201
