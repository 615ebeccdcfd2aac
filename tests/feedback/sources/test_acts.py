"""Who manages a source names themselves, and stands in the audit without a secret or a word."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.events.feedback import SourceManaged
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import ClientOf
from tests.feedback.sources.conftest import MANAGE, Settle
from tests.feedback.sources.senders import FOOTING, Sender, mapping
from tests.fixtures.clients import ServiceClient

NEW = {"name": "Survey system", "scheme": "standard-webhooks"} | FOOTING
WITH = {"If-Match": '"1"'}
MANAGING: list[tuple[str, str, str, Any, str]] = [
    ("register", "POST", "/v1/sources", NEW, "source_registered"),
    ("change", "PATCH", "", {"name": "Ward survey"}, "source_changed"),
    ("pause", "PATCH", "", {"state": "paused"}, "source_paused"),
    ("make live", "PATCH", "", {"state": "live"}, "source_made_live"),
    ("rotate", "POST", "/rotate-secret", {}, "source_secret_changed"),
    ("map", "POST", "/mappings", mapping(), "source_mapping_added"),
    ("replay", "POST", "/replay", {"all": True}, "source_payloads_replayed"),
    ("issue", "POST", "/v1/reply-codes", {"count": 2}, "reply_codes_issued"),
]


async def acts_on(service: ServiceClient, source_id: str) -> list[dict[str, Any]]:
    """What the audit is told of a source."""
    async with service.state.sessions() as session:
        managed = select(Outbox.body).where(Outbox.type == SourceManaged.type).order_by(Outbox.position)
        found = [json.loads(body)["data"] for body in await session.scalars(managed)]
    return [each for each in found if each["subject_id"] == source_id]


@pytest.mark.parametrize(
    ("method", "path", "body", "action"), [each[1:] for each in MANAGING], ids=[each[0] for each in MANAGING]
)
async def test_who_manages_a_source_is_named_and_stands_in_the_audit(
    service: ServiceClient,
    client_of: ClientOf,
    sender: Sender,
    trust_id: UUID,
    method: str,
    path: str,
    body: Any,
    action: str,
) -> None:
    source_id = sender.source["id"]
    if path == "/v1/reply-codes":
        body = body | {"source_id": source_id}
    address = path if path.startswith("/v1") else sender.path + path
    before = await acts_on(service, source_id)
    unnamed = client_of(trust_id, *MANAGE)
    refused = await unnamed.request(method, address, json=body, headers=WITH)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")
    assert await acts_on(service, source_id) == before

    done = await sender.owner.request(method, address, json=body, headers=WITH)
    assert done.is_success, done.text
    of = done.json()["id"] if path == "/v1/sources" else source_id
    act = (await acts_on(service, of))[-1]
    assert (act["action"], act["actor"], act["role"]) == (action, "jd-17", "moderator")
    assert act["organisation_id"] == str(trust_id)
    told = done.json()
    secrets = [told.get("secret"), *told.get("reply_codes", ()), "Ward survey"]
    assert not [each for each in secrets if each and each in json.dumps(act)]


async def test_who_reads_reply_codes_is_named_and_stands_in_the_audit_once(
    service: ServiceClient, client_of: ClientOf, sender: Sender, trust_id: UUID, settle_all: Settle
) -> None:
    await sender.map_by()
    received = (await sender.send()).json()["received_id"]
    await settle_all()
    path = f"{sender.path}/received/{received}"
    before = len(await acts_on(service, sender.source["id"]))
    unnamed = await client_of(trust_id, *MANAGE).get(path)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")
    # HEAD shows no code, so none is used up.
    assert (await sender.owner.head(path)).status_code == 200
    assert len(await acts_on(service, sender.source["id"])) == before
    first, second = [(await sender.owner.get(path)).json()["feedback"] for _ in "12"]
    code = first[0]["reply_code"]
    assert code is not None
    assert second[0]["reply_code"] is None
    acts = (await acts_on(service, sender.source["id"]))[before:]
    assert [(each["action"], each["actor"]) for each in acts] == [("reply_codes_shown", "jd-17")]
    assert code not in json.dumps(acts)


async def test_a_rehearsal_and_a_repeated_request_leave_no_row(
    service: ServiceClient, sender: Sender
) -> None:
    before = len(await acts_on(service, sender.source["id"]))
    await sender.owner.post(f"{sender.path}/replay", json={"all": True, "dry_run": True})
    key = {"Idempotency-Key": new_id().hex}
    for _ in range(2):
        await sender.owner.post(f"{sender.path}/rotate-secret", json={}, headers=key)
    assert len(await acts_on(service, sender.source["id"])) == before + 1
