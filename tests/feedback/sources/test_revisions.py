"""An answer that its sender changes is a revision: the same piece of feedback, with the last words."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import JsonValue
from sqlalchemy import select

from services.feedback.models import Feedback
from services.feedback.sources.presets import Preset, PresetSample, load_presets
from shared.ids import new_id
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import Sender, standard_headers
from tests.feedback.sources.test_presets import a_preset_source, body_of, headers_of, name_of
from tests.fixtures.clients import ServiceClient

CHANGED = "I have thought about it once more."
# What else changes in a payload when its answer was changed at the sender.
AT_THE_SENDER: dict[str, dict[str, JsonValue]] = {
    "fhir_questionnaire_response": {"status": "amended", "meta": {"versionId": "2"}},
    "kobotoolbox": {
        "_uuid": "9c0b5a1e-2222-4333-8444-555566667777",
        "meta/instanceID": "uuid:9c0b5a1e-2222-4333-8444-555566667777",
        "meta/deprecatedID": "uuid:5d1f6e0a-1111-4222-8333-444455556666",
        "meta/rootUuid": "uuid:5d1f6e0a-1111-4222-8333-444455556666",
    },
    "qualtrics": {"recordedDate": "2026-07-01 08:00:00"},
}


def sample_of(preset: Preset) -> PresetSample:
    """Its first sample of which one piece of feedback with an id of its own comes."""
    return next(s for s in preset.samples if isinstance(s.expected, dict) and "external_id" in s.expected)


WITH_IDS = [
    each
    for each in load_presets().values()
    if any(isinstance(s.expected, dict) and "external_id" in s.expected for s in each.samples)
]


# Words of its first sample, where the payload writes them otherwise than the feedback.
WORDS = {"care_opinion": "I came in frightened.", "jotform": "Kindness"}


def words_of(preset: Preset, sample: PresetSample) -> str:
    """Words of the feedback that comes of a sample, as they stand in its payload."""
    expected: Any = sample.expected
    said = [WORDS.get(preset.name), expected.get("text")]
    said += [each.get("text") for each in expected.get("answers") or []]
    texts = [each for each in said if isinstance(each, str) and len(each) > 3]
    return next(each for each in texts if replaced(sample.payload, each) != sample.payload)


def replaced(payload: JsonValue, words: str) -> JsonValue:
    """The payload with other words."""
    if isinstance(payload, str):
        return payload.replace(words, CHANGED)
    if isinstance(payload, list):
        return [replaced(each, words) for each in payload]
    return {n: replaced(v, words) for n, v in payload.items()} if isinstance(payload, dict) else payload


async def post(sender: Sender, preset: Preset, sample: PresetSample) -> dict[str, Any]:
    """Post a payload as its sender does."""
    body, kind = body_of(sample)
    headers = headers_of(preset, sender.secret, body)
    if preset.scheme == "standard-webhooks":
        headers = standard_headers(sender.secret, body, new_id().hex)
    answer = await sender.post(body, **(headers | {"content-type": kind}))
    assert answer.status_code == preset.success_status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def pieces_of(service: ServiceClient, sender: Sender) -> list[Feedback]:
    """The feedback of a source, in the order of its ids there."""
    mine = select(Feedback).where(Feedback.source_id == UUID(sender.source["id"]))
    async with service.state.sessions() as session:
        return list(await session.scalars(mine.order_by(Feedback.external_id)))


@pytest.mark.parametrize("preset", WITH_IDS, ids=name_of)
async def test_a_changed_answer_under_the_same_id_is_a_revision(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle, preset: Preset
) -> None:
    sender, sample = await a_preset_source(service, owner, preset), sample_of(preset)
    words = words_of(preset, sample)
    changed = replaced(sample.payload, words)
    if isinstance(changed, dict):
        changed |= AT_THE_SENDER.get(preset.name, {})
    await post(sender, preset, sample)
    await settle_all()
    again = await post(sender, preset, sample.model_copy(update={"payload": changed}))
    assert again["outcome"] == ("revision" if sender.source["told_apart_by"] == "field" else "new")
    await settle_all()
    [piece] = await pieces_of(service, sender)
    assert isinstance(sample.expected, dict)
    assert (piece.revision, piece.external_id) == (2, sample.expected["external_id"])
    assert CHANGED in f"{piece.text} {piece.answers}"
    assert words not in f"{piece.text} {piece.answers}"


async def test_a_record_of_redcap_is_revised_and_its_other_events_are_pieces_of_their_own(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    preset = load_presets()["redcap"]
    sender, sample = await a_preset_source(service, owner, preset), preset.samples[1]
    later = {"record_id": "17", "redcap_event_name": "visit_2", "comment": "The second visit.", "rating": "4"}
    repeated = later | {"redcap_repeat_instrument": "stay", "redcap_repeat_instance": 2, "comment": "A stay."}
    for payload in (sample.payload, [{"record_id": "17", "comment": CHANGED}], [later, repeated]):
        await post(sender, preset, sample.model_copy(update={"payload": payload}))
        await settle_all()
    found = [(each.external_id, each.text, each.revision) for each in await pieces_of(service, sender)]
    assert found == [
        ("17", CHANGED, 2),
        ("17#visit_2", "The second visit.", 1),
        ("17#visit_2#stay#2", "A stay.", 1),
        ("18", "The letter came too late.", 1),
    ]
