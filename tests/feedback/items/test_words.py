"""Words are masked once, when they are stored, and what is shown is kept beside them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.heirs import Heirs
from services.feedback.items import words
from services.feedback.items.views import feedback_view, revision_view
from services.feedback.items.words import mask_again
from services.feedback.models import Feedback, Revision
from shared import masking
from shared.auth import Caller
from tests.feedback.examples import ACTOR, ClientOf, give_feedback, moderate_feedback
from tests.fixtures import masks
from tests.fixtures.clients import ServiceClient

PERSONAL: dict[str, Any] = {
    "text": "mr smith, 0191/498 0123",
    "answers": [{"question": "Who?", "text": "Dr van der Berg"}, {"score": 3}],
    "touchpoints": ["ward 3", "jo (at) example.org"],
    "proxy_by": "Mrs Łukasz",
    "external_id": "943 476 5919",
}
SHOWN: dict[str, Any] = {
    "text": "mr [name], [phone number]",
    "answers": [{"question": "Who?", "text": "Dr [name]"}, {"score": 3}],
    "touchpoints": ["ward 3", "[e-mail address]"],
    "proxy_by": "Mrs [name]",
    "external_id": "[NHS number]",
    "left_out": [],
}
MASKED = [
    {"field": "text", "kinds": ["name", "phone number"]},
    {"field": "answers.0.text", "kinds": ["name"]},
    {"field": "touchpoints.1", "kinds": ["e-mail address"]},
    {"field": "proxy_by", "kinds": ["name"]},
    {"field": "external_id", "kinds": ["NHS number"]},
]


def by_field(masks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Masks in the order of their fields."""
    return sorted(masks, key=lambda mask: str(mask["field"]))


async def row_of(service: ServiceClient, feedback_id: str) -> Feedback:
    """A piece of feedback as it is stored."""
    async with service.state.sessions() as session:
        found = await session.scalar(select(Feedback).where(Feedback.id == UUID(feedback_id)))
    assert found
    return found


async def change_rows(service: ServiceClient, model: type[Any], **values: Any) -> None:
    """Change every row of a table."""
    async with service.state.sessions.begin() as session:
        await session.execute(update(model).values(values))


async def test_who_writes_is_told_what_is_masked_and_everybody_sees_it_masked(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    assert by_field(told["masked"]) == by_field(MASKED)
    assert not any(written in str(told) for written in ("smith", "Berg", "498", "5919"))
    path = f"/v1/feedback?organisation={trust_id}&limit=1"
    not_its_id = [mask for mask in MASKED if mask["field"] != "external_id"]
    sees = ((partner, PERSONAL["external_id"], not_its_id), (trust, SHOWN["external_id"], MASKED))
    for reader, number, masked in sees:
        seen = (await reader.get(f"/v1/feedback/{told['id']}")).json()
        assert {name: seen[name] for name in SHOWN} == SHOWN | {"external_id": number}
        assert by_field(seen["masked"]) == by_field(masked)
        assert (await reader.get(path)).json()["items"] == [seen]


async def test_the_public_is_not_told_what_was_masked(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    await moderate_feedback(trust, told)
    seen = (await service.get(f"/v1/feedback/{told['id']}")).json()
    assert (seen["text"], seen["external_id"], seen["masked"]) == (SHOWN["text"], None, None)


async def test_a_repeat_is_told_what_is_masked_as_well(partner: ServiceClient, trust_id: UUID) -> None:
    first = await give_feedback(partner, trust_id, **PERSONAL)
    second = await give_feedback(partner, trust_id, **PERSONAL)
    assert (second["id"], by_field(second["masked"])) == (first["id"], by_field(MASKED))


async def test_each_line_of_a_batch_says_what_is_masked(partner: ServiceClient, trust_id: UUID) -> None:
    lines = "\n".join(
        f'{{"kind": "comment", "text": "{text}", "organisation": "{trust_id}"}}' for text in ("Mr Smith", "A")
    )
    answer = await partner.post("/v1/feedback/batch", content=lines)
    found = [result["masked"] for result in answer.json()["results"]]
    assert found == [[{"field": "text", "kinds": ["name"]}], []]


async def test_reading_masks_nothing_again(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    monkeypatch.setattr(words, "cover_fields", None)
    seen = (await partner.get(f"/v1/feedback/{told['id']}")).json()
    assert seen["text"] == SHOWN["text"]


async def test_long_words_are_masked_in_a_thread(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart: list[object] = []
    to_thread = asyncio.to_thread

    async def noted(function: Any, *arguments: Any) -> Any:
        apart.append(function)
        return await to_thread(function, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    await give_feedback(partner, trust_id, text="Mr Smith")
    assert masking.cover_fields not in apart
    told = await give_feedback(partner, trust_id, text="1 " * 4_900 + "Mr Smith")
    assert masking.cover_fields in apart
    assert {mask["field"] for mask in told["masked"]} == {"text"}


async def test_a_revision_keeps_its_masks_and_new_content_gets_its_own(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await give_feedback(partner, trust_id, text="Mr Smith", external_id="1")
    again = await give_feedback(partner, trust_id, text="Ring 07700 900123", external_id="1")
    assert again["masked"] == [{"field": "text", "kinds": ["phone number"]}]
    monkeypatch.setattr(words, "cover_fields", None)
    seen = (await partner.get(f"/v1/feedback/{told['id']}/revisions")).json()["items"]
    assert [each["content"]["text"] for each in seen] == ["Mr [name]"]


async def test_the_reason_for_withholding_is_masked_and_goes_with_it(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, text="Mr Smith")
    withheld = await moderate_feedback(trust, told, "withhold", reason="names Dr Jones, ring 07700 900123")
    assert withheld["withheld_reason"] == "names Dr [name], ring [phone number]"
    assert {mask["field"] for mask in withheld["masked"]} == {"text", "withheld_reason"}
    published = await moderate_feedback(trust, withheld, "publish")
    assert (published["withheld_reason"], published["text"]) == (None, "Mr [name]")


async def test_erasure_leaves_nothing_of_what_was_shown(partner: ServiceClient, trust_id: UUID) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    await partner.post("/v1/replies/withdraw", json={"reply_code": told["reply_code"], "erase": True})
    row = await row_of(partner, told["id"])
    assert (row.state, row.shown, row.masked, row.text) == ("erased", None, [], None)


async def test_words_from_before_masks_were_kept_are_masked_when_read_and_then_kept(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    await give_feedback(partner, trust_id, **PERSONAL | {"text": "Dr Jones"})
    seen = (await partner.get(f"/v1/feedback/{told['id']}")).json()
    await moderate_feedback(trust, seen)
    await change_rows(partner, Feedback, shown=None, masked=[], masked_with=0)
    await change_rows(partner, Revision, shown=None, masked_with=0)
    async with partner.state.sessions.begin() as session:
        row = await session.get_one(Feedback, UUID(told["id"]))
        old = await session.get_one(Revision, (row.id, 1))
        assert feedback_view(row, Caller(), Heirs()).text == "Dr [name]"
        assert revision_view(old).content["text"] == SHOWN["text"]
        while await mask_again(session):
            pass
        await session.refresh(row)
        await session.refresh(old)
        assert row.shown == SHOWN | {"text": "Dr [name]"}
        assert old.shown == {name: SHOWN[name] for name in SHOWN if name != "external_id"}
        assert (row.masked_with, old.masked_with) == (masking.RULES, masking.RULES)
        assert {mask["field"] for mask in row.masked} == {mask["field"] for mask in MASKED}


async def test_other_rules_mask_again_what_was_kept_and_what_is_searched(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await give_feedback(partner, trust_id, text="Mr Smith and ward Xyzzy")
    await moderate_feedback(trust, told)
    monkeypatch.setattr(words, "RULES", masking.RULES + 1)
    found = masking.Masked("Mr [name] and ward [name]", frozenset({"name"}))
    cover = masking.cover
    monkeypatch.setattr(masking, "cover", lambda text: found if "Xyzzy" in text else cover(text))
    async with partner.state.sessions.begin() as session:
        assert await until_nothing_is_left(session) >= 1
    row = await row_of(partner, told["id"])
    assert row.shown == {"text": found.text, "answers": [], "touchpoints": [], "left_out": []}
    assert (row.published_text, row.masked_with) == (found.text, masking.RULES + 1)


async def until_nothing_is_left(session: AsyncSession) -> int:
    """Mask again until nothing is left, a piece at a time; how many there were."""
    count = 0
    while done := await mask_again(session):
        count += done
    return count


async def test_masking_again_takes_a_few_rows_at_a_time(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await give_feedback(partner, trust_id)
    await change_rows(partner, Feedback, masked_with=0)
    monkeypatch.setattr(words, "MASKED_TOGETHER", 2)
    async with partner.state.sessions.begin() as session:
        assert await mask_again(session) == 2


async def test_the_original_shows_all_words_as_they_were_given(
    partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, **PERSONAL)
    reader = client_of(trust_id, "feedback:read", "feedback:identify")
    original = (await reader.get(f"/v1/feedback/{told['id']}/original", headers=ACTOR)).json()
    assert {name: original[name] for name in PERSONAL} == PERSONAL


async def test_long_reasons_are_masked_in_a_thread(
    partner: ServiceClient,
    trust: ServiceClient,
    client_of: ClientOf,
    trust_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = await give_feedback(partner, trust_id)
    eraser = client_of(trust_id, "feedback:read", "feedback:erase")
    with masks.long_masks(monkeypatch) as masked:
        withheld = await moderate_feedback(trust, told, "withhold", reason=masks.LONG)
        assert withheld["withheld_reason"].startswith("Mr [name]")
        headers = {"If-Match": f'"{withheld["version"]}"', **ACTOR}
        path = f"/v1/feedback/{told['id']}/erasure"
        assert (await eraser.post(path, json={"reason": masks.LONG}, headers=headers)).is_success
        legacy = await give_feedback(partner, trust_id, text=masks.LONG)
        await change_rows(partner, Feedback, shown=None, masked=[], masked_with=0)
        seen = legacy | {"version": 1}
        assert (await moderate_feedback(trust, seen))["state"] == "published"
    assert masked == {True: 0, False: 4}
