"""Asking whom to turn to: places, doors, danger, and what never comes back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registry.routing.checking import SHIPPED
from services.registry.routing.reading import read_rules
from services.registry.routing.rules import LEVELS, MATTERS
from shared.clock import today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.stakeholders.scene import WHY, operator

BOOK = read_rules(SHIPPED)
HERE, BATH = {"postcode": "NE1 4LP"}, {"footprint": "ods:QOX"}


async def asked(registry: ServiceClient, **body: Any) -> dict[str, Any]:
    """Return the answer to a question."""
    answer = await registry.post("/v1/route", json={"place": HERE} | body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(MATTERS),
    st.sampled_from([None, *BOOK.topics]),
    st.sampled_from(LEVELS),
    st.sampled_from([HERE, {"postcode": "GU15"}, {"footprint": "ods:QOX"}]),
)
async def test_whatever_is_asked_somebody_is_named_with_a_reason(
    registry: ServiceClient, matter: str, topic: str | None, level: str, place: dict[str, str]
) -> None:
    found = await asked(registry, matter=matter, topic=topic, level=level, place=place)
    assert found["steps"]
    for step in found["steps"]:
        assert step["body"] or step["candidates"] or step["external"]
        assert step["why"]
        waits = step["if_no_reply_after"]
        assert (waits["days"] is None) != (waits["working_days"] is None)


@pytest.mark.parametrize(
    "place", [None, {}, {"postcode": "nonsense"}, {"postcode": "ZZ99 9ZZ"}, {"ods": "ZZZZZ"}, HERE]
)
async def test_in_danger_nothing_stands_before_999(
    registry: ServiceClient, place: dict[str, str] | None
) -> None:
    found = await asked(registry, place=place, matter="urgent", topic="no such thing")
    assert [step["to"] for step in found["steps"]] == ["999", "111"]
    assert found["steps"][0]["external"]["name"] == "999 (emergency services)"
    assert "watched day and night" in found["matter_note"]


async def test_the_answer_says_by_what_it_was_found(registry: ServiceClient) -> None:
    found = await asked(registry, matter="plan", as_of="2026-11-01")
    assert (found["as_of"], found["rules_version"]) == ("2026-11-01", BOOK.version)
    assert (found["rule"], found["topic"], found["level"]) == ("plan", None, "local")
    assert found["steps"][0]["source"]["name"].startswith("National Health Service Act 2006")


async def test_a_postcode_never_comes_back(
    registry: ServiceClient, capfd: pytest.CaptureFixture[str]
) -> None:
    for code in ("NE1 4LP", "ZZ99 9ZZ", "not one"):
        answer = await registry.post("/v1/route", json={"place": {"postcode": code}, "matter": "plan"})
        assert code not in answer.text
        assert code.replace(" ", "") not in answer.text
    written = capfd.readouterr()
    assert "4LP" not in written.out + written.err


async def test_a_current_door_for_the_matter_is_shown(registry: ServiceClient) -> None:
    client = operator(registry)
    found = await asked(registry, place=BATH, matter="plan")
    board = found["steps"][0]
    assert (board["contact"], board["not_known"]) == (
        None,
        "We know no current contact for this. If you know one, suggest it.",
    )
    path = f"/v1/footprints/{board['body']['id']}"
    assert board["suggest"] == f"{path}/suggestions"
    version = (await registry.get(path)).json()["version"]
    for number, (purpose, name) in enumerate((("enquiries", "hello"), ("contribute_to_a_plan", "plan"))):
        door = {"channel": "email", "value": f"{name}@board.example", "purpose": purpose, **WHY}
        headers = {"If-Match": f'"{version + number}"'}
        made = await client.post(f"{path}/contacts", json=door, headers=headers)
        assert made.status_code == 201, made.text
    step = (await asked(registry, place=BATH, matter="plan"))["steps"][0]
    assert (step["contact"]["value"], step["not_known"], step["suggest"]) == (
        "plan@board.example",
        None,
        None,
    )
    other = (await asked(registry, place=BATH, matter="complaint", topic="commissioning"))["steps"][0]
    assert other["contact"]["value"] == "hello@board.example"
    long_after = str(today() + timedelta(days=400))
    later = (await asked(registry, place=BATH, matter="plan", as_of=long_after))["steps"][0]
    assert later["contact"] is None


async def test_the_trust_is_asked_for_unless_it_is_named(registry: ServiceClient) -> None:
    found = await asked(registry, matter="complaint", topic="hospital")
    trust = found["steps"][0]
    assert (trust["body"], found["ask_for"]) == (None, "organisation")
    assert "RTD" in {each["codes"]["ods"] for each in trust["candidates"]}
    named = await asked(registry, matter="complaint", topic="hospital", organisation="ods:RTD")
    assert (named["steps"][0]["body"]["codes"]["ods"], named["ask_for"]) == ("RTD", None)
    assert trust["not_known"].startswith("We know no catchments of trusts: these are all of the board's")
    ambulance = await asked(registry, matter="complaint", topic="ambulance")
    assert ambulance["steps"][0]["body"]["codes"]["ods"] == "RX6"


async def test_a_practice_is_asked_for_and_a_split_place_for_its_postcode(registry: ServiceClient) -> None:
    practice = await asked(registry, matter="complaint", topic="gp")
    assert (practice["steps"][0]["external"]["name"], practice["ask_for"]) == (
        "Find a GP practice (NHS)",
        "organisation",
    )
    split = await asked(registry, place={"postcode": "GU15"}, matter="complaint", topic="gp")
    assert (split["steps"][0]["not_known"], split["ask_for"]) == (
        "The place does not decide which one it is. Name it in `organisation`.",
        "postcode",
    )
    assert split["steps"][1]["not_known"].endswith("Give the full postcode.")
    named = await asked(registry, matter="complaint", topic="gp", organisation="ods:A86004")
    assert (named["steps"][0]["body"]["codes"]["ods"], named["ask_for"]) == ("A86004", None)


async def test_an_answer_says_when_its_rule_was_checked_and_when_that_is_long_ago(
    registry: ServiceClient,
) -> None:
    rule = BOOK.rule_for("plan", None, "local")
    fresh = await asked(registry, matter="plan", as_of=str(rule.checked_on + timedelta(days=366)))
    assert (fresh["checked_on"], fresh["check_again"]) == (str(rule.checked_on), False)
    assert "last checked" not in fresh["matter_note"]
    old = await asked(registry, matter="plan", as_of=str(rule.checked_on + timedelta(days=367)))
    assert old["check_again"] is True
    assert f"last checked on {rule.checked_on}, more than a year before" in old["matter_note"]


async def test_vaccination_says_that_it_was_otherwise_before(registry: ServiceClient) -> None:
    now = await asked(registry, matter="complaint", topic="vaccination", as_of="2026-04-01")
    assert "The law has been like this since" not in now["matter_note"]
    assert "If the board says that it does not pay, go to NHS England" in now["matter_note"]
    before = await asked(registry, matter="complaint", topic="vaccination", as_of="2026-03-31")
    assert "The law has been like this since 2026-04-01" in before["matter_note"]


async def test_a_footprint_is_named_by_its_id_or_its_code(registry: ServiceClient) -> None:
    board = (await registry.get("/v1/footprints/ods:QOX")).json()
    for ref in (board["id"], "ods:QOX", f"ons:{board['codes']['ons']}"):
        found = await asked(registry, place={"footprint": ref}, matter="question")
        assert found["steps"][0]["body"]["id"] == board["id"]
        assert found["steps"][2]["body"]["kind"] == "nhs_region"


async def test_a_partnership_of_2016_is_no_body_in_law(registry: ServiceClient) -> None:
    found = await asked(registry, place={"footprint": "ods:QVP"}, matter="plan", as_of="2016-06-01")
    assert found["steps"][0]["body"]["codes"]["ods"] == "QVP"
    assert "not a legal body" in found["matter_note"]
    assert "The law has been like this since 2024-01-31" in found["matter_note"]
    today_ = await asked(registry, matter="plan")
    assert "not a legal body" not in today_["matter_note"]
    assert "The law has been like this" not in today_["matter_note"]


async def test_social_care_is_the_countys_where_there_are_districts(registry: ServiceClient) -> None:
    found = await asked(registry, place={"postcode": "RH8 0BT"}, matter="complaint", topic="social_care")
    council = found["steps"][1]["body"]
    assert council is not None
    assert not council["codes"]["ons"].startswith("E07")


async def test_one_answer_costs_few_statements(registry: ServiceClient) -> None:
    await asked(registry, matter="plan")
    with statements(registry) as sent:
        await asked(registry, matter="plan")
    assert len(sent) <= 4
    with statements(registry) as sent:
        await asked(registry, matter="urgent")
    assert sent == []


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"matter": "urgnt"}, 422, "invalid", "/matter"),
        ({}, 422, "invalid", "/matter"),
        ({"topic": "banking"}, 422, "topic_unknown", "/topic"),
        ({"level": "galactic"}, 422, "invalid", "/level"),
        ({"place": None}, 422, "invalid", "/place"),
        ({"place": {}}, 422, "invalid", "/place/postcode"),
        ({"place": {"postcode": "NE1 4LP", "ods": "QHM"}}, 422, "invalid", "/place/postcode"),
        ({"place": {"postcode": "NE1 4LP", "footprint": "ods:QHM"}}, 422, "invalid", "/place"),
        ({"place": {"footprint": "QHM"}}, 422, "invalid", "/place/footprint"),
        ({"place": {"footprint": str(new_id())}}, 422, "invalid", "/place/footprint"),
        ({"place": {"postcode": "not one"}}, 422, "invalid", "/place/postcode"),
        ({"place": {"postcode": "QQ99 9ZZ"}}, 404, "postcode_unknown", None),
        ({"organisation": "ods:ZZZ"}, 422, "invalid", "/organisation"),
        ({"as_of": "yesterday"}, 422, "invalid", "/as_of"),
        ({"surprise": 1}, 422, "invalid", "/surprise"),
    ],
)
async def test_what_cannot_be_answered_says_why(
    registry: ServiceClient, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    given = {"place": HERE, "matter": "plan"} | body if body else {"place": HERE}
    refused = await registry.post("/v1/route", json=given)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    errors = refused.json()["errors"]
    assert (errors[0]["pointer"] if pointer else None) == pointer
    if code == "topic_unknown":
        assert "mental_health" in errors[0]["detail"]
