"""Twenty who act on one version at the same moment: one of them does, the others are told to read again."""

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import text

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, decision, person, promise, scene_of

TWENTY = 20


async def rush(scene: Scene, step: str, bodies: list[Any]) -> Counter[int]:
    """Let twenty people take a step on the version that all of them have read; return how it was answered."""
    people = [
        person(scene.service, scene.board.footprint_id, "engagement", f"person-{number}")
        for number in range(TWENTY)
    ]
    match = {"If-Match": f'"{scene.loop["version"]}"'}
    asked = [
        each.post(f"{scene.path}/{step}", json=body, headers=match)
        for each, body in zip(people, bodies, strict=True)
    ]
    return Counter(answer.status_code for answer in await asyncio.gather(*asked))


async def test_of_twenty_decisions_one_is_taken(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    bodies = [decision("will_do" if number % 2 else "cannot") for number in range(TWENTY)]
    assert await rush(scene, "decisions", bodies) == {201: 1, 412: TWENTY - 1}
    loop = await scene.read()
    assert (len(loop["decisions"]), loop["length"]) == (1, 4)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_of_twenty_promises_on_one_version_one_is_made(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    bodies = [promise(scene.board.footprint_id) for _ in range(TWENTY)]
    assert await rush(scene, "commitments", bodies) == {201: 1, 412: TWENTY - 1}
    assert len((await scene.read())["commitments"]) == 1


async def test_twenty_who_read_again_after_each_refusal_all_get_through(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()

    async def insist(number: int) -> None:
        client = person(service, scene.board.footprint_id, "engagement", f"person-{number}")
        status = 412
        # 412: another was first; 503: nineteen others hold the connections. Both say to try again.
        while status in (412, 503):
            read = await client.get(scene.path)
            if (status := read.status_code) == 200:
                etag, body = read.headers["ETag"], promise(scene.board.footprint_id)
                answer = await client.post(f"{scene.path}/commitments", json=body, headers={"If-Match": etag})
                status = answer.status_code
        assert status == 201

    await asyncio.gather(*(insist(number) for number in range(TWENTY)))
    loop = await scene.read()
    assert (len(loop["commitments"]), loop["length"]) == (TWENTY, 4 + TWENTY)
    async with service.state.sessions() as session:
        rows = await session.execute(
            text("SELECT sequence FROM outbox WHERE aggregate_id = :loop ORDER BY position"),
            {"loop": loop["id"]},
        )
    assert [sequence for (sequence,) in rows] == list(range(1, 5 + TWENTY))
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_twenty_repeats_of_one_request_take_effect_once(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    headers = {"Idempotency-Key": str(new_id()), "If-Match": '"1"'}
    asked = [
        scene.lead.post(f"{scene.path}/opening", json={"moderated": True}, headers=headers)
        for _ in range(TWENTY)
    ]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (await scene.read())["length"] == 2
