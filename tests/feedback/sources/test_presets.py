"""Presets: each sender's payloads go in as it sends them, by its own scheme, and come out to the field."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.models import Feedback
from services.feedback.sources.checking import check_mapping
from services.feedback.sources.models import PayloadFeedback
from services.feedback.sources.presets import FOLDER, Preset, PresetSample, hint_of_fault, load_presets
from services.feedback.sources.tokens import CREDENTIALS
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import Sender, a_source, multipart, standard_headers
from tests.fixtures.clients import ServiceClient

NAMES = {
    "generic",
    "friends_and_family",
    "care_opinion",
    "open311",
    "typeform",
    "qualtrics",
    "surveymonkey",
    "kobotoolbox",
    "redcap",
    "jotform",
    "power_automate",
    "google_forms",
    "limesurvey",
    "fhir_questionnaire_response",
}
PRESETS = list(load_presets().values())
FIELDS = ("kind", "text", "language", "experienced_on", "touchpoints", "rating", "answers", "external_id")


def name_of(preset: Preset) -> str:
    """The name of a test."""
    return preset.name


def body_of(sample: PresetSample) -> tuple[bytes, str]:
    """The body of a sample and its type, as the sender sends it."""
    match sample.sent_as, sample.payload:
        case "form", dict() as fields:
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        case "multipart", dict() as fields:
            return multipart(fields)
    return json.dumps(sample.payload).encode(), sample.content_type or "application/json"


def headers_of(preset: Preset, secret: str, body: bytes) -> dict[str, str]:
    """The headers by which a sender shows who it is."""
    if preset.scheme == "standard-webhooks":
        return standard_headers(secret, body, "m-1")
    if preset.hmac:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        text = digest.hex() if preset.hmac.encoding == "hex" else base64.b64encode(digest).decode()
        return {preset.hmac.header.lower(): preset.hmac.prefix + text}
    if preset.scheme == "basic" and preset.token:
        pair = f"{preset.token.username}:{secret}".encode()
        return {CREDENTIALS: f"Basic {base64.b64encode(pair).decode()}"}
    if preset.token and preset.token.header:
        return {preset.token.header.lower(): secret}
    return {CREDENTIALS: f"Bearer {secret}"} if preset.scheme == "bearer" else {}


async def a_preset_source(service: ServiceClient, owner: ServiceClient, preset: Preset) -> Sender:
    """A source that has only the settings of a preset."""
    return await a_source(service, owner, preset=preset.name, scheme=None)


def test_every_sender_that_is_asked_for_has_a_preset() -> None:
    assert load_presets().keys() == NAMES


@pytest.mark.parametrize("preset", PRESETS, ids=name_of)
def test_a_preset_holds_by_itself(preset: Preset) -> None:
    check_mapping(preset.first_mapping)
    assert preset.documentation
    assert preset.switch_on
    assert all(each.startswith("https://") for each in preset.documentation)
    assert any(each.expected for each in preset.samples)
    for sample in preset.samples:
        assert (sample.expected is None) != (sample.waits_as is None)
    assert (FOLDER / f"{preset.name}.yaml").exists()


@pytest.mark.parametrize("preset", PRESETS, ids=name_of)
async def test_its_samples_come_in_through_the_hook_and_out_to_the_field(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle, preset: Preset
) -> None:
    sender = await a_preset_source(service, owner, preset)
    assert (sender.source["preset"], sender.source["scheme"]) == (preset.name, preset.scheme)
    assert [each["version"] for each in (await sender.read("mappings"))["items"]] == [1]
    for number, sample in enumerate(preset.samples):
        body, kind = body_of(sample)
        headers = headers_of(preset, sender.secret, body) | {"content-type": kind}
        if "webhook-id" in headers:
            headers = standard_headers(sender.secret, body, f"m-{number}") | {"content-type": kind}
        answer = await sender.post(body, **headers)
        assert answer.status_code == preset.success_status, answer.text
        again = (await sender.post(body, **headers)).json()
        if sender.source["told_apart_by"] != "post" or sender.source["retry_minutes"]:
            assert again["outcome"] == "repeat"
        await settle_all()
        received = answer.json()["received_id"]
        told = await sender.read(f"received/{received}")
        if sample.waits_as:
            assert [each["error_class"] for each in told["quarantined"]] == [sample.waits_as]
            assert told["feedback"] == []
        else:
            assert (told["state"], told["quarantined"]) == ("mapped", []), told
            assert [each["left_out"] for each in told["feedback"] if each["left_out"]] == []
            await check_rows(service, owner, received, sample)


async def check_rows(
    service: ServiceClient, owner: ServiceClient, received: str, sample: PresetSample
) -> None:
    """Compare the rows that a payload became with what its preset says, field by field."""
    expected = sample.expected if isinstance(sample.expected, list) else [sample.expected or {}]
    async with service.state.sessions() as session:
        mine = select(Feedback).join(PayloadFeedback, PayloadFeedback.feedback_id == Feedback.id)
        wanted = mine.where(PayloadFeedback.received_id == UUID(received)).order_by(PayloadFeedback.position)
        rows = list(await session.scalars(wanted))
    assert len(rows) == len(expected)
    for row, fields in zip(rows, expected, strict=True):
        stored = {name: getattr(row, name) for name in FIELDS}
        given: dict[str, Any] = {"language": "en", "touchpoints": [], "answers": [], **fields}
        # What is null is not stored.
        given["answers"] = [{n: v for n, v in each.items() if v is not None} for each in given["answers"]]
        if "external_id" not in fields:
            given["external_id"] = stored["external_id"]
        assert stored == {name: given.get(name) for name in FIELDS}
        asked = {name: value for name, value in row.permissions.items() if value != "not_asked"}
        assert asked == fields.get("permissions", {})
        assert row.organisation_ids


async def test_a_payload_that_only_announces_says_what_to_switch_on(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    preset = load_presets()["surveymonkey"]
    sender = await a_preset_source(service, owner, preset)
    assert (await service.head(sender.source["hook"])).status_code == 200
    body, kind = body_of(preset.samples[0])
    await sender.post(body, **{"content-type": kind})
    await settle_all()
    [waiting] = (await sender.read("quarantine"))["items"]
    assert (waiting["error_class"], waiting["field"]) == ("announced_only", None)
    assert all(each in waiting["hint"] for each in preset.switch_on)


def test_a_hint_is_only_about_what_is_announced() -> None:
    assert hint_of_fault("surveymonkey", "value_not_mapped") is None
    assert hint_of_fault("typeform", "missing") is None
    may_be = hint_of_fault("surveymonkey", "missing")
    assert may_be is not None
    assert may_be.startswith("The sender may only have announced an answer.")
    assert hint_of_fault(None, "announced_only") == (
        "The sender announced an answer and sent none of it. Let it send the answers themselves."
    )


async def test_presets_are_listed_and_read_by_anybody(service: ServiceClient) -> None:
    listed = (await service.get("/v1/source-presets")).json()
    assert ({each["name"] for each in listed["items"]}, listed["next"]) == (NAMES, None)
    read = (await service.get("/v1/source-presets/typeform")).json()
    assert read["hmac"]["header"] == "Typeform-Signature"
    assert read["samples"][0]["expected"]["touchpoints"] == ["Maternity"]
    unknown = await service.get("/v1/source-presets/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "preset_not_found")


async def test_an_owner_may_have_other_settings_than_the_preset(
    service: ServiceClient, owner: ServiceClient
) -> None:
    qualtrics = await a_source(service, owner, preset="qualtrics", scheme="bearer", success_status=200)
    assert (qualtrics.source["scheme"], qualtrics.source["token"]["message_id_expression"]) == (
        "bearer",
        None,
    )
    assert qualtrics.source["success_status"] == 200
    kobo = await a_source(service, owner, preset="kobotoolbox", scheme=None, token={"username": "other"})
    assert kobo.source["token"]["username"] == "other"
    mapped = await kobo.map_by()
    assert mapped["version"] == 2


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/"),
        ({"preset": "nothing"}, "/preset"),
        ({"preset": "No Name"}, "/preset"),
        ({"preset": "kobotoolbox", "token": {"header": "X-Key"}}, "/scheme"),
        ({"preset": "typeform", "scheme": "fixed-header"}, "/"),
        ({"preset": "jotform", "secret": "an-invented-secret"}, "/secret"),
    ],
)
async def test_a_preset_that_does_not_fit_is_refused(
    owner: ServiceClient, fields: dict[str, Any], pointer: str
) -> None:
    refused = await owner.post("/v1/sources", json={"name": "Survey"} | fields)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"].rstrip("/") == pointer.rstrip("/")
