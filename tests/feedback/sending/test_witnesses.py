"""Whose own an address is: one mailbox is one witness of a loop, and no public body's is."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.sending.models import ToldAddress
from shared.events.feedback import TellingDelivered
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.sending.tellers import Told


async def is_own_address(told: Told, telling_id: UUID) -> bool:
    """Whether the telling reached an address of the person's own, as the loop hears it."""
    async with told.partner.state.sessions() as session:
        delivered = Outbox.aggregate_id == telling_id, Outbox.type == TellingDelivered.type
        body = (await session.scalars(select(Outbox.body).where(*delivered))).one()
        found: bool = json.loads(body)["data"]["own_address"]
        return found


async def test_one_mailbox_is_one_witness_of_a_loop(told: Told) -> None:
    name, _, domain = told.address.partition("@")
    loop_id = new_id()
    tellings = []
    for address in (told.address, f"{name}+2@{domain}", f"{name.upper()}@{domain}", f"x{told.address}"):
        said = await told.said(contributor={"channel": "email", "address": address})
        tellings.append(await told.ask(said, loop_id=loop_id))
        await told.work()
    assert [await is_own_address(told, each) for each in tellings] == [True, False, False, True]
    again = await told.ask(await told.said())
    await told.work()
    assert await is_own_address(told, again)  # of another loop


async def test_the_same_person_told_twice_stays_a_witness(told: Told) -> None:
    said, loop_id = await told.said(), new_id()
    tellings = [await told.ask(said, kind, loop_id=loop_id) for kind in ("acknowledged", "changed")]
    await told.work()
    assert [await is_own_address(told, each) for each in tellings] == [True, True]


async def test_who_has_another_address_after_a_telling_is_no_second_witness(told: Told) -> None:
    said, loop_id = await told.said(external_id="1"), new_id()
    tellings = [await told.ask(said, loop_id=loop_id)]
    await told.work()
    captor = {"channel": "email", "address": f"x{told.address}"}
    await told.said(external_id="1", text="Other words.", contributor=captor)
    tellings.append(await told.ask(said, "verdict_asked", loop_id=loop_id))
    await told.work()
    assert [await is_own_address(told, each) for each in tellings] == [True, False]
    again = await told.ask(said)
    await told.work()
    assert await is_own_address(told, again)  # of another loop


@pytest.mark.parametrize("domain", ["nhs.net", "trust.NHS.uk", "council.gov.uk"])
async def test_staff_of_public_bodies_are_no_witnesses_at_work(told: Told, domain: str) -> None:
    told.address = f"jo-{new_id().hex[-8:]}@{domain}"
    telling = await told.ask(await told.said())
    await told.work()
    assert not await is_own_address(told, telling)


async def test_after_erasure_an_address_stands_for_nobody_else(told: Told) -> None:
    first, second, loop_id = await told.said(), await told.said(), new_id()
    await told.ask(first, loop_id=loop_id)
    await told.work()
    wish = {"reply_code": first["reply_code"], "erase": True}
    assert (await told.partner.post("/v1/replies/withdraw", json=wish)).status_code == 200
    telling = await told.ask(second, loop_id=loop_id)
    await told.work()
    assert not await is_own_address(told, telling)
    async with told.sessions() as session:
        held = select(ToldAddress.feedback_id).where(ToldAddress.loop_id == loop_id)
        assert list(await session.scalars(held)) == [None]
