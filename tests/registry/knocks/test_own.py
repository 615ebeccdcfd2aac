"""Who keeps a contact does not knock at it: nobody makes a contact look good that way."""

from uuid import UUID

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.contacts.scene import BOARD, add, knocker
from tests.registry.knocks.knocking import ago, post
from tests.registry.writes import registered, steward


@pytest.mark.parametrize("whose", ["body", "board"])
async def test_who_keeps_a_contact_does_not_knock_at_it(registry: ServiceClient, whose: str) -> None:
    board = (await registry.get(BOARD)).json()["id"]
    if whose == "board":
        trust = await registered(steward(registry), footprint=board)
        contact = await add(registry, f"/v1/organisations/{trust['id']}")
    else:
        contact = await add(registry)
    own = registry.as_(client_id=new_id(), organisation_id=UUID(board))
    answered = {"outcome": "person", "knocked_at": ago(hours=2), "answered_at": ago(hours=1)}
    refused = await post(own, contact, **answered)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_contact")
    assert (await post(knocker(registry), contact, **answered)).status_code == 201
