"""An erasure reaches what waits in quarantine under the same id, whichever of the two comes first."""

from typing import Any

import pytest

from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, Sender
from tests.feedback.sources.test_erasing import erase_answer, places, replay, stored_body
from tests.fixtures.clients import ServiceClient

# The person's own answer once more, changed so that it cannot be mapped, and that of another.
CHANGED = {**PAYLOAD, "comment": None, "note": "Call my daughter."}
OTHER = {"id": "r-9", "comment": None, "note": "Nobody came.", "score": "1", "consent": "N"}
WITH_NOTE = RULES["fields"] | {"text": "comment || note"}


async def received_id(sender: Sender, payload: Any) -> str:
    """Post a payload."""
    return str((await sender.send(payload)).json()["received_id"])


@pytest.mark.parametrize("is_erased_first", [False, True])
async def test_nothing_waits_of_somebody_whose_words_are_erased(
    service: ServiceClient, sender: Sender, settle_all: Settle, is_erased_first: bool
) -> None:
    await sender.map_by()
    first = await received_id(sender, PAYLOAD)
    await settle_all()
    if is_erased_first:
        await erase_answer(service, sender, first, 0)
    second = await received_id(sender, CHANGED)
    await settle_all()
    if not is_erased_first:
        assert await places(sender, second) == ([], [0])
        await erase_answer(service, sender, first, 0)
    assert await places(sender, second) == ([], [])
    assert await stored_body(service, second) is None
    assert (await sender.read("quarantine"))["items"] == []


async def test_what_waits_of_others_beside_it_stays_and_is_mapped(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    first = await received_id(sender, PAYLOAD)
    both = await received_id(sender, [CHANGED, OTHER])
    await settle_all()
    assert await places(sender, both) == ([], [0, 1])
    await erase_answer(service, sender, first, 0)
    assert await places(sender, both) == ([], [1])
    left = await stored_body(service, both) or ""
    assert ("daughter" in left, "Nobody came." in left) == (False, True)
    await sender.map_by(fields=WITH_NOTE)
    await replay(sender, settle_all)
    assert (await places(sender, both))[1] != [1]
    found = (await sender.read(f"received/{both}"))["feedback"]
    assert 1 in [each["position"] for each in found]
