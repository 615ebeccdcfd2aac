"""What a source's owner looks at to mend it: payloads as they are stored, and previews of mappings."""

import pytest
from sqlalchemy import delete, func, select

from services.feedback.models import Feedback
from services.feedback.sources import previewing
from services.feedback.sources.models import Payload, Quarantined, RawBody, SourceMapping
from shared.ids import new_id
from tests.feedback.examples import ClientOf, with_actor
from tests.feedback.sources.conftest import MANAGE, Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, SAMPLE, Sender
from tests.feedback.sources.test_acts import acts_on
from tests.fixtures.clients import ServiceClient

IDENTIFY = (*MANAGE, "feedback:identify")
SAID = PAYLOAD | {"comment": "Ring me on 07700 900123."}


@pytest.fixture
def identifier(client_of: ClientOf, sender: Sender) -> ServiceClient:
    """A client of the source's owner that may read words without masks."""
    return with_actor(client_of(sender.source["organisation_id"], *IDENTIFY))


async def test_a_payload_is_read_whole_and_each_reading_is_audited(
    service: ServiceClient, sender: Sender, identifier: ServiceClient, settle_all: Settle
) -> None:
    received = (await sender.send([SAID, PAYLOAD])).json()["received_id"]
    await settle_all()
    path = f"{sender.path}/received/{received}/payload"
    read = await identifier.get(path)
    assert read.status_code == 200, read.text
    assert (read.json()["payload"], read.json()["is_split"]) == ([SAID, PAYLOAD], False)
    acts = [each["action"] for each in await acts_on(service, sender.source["id"])]
    assert acts[-1] == "source_payload_read"


async def test_it_takes_both_scopes_a_person_and_the_own_source(
    sender: Sender, identifier: ServiceClient, client_of: ClientOf
) -> None:
    received = (await sender.send(SAID)).json()["received_id"]
    path = f"{sender.path}/received/{received}/payload"
    assert (await sender.owner.get(path)).json()["code"] == "scope_missing"
    of_owner = client_of(sender.source["organisation_id"], *IDENTIFY)
    unnamed = await of_owner.get(path)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")
    stranger = with_actor(client_of(new_id(), *IDENTIFY))
    assert (await stranger.get(path)).json()["code"] == "source_not_found"
    assert (await identifier.get(f"{sender.path}/received/{new_id()}/payload")).status_code == 404


async def test_once_its_bytes_are_gone_it_says_so(
    service: ServiceClient, sender: Sender, identifier: ServiceClient
) -> None:
    received = (await sender.send(SAID)).json()["received_id"]
    async with service.state.sessions.begin() as session:
        await session.execute(delete(RawBody).where(RawBody.received_id == received))
    gone = await identifier.get(f"{sender.path}/received/{received}/payload")
    assert (gone.status_code, gone.json()["code"]) == (410, "payload_deleted")


async def test_a_draft_is_previewed_beside_the_mapping_in_use_and_nothing_is_stored(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    received = [
        (await sender.send(each)).json()["received_id"]
        for each in (SAID, PAYLOAD | {"comment": None, "note": "Too cold."}, [PAYLOAD, PAYLOAD])
    ]
    await settle_all()
    before = await rows_of(service, sender)
    draft = {
        "fields": RULES["fields"] | {"text": "comment || note", "contributor.address": "'mary@example.org'"},
        "values": RULES["values"],
        "defaults": RULES["defaults"] | {"contributor.channel": "email"},
        "last": 3,
    }
    answer = await sender.owner.post(f"{sender.path}/mapping-preview", json=draft)
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert (preview["version_in_use"], preview["payloads"], preview["answers"]) == (1, 3, 4)
    assert [each["received_id"] for each in preview["items"]] == [received[2], *reversed(received)]
    lost = preview["items"][2]
    assert (lost["before"]["outcome"], lost["before"]["error_class"]) == ("quarantined", "missing")
    assert lost["after"]["outcome"] == "mapped"
    assert {"field": "text", "before": None, "after": "Too cold."} in lost["changes"]
    same = preview["items"][3]["changes"]
    assert {each["field"] for each in same} == {"contributor.address", "contributor.channel"}
    assert {each["after"] for each in same} == {"[not shown]"}
    assert preview["different"] == 4
    assert "900123" not in answer.text
    assert "mary" not in answer.text
    assert await rows_of(service, sender) == before
    acts = [each["action"] for each in await acts_on(service, sender.source["id"])]
    assert acts[-1] == "source_mapping_previewed"


async def rows_of(service: ServiceClient, sender: Sender) -> list[int]:
    """How many rows a source has of each kind that a preview could make."""
    source_id = sender.source["id"]
    async with service.state.sessions() as session:
        return [
            await session.scalar(select(func.count()).where(model.source_id == source_id)) or 0
            for model in (Feedback, Payload, Quarantined, SourceMapping)
        ]


async def test_an_earlier_version_is_previewed_beside_the_one_in_use(
    sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    await sender.send(PAYLOAD | {"comment": "Ring 07700 900123."})
    await sender.map_by(fields=RULES["fields"] | {"touchpoints": "['Ward']"}, samples=[WITH_WARD])
    await settle_all()
    answer = await sender.owner.post(f"{sender.path}/mappings/1/preview", json={"last": 1})
    [item] = answer.json()["items"]
    assert item["changes"] == [{"field": "touchpoints.0", "before": "Ward", "after": None}]
    same = await sender.owner.post(f"{sender.path}/mappings/2/preview", json={})
    assert (same.json()["different"], same.json()["items"][0]["changes"]) == (0, [])
    unknown = await sender.owner.post(f"{sender.path}/mappings/9/preview", json={})
    assert unknown.status_code == 404


WITH_WARD = SAMPLE | {"expected": SAMPLE["expected"] | {"touchpoints": ["Ward"]}}


async def test_a_preview_needs_a_mapping_that_could_be_saved_and_the_scope_to_read_words(
    sender: Sender, client_of: ClientOf
) -> None:
    path = f"{sender.path}/mapping-preview"
    refused = await sender.owner.post(path, json={"fields": {"text": "a["}})
    assert (refused.json()["code"], refused.json()["errors"][0]["pointer"]) == (
        "mapping_refused",
        "/fields/text",
    )
    manager = with_actor(client_of(sender.source["organisation_id"], "sources:manage"))
    assert (await manager.post(path, json={"fields": {"text": "comment"}})).json()["code"] == "scope_missing"
    many = await sender.owner.post(path, json={"fields": {"text": "comment"}, "last": 101})
    assert many.json()["errors"][0]["pointer"] == "/last"


@pytest.mark.parametrize("bound", ["DRY_RUN_STEPS_MAX", "ANSWERS_MAX"])
async def test_a_preview_of_much_work_ends_early(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(previewing, bound, 1)
    await sender.map_by()
    for _ in range(3):
        await sender.send()
    preview = await sender.owner.post(f"{sender.path}/mappings/1/preview", json={})
    assert preview.json()["payloads"] == 1
