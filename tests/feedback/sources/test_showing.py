"""The quarantine shows the value that could not be mapped: masked, cut, and never one of a person."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.items.schemas import NewFeedback
from services.feedback.sources.models import Quarantined
from services.feedback.sources.payloads import TRIES_MAX
from services.feedback.sources.showing import SHOWN_CHARS_MAX, value_at, value_to_show
from shared.ids import new_id
from tests.feedback.examples import a_trust
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, Sender
from tests.feedback.sources.test_payloads import make_due
from tests.fixtures.clients import ServiceClient

PHONE = "07700 900123"


async def waiting(sender: Sender, settle_all: Settle, **payload: Any) -> dict[str, Any]:
    """What the quarantine shows of a payload."""
    received = (await sender.send(PAYLOAD | payload)).json()["received_id"]
    await settle_all()
    items = (await sender.read("quarantine"))["items"]
    [found] = [each for each in items if each["received_id"] == received]
    return {name: found[name] for name in ("error_class", "field", "value")}


@pytest.mark.parametrize(
    ("field", "given", "shown"),
    [
        ("kind", "moan", "moan"),
        ("text", f"Call me on {PHONE}.", "Call me on [phone number]."),
        ("text", "word " * 100, ("word " * 100)[:SHOWN_CHARS_MAX]),
        ("text", f"{PHONE} " * 200, ("[phone number] " * 20)[:SHOWN_CHARS_MAX]),
        ("text", f"{'x' * 60}@{'y' * 60}.org " * 17, None),
        ("rating.value", 9434765919, "[NHS number]"),
        ("urgent", True, "true"),
        ("text", "a\0b", "a\ufffdb"),
        ("text", {"name": "Mary Smith"}, None),
        ("answers", ["Mary Smith"], None),
        ("contributor.address", "mary@example.org", None),
        ("demographics.sex", "f", None),
        ("postcode", "NE1 4L", None),
        ("reply_code", "0000-0000-0001", None),
        (None, "anything", None),
    ],
)
def test_a_value_is_masked_and_cut(field: str | None, given: Any, shown: str | None) -> None:
    assert value_to_show(field, given) == shown


async def test_a_value_map_that_lacks_a_value_shows_it(sender: Sender, settle_all: Settle) -> None:
    values = RULES["values"] | {"kind": {"good": "compliment"}}
    await sender.map_by(fields=RULES["fields"] | {"kind": "type"}, values=values, samples=[of_kind("good")])
    shown = await waiting(sender, settle_all, type=f"bad, ring {PHONE}")
    assert shown == {"error_class": "value_not_mapped", "field": "kind", "value": "bad, ring [phone number]"}


def of_kind(kind: str) -> dict[str, Any]:
    """A sample of a payload that names its kind."""
    expected = {"kind": "compliment", "text": "Kind.", "external_id": "r-1"}
    return {
        "synthetic": True,
        "payload": {"id": "r-1", "comment": "Kind.", "type": kind},
        "expected": expected,
    }


async def test_a_function_that_cannot_read_a_required_value_shows_it(
    sender: Sender, settle_all: Settle
) -> None:
    fields = RULES["fields"] | {"experienced_on": "to_date(day, '%d/%m/%Y', 'Europe/London')"}
    payload = {"comment": "Kind.", "day": "14/03/2026", "id": "r-1"}
    expected = {
        "text": "Kind.",
        "experienced_on": "2026-03-14",
        "external_id": "r-1",
        "kind": "survey_response",
    }
    sample = {"synthetic": True, "payload": payload, "expected": expected}
    await sender.map_by(fields=fields, required=["experienced_on"], samples=[sample])
    shown = await waiting(sender, settle_all, day="14.3.26")
    assert shown == {"error_class": "to_date_failed", "field": "experienced_on", "value": "14.3.26"}


async def test_what_the_domain_refuses_shows_the_value_too(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"organisations": "about"})
    about = f"ods:{a_trust().ods}"
    received = (await sender.send(PAYLOAD | {"about": about})).json()["received_id"]
    await make_due(service, received, tries=TRIES_MAX)
    await settle_all()
    [found] = (await sender.read("quarantine"))["items"]
    assert (found["error_class"], found["field"], found["value"]) == (
        "code_unknown",
        "organisations.0",
        about,
    )


async def test_where_nothing_stood_nothing_is_shown(sender: Sender, settle_all: Settle) -> None:
    await sender.map_by()
    shown = await waiting(sender, settle_all, comment=" ")
    assert shown == {"error_class": "missing", "field": "text", "value": None}


async def test_a_value_is_sealed_and_goes_with_the_bytes(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"kind": "type"})
    shown = await waiting(sender, settle_all, type="a grumble")
    assert shown["value"] == "a grumble"
    mine = select(Quarantined).where(Quarantined.source_id == UUID(sender.source["id"]))
    async with service.state.sessions() as session:
        [row] = (await session.scalars(mine)).all()
    assert row.sealed_value is not None
    assert b"grumble" not in row.sealed_value


def test_a_field_is_found_by_its_path() -> None:
    said = NewFeedback.model_validate(
        {"kind": "comment", "answers": [{"text": "Kind."}], "organisations": [str(new_id())]}
    )
    paths = ("answers.0.text", "answers.1.text", "kind", "kind.x", None)
    assert [value_at(said, each) for each in paths] == ["Kind.", None, "comment", None, None]
