from typing import Any

from httpx2 import AsyncClient

from services.gateway.worker import take_events
from shared.db import make_engine, make_sessions
from shared.events import Envelope
from shared.events.feedback import FeedbackHandled
from shared.ids import new_id
from tests.gateway.gateways import Gateways, Partner, eventually


async def audit(gateway: AsyncClient, reader: Partner, until: int = 1) -> list[dict[str, Any]]:
    """What a reader may see once there is so much: refusals are written a moment later."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        found[:] = (await gateway.get("/v1/audit", headers=reader.headers)).json()["items"]
        return len(found) >= until

    await eventually(is_there)
    return found


async def test_a_refusal_is_on_record_for_its_organisation(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner("feedback:read")
    await gateway.get("/v1/clients?cursor=secret", headers=partner.headers)
    found = await audit(gateway, partner, until=2)
    refused = found[0]
    assert (refused["action"], refused["code"], refused["times"]) == ("refused", "scope_missing", 1)
    assert (refused["method"], refused["route"]) == ("GET", "/v1/clients")
    assert (refused["client_id"], refused["key_id"]) == (str(partner.id), str(partner.key_id))
    assert refused["network"] == "127.0.0.0/24"
    assert partner.key.rpartition("_")[2] not in str(found)


async def test_what_a_service_refuses_is_on_record_too(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    assert (await gateway.get("/v1/feedback/x?as=refuse", headers=partner.headers)).status_code == 403
    refused = (await audit(gateway, partner, until=2))[0]
    assert (refused["code"], refused["route"]) == ("scope_missing", "/v1/feedback/{feedback_id}")


async def test_the_use_of_a_revoked_key_is_on_record_for_its_organisation(gateways: Gateways) -> None:
    gateway, partner, admin = [
        await gateways.start(),
        await gateways.partner(),
        await gateways.partner("clients:admin"),
    ]
    colleague = await gateways.partner(organisation_id=partner.organisation_id)
    await gateway.delete(f"/v1/clients/{partner.id}/keys/{partner.key_id}", headers=admin.headers)
    await gateway.get("/v1/feedback", headers=partner.headers)
    found = await audit(gateway, colleague, until=4)
    assert {each["action"] for each in found} == {"client_made", "key_revoked", "refused"}
    used = next(each for each in found if each["action"] == "refused")
    assert (used["code"], used["key_id"]) == ("key_unknown", str(partner.key_id))


async def test_changes_are_on_record_with_who_made_them(gateways: Gateways) -> None:
    gateway, partner, admin = [
        await gateways.start(),
        await gateways.partner(),
        await gateways.partner("clients:admin"),
    ]
    made = await gateway.post(f"/v1/clients/{partner.id}/keys", headers=admin.headers)
    last = (await audit(gateway, partner, until=2))[0]
    assert (last["action"], last["subject_id"]) == ("key_made", made.json()["id"])
    assert (last["client_id"], last["organisation_id"]) == (str(admin.id), str(partner.organisation_id))


async def test_one_organisation_sees_nothing_of_another(gateways: Gateways) -> None:
    gateway, partner, other = await gateways.start(), await gateways.partner(), await gateways.partner()
    await gateway.get("/v1/clients", headers=other.headers)
    await audit(gateway, other, until=2)
    assert {each["organisation_id"] for each in await audit(gateway, partner)} == {
        str(partner.organisation_id)
    }


async def test_who_administers_clients_sees_everything(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    admin = await gateways.partner("clients:admin")
    found = await audit(gateway, admin, until=2)
    seen = {each["organisation_id"] for each in found}
    assert {str(partner.organisation_id), str(admin.organisation_id)} <= seen


async def test_the_audit_needs_a_key(gateways: Gateways) -> None:
    gateway = await gateways.start()
    assert (await gateway.get("/v1/audit")).json()["code"] == "key_required"


async def test_the_audit_comes_in_pages(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    await gateways.partner(organisation_id=partner.organisation_id)
    first = await gateway.get("/v1/audit?limit=1", headers=partner.headers)
    second = await gateway.get(first.json()["next"], headers=partner.headers)
    assert [len(each.json()["items"]) for each in (first, second)] == [1, 1]
    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    assert second.json()["next"] is None


async def test_what_was_done_with_words_is_read_by_all_whom_it_concerns(gateways: Gateways) -> None:
    gateway = await gateways.start()
    doer, concerned, stranger = [await gateways.partner() for _ in range(3)]
    handled = FeedbackHandled(
        act_id=new_id(),
        subject_id=new_id(),
        action="original_read",
        organisation_id=doer.organisation_id,
        client_id=doer.id,
        actor="jd-17",
        role="moderator",
        organisations=(concerned.organisation_id,),
    )
    engine = make_engine(gateways.settings())
    async with make_sessions(engine).begin() as session:
        await take_events(session, [Envelope.wrap(handled, 1)])
    await engine.dispose()
    for reader in (doer, concerned):
        [row] = [each for each in await audit(gateway, reader) if each["action"] == "original_read"]
        assert (row["actor"], row["actor_role"], row["client_id"]) == ("jd-17", "moderator", str(doer.id))
        assert (row["subject_id"], row["organisation_id"]) == (
            str(handled.subject_id),
            str(doer.organisation_id),
        )
    assert "original_read" not in str(await audit(gateway, stranger))
