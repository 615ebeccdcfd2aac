"""The version of a loop is public: it does not tell how many people mail reaches, or who gave a verdict."""

from services.loop.timers.domain import announce_clocks
from shared.events.feedback import TellingDelivered, TellingFailed
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene
from tests.loop.tellings.voices import all_told, became, declined_scene, let_pass, tellings_of
from tests.loop.verdicts.test_closing import answer


async def versions(*scenes: Scene) -> set[int]:
    """The versions that these loops have now."""
    return {(await scene.service.get(scene.path)).json()["version"] for scene in scenes}


async def test_the_version_does_not_tell_how_many_people_are_told(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    one, _ = await declined_scene(service, publish, reachable=1, unreachable=3)
    four, people = await declined_scene(service, publish, reachable=4)
    assert len(await versions(one, four)) == 1
    await all_told(one)
    await all_told(four)
    await answer(four, people, "yn")
    assert len(await versions(one, four)) == 1
    let_pass(set_time, 27)
    async with service.state.sessions.begin() as session:
        while await announce_clocks(session):
            pass
    reminded = [len(await tellings_of(scene, "verdict_reminder")) for scene in (one, four)]
    assert reminded == [1, 2]
    assert len(await versions(one, four)) == 1


async def test_the_version_does_not_tell_that_somebody_is_told_late(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=10)
    *soon, late = await tellings_of(scene, "declined")
    for telling in soon:
        await became(scene, telling, TellingDelivered, in_format="email", own_address=True)
    before = await versions(scene)
    await became(scene, late, TellingDelivered, in_format="email", own_address=True)
    assert len(await tellings_of(scene, "verdict_asked")) == 10
    assert await versions(scene) == before
    failed = (await tellings_of(scene, "verdict_asked"))[-1]
    await became(scene, failed, TellingFailed, reason="suppressed")
    assert await versions(scene) == before
