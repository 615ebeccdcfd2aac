"""The address of a group: kept and shown by its consent alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text, cast, func, select

from services.registry.models import Change
from services.registry.stakeholders.consent import latest_expiry
from services.registry.stakeholders.models import Stakeholder
from shared.clock import clock, today
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.footprints.test_routes import listed
from tests.registry.stakeholders.scene import (
    ADDRESS,
    a_group,
    act_on,
    agreed,
    operator,
    refusal,
    registered,
    with_address,
)

EMAIL = {"channel": "email", "address": ADDRESS}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what sets the clock forward by some days."""
    source = clock.source
    return lambda days: monkeypatch.setattr(clock, "source", lambda: source() + timedelta(days=days))


async def read(registry: ServiceClient, group: dict[str, Any]) -> dict[str, Any]:
    """Return a group as everybody reads it."""
    found: dict[str, Any] = (await registry.get(f"/v1/stakeholders/{group['id']}")).json()
    return found


def days(given: int, expires: int) -> dict[str, str]:
    """Return a consent by days from today."""
    on = [str(today() + timedelta(days=each)) for each in (given, expires)]
    return {"given_on": on[0], "expires_on": on[1]}


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"contact": EMAIL}, "consent_required", "/consent"),
        ({"contact": EMAIL, "consent": None}, "consent_required", "/consent"),
        ({"contact": EMAIL, "consent": days(0, 800)}, "consent_too_long", "/consent/expires_on"),
        ({"contact": EMAIL, "consent": days(-30, -1)}, "consent_over", "/consent/expires_on"),
        ({"contact": EMAIL, "consent": days(1, 30)}, "consent_over", "/consent/given_on"),
        ({"consent": days(0, 30)}, "address_required", "/contact"),
    ],
)
async def test_an_address_without_a_good_consent_is_refused(
    registry: ServiceClient, more: dict[str, Any], code: str, pointer: str
) -> None:
    refused = await operator(registry).post("/v1/stakeholders", json=a_group(**more))
    assert refusal(refused) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert ADDRESS not in refused.text


async def test_a_consent_reaches_two_years_ahead_and_no_day_more(registry: ServiceClient) -> None:
    last = latest_expiry(today())
    body = a_group(contact=EMAIL, consent=agreed(0) | {"expires_on": str(last)})
    group = await registered(operator(registry), body)
    assert group["contact_until"] == str(last)
    more = body | {"consent": agreed(0) | {"expires_on": str(last + timedelta(days=1))}}
    refused = await operator(registry).post("/v1/stakeholders", json=more)
    assert refusal(refused) == (422, "consent_too_long")


@given(st.dates(date(2000, 1, 1), date(2990, 1, 1)))
def test_two_years_are_two_years_whatever_the_day(day: date) -> None:
    assert timedelta(days=729) <= latest_expiry(day) - day <= timedelta(days=731)


async def test_an_address_is_in_no_list_and_no_answer_to_a_change(registry: ServiceClient) -> None:
    client = operator(registry)
    group = await registered(client, with_address(name="Hidden (invented)"))
    found = await listed(registry, "/v1/stakeholders", q="hidden")
    done = await act_on(client, group, "corrections", approach="Ring.")
    renewed = await act_on(client, done.json(), "consent", contact=EMAIL, **agreed(100))
    assert [each["id"] for each in found] == [group["id"]]
    for answer in (group, found, done.json(), renewed.json()):
        assert ADDRESS not in str(answer)
    assert (await read(registry, group))["contact"] == EMAIL


async def test_the_day_after_it_expired_an_address_is_shown_no_more(
    registry: ServiceClient, later: Any
) -> None:
    group = await registered(operator(registry), with_address(days=10))
    later(10)
    assert (await read(registry, group))["contact"] == EMAIL
    later(11)
    one = await read(registry, group)
    assert (one["contact"], one["contact_until"]) == (None, None)
    assert one["how_to_reach"] == (
        "The group does not show an address. The stewards of its footprint can ask it for you."
    )
    path = f"/v1/stakeholders/{group['id']}?as_of={today() - timedelta(days=5)}"
    assert ADDRESS not in (await registry.get(path)).text


async def test_withdrawn_consent_erases_the_address_at_once_everywhere(
    registry: ServiceClient, session_for: SessionFor, capfd: pytest.CaptureFixture[str]
) -> None:
    client, secret = operator(registry), "withdrawn@door-openers.example"
    body = with_address() | {"contact": {"channel": "email", "address": secret}}
    headers = {"Idempotency-Key": "withdrawn"}
    made = await client.post("/v1/stakeholders", json=body, headers=headers)
    done = await act_on(client, made.json(), "withdrawal")
    assert (done.status_code, done.json()["contact_until"]) == (200, None)
    replayed = await client.post("/v1/stakeholders", json=body, headers=headers)
    assert secret not in replayed.text
    assert (await read(registry, made.json()))["contact"] is None
    session = await session_for("registry")
    for column in (Stakeholder.address, Outbox.body, Change.state, cast(Stakeholder.words, Text)):
        found = select(func.count()).where(column.contains("withdrawn@door"))
        assert await session.scalar(found) == 0, column
    row = await session.get(Stakeholder, made.json()["id"])
    assert row is not None
    assert (row.channel, row.consent_given_on, row.consent_expires_on) == (None, None, None)
    written = capfd.readouterr()
    assert secret not in written.out + written.err


async def test_consent_can_be_given_anew(registry: ServiceClient) -> None:
    client = operator(registry)
    group = await registered(client, a_group())
    refused = await act_on(client, group, "consent", **agreed(30))
    assert refusal(refused) == (422, "address_required")
    long = await act_on(client, group, "consent", contact=EMAIL, **agreed(800))
    assert refusal(long) == (422, "consent_too_long")
    assert long.json()["errors"][0]["pointer"] == "/expires_on"
    first = await act_on(client, group, "consent", contact=EMAIL, **agreed(30))
    assert (first.status_code, first.json()["version"]) == (200, 2)
    longer = await act_on(client, first.json(), "consent", **agreed(60))
    assert longer.json()["contact_until"] == agreed(60)["expires_on"]
    assert (await read(registry, group))["contact"] == EMAIL


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Write to us at kitchen@door-openers.example"),
        ("approach", "Ring Jo on 020 7946 0123 before noon."),
        ("approach", "Ring +44 (0)20 7946-0123."),
        ("support_needed", "kitchen@door-openers.example"),
        ("capacity", "Ask 07700900123."),
        ("reaches", ["kitchen@door-openers.example"]),
        ("interests", ["01632 960 123"]),
        ("reason", "They wrote from kitchen@door-openers.example"),
        ("source", "kitchen@door-openers.example"),
    ],
)
async def test_no_address_gets_around_consent_in_another_field(
    registry: ServiceClient, field: str, text: Any
) -> None:
    client = operator(registry)
    refused = await client.post("/v1/stakeholders", json=a_group() | {field: text})
    assert refusal(refused) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert "consent" in refused.json()["errors"][0]["detail"]
    group = await registered(client, a_group())
    assert (await act_on(client, group, "corrections", **{field: text})).status_code == 422
    if field in ("reason", "source"):
        for act in ("withdrawal", "ending"):
            assert (await act_on(client, group, act, **{field: text})).status_code == 422


async def test_days_and_sums_are_no_telephone_numbers(registry: ServiceClient) -> None:
    text = "From 2026-10-01 2027-10-01, 09:00-17:00, for 10,000 people; see https://example.org/2026/0123."
    group = await registered(
        operator(registry), a_group(approach=text, source="https://x.example/020794601234")
    )
    assert group["approach"] == text
