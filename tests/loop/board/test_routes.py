"""The board: said, decided, promised, done, told; as JSON, as Atom and as a JSON Feed."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from services.loop.main import create_app
from services.loop.settings import Settings
from services.loop.verdicts.domain import LATER
from shared.events import Event
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish
from tests.loop.examples import tell
from tests.loop.loops.test_routes import statements
from tests.loop.scenes import Scene, scene_of
from tests.loop.tellings.voices import all_told, changed_scene
from tests.loop.verdicts.test_closing import answer

NAMES = {"": "http://www.w3.org/2005/Atom"}


async def board(client: ServiceClient, scene: Scene, **query: str | int) -> dict[str, Any]:
    """The board of the scene's body."""
    about: dict[str, str | int] = {"footprint": str(scene.board.footprint_id)}
    found = await client.get("/v1/board", params=about | query)
    assert found.status_code == 200, found.text
    shown: dict[str, Any] = plain_counts(found.json())
    return shown


async def told_scene(service: ServiceClient, publish: Publish) -> Scene:
    """A loop whose people were told, two of whom have answered."""
    scene, people = await changed_scene(service, publish, reachable=6)
    await all_told(scene)
    await answer(scene, people, "yn")
    return scene


async def test_the_board_shows_what_came_of_it(service: ServiceClient, publish: Publish) -> None:
    scene = await told_scene(service, publish)
    public, own = await board(service, scene), await board(scene.lead, scene)
    [item] = public["items"]
    assert (item["title"], item["you_said"], item["said"]) == ("Doors", "Heavy.", 6)
    assert (item["decided"]["answer"], item["told"], item["state"]) == (
        "will_do",
        "held back",
        "verdict_open",
    )
    [promise] = item["promised"]
    assert promise["original_due_on"] == promise["due_on"]
    assert promise["kept_at"]
    assert item["done_at"]
    assert item["verdicts"] == {
        "n": "held back",
        "witnessed": "held back",
        "not_witnessed": "held back",
        "changed": "held back",
        "message": LATER,
        "did_it_happen": None,
        "others": None,
    }
    assert own["items"][0]["verdicts"]["did_it_happen"]["no"] == 1
    numbers = public["numbers"]
    assert (numbers["loops"], numbers["said"], numbers["decided"]) == (1, 6, {"will_do": 1})
    assert (numbers["promised"], numbers["done"], numbers["told"]["told"]) == (1, 1, 0)
    assert own["numbers"]["told"] == public["numbers"]["told"]
    assert public["name"] == "NHS Somewhere"


async def test_drafts_and_unread_words_are_not_on_the_board(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    assert (await board(scene.lead, scene))["items"] == []


async def test_demonstrations_are_marked_and_in_no_number(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, demonstration=True)
    await scene.committed()
    shown = await board(service, scene)
    assert [item["demonstration"] for item in shown["items"]] == [True]
    assert (shown["demonstrations"], shown["numbers"]["loops"], shown["numbers"]["promised"]) == (1, 0, 0)
    assert (shown["numbers"]["said"], shown["demonstration"]) == (0, False)
    feed = (await service.get("/v1/board.json", params={"footprint": str(scene.board.footprint_id)})).json()
    assert feed["items"][0]["title"].startswith("Demonstration: ")
    assert feed["items"][0]["tags"] == ["demonstration"]


async def test_small_numbers_of_people_are_held_back(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    public, own = await board(service, scene), await board(scene.lead, scene)
    assert (public["items"][0]["said"], public["numbers"]["said"]) == ("fewer than 5", "fewer than 5")
    assert (own["items"][0]["said"], own["numbers"]["said"]) == (2, 2)


def text(element: Element, name: str) -> str:
    """The text of a child."""
    return element.findtext(name, "", NAMES)


async def test_the_board_is_followed_as_atom(service: ServiceClient, publish: Publish) -> None:
    scene = await told_scene(service, publish)
    await scene.done(scene.lead, "statement", {"statement": "Thanks \x07 to <all> & everybody."})
    query = {"footprint": str(scene.board.footprint_id)}
    found = await service.get("/v1/board.atom", params=query)
    asked = await service.get("/v1/board", params=query, headers={"Accept": "application/atom+xml"})
    assert found.headers["Content-Type"] == "application/atom+xml"
    assert (asked.content, asked.headers["Vary"]) == (found.content, "Accept, Authorization")
    known = {"If-None-Match": found.headers["ETag"]}
    assert (await service.get("/v1/board.atom", params=query, headers=known)).status_code == 304
    feed = fromstring(found.content)  # noqa: S314 -- what we wrote ourselves
    [entry] = feed.findall("entry", NAMES)
    assert text(feed, "id") == f"urn:uuid:{scene.board.footprint_id}"
    assert text(feed, "updated") == text(entry, "updated") > scene.loop["told_at"]
    assert text(entry, "id") == f"urn:uuid:{scene.loop['id']}"
    assert text(entry, "title") == "NHS Somewhere: Doors (people give their verdict)"
    assert "Decided on" in text(entry, "content")
    assert "the body will do it" in text(entry, "content")
    assert "Thanks \ufffd to <all> & everybody." in text(entry, "content")


async def test_the_board_is_followed_as_json_feed(service: ServiceClient, publish: Publish) -> None:
    scene, other = await told_scene(service, publish), await scene_of(service, publish)
    query = {"footprint": str(scene.board.footprint_id)}
    found = await service.get("/v1/board.json", params=query)
    asked = await service.get("/v1/board", params=query, headers={"Accept": "application/feed+json"})
    assert found.headers["Content-Type"] == "application/feed+json"
    assert asked.json() == found.json()
    feed = found.json()
    assert (feed["version"], feed["title"]) == (
        "https://jsonfeed.org/version/1.1",
        "You said, we did: NHS Somewhere",
    )
    assert [item["id"] for item in feed["items"]] == [f"urn:uuid:{scene.loop['id']}"]
    assert other.loop["id"] not in found.text
    assert LATER in feed["items"][0]["content_text"]


@pytest.mark.parametrize("public_url", ["https://doorway.example", ""])
async def test_each_link_of_a_feed_leads_to_what_the_outside_can_read(
    app_client: AppClient, service_settings: ServiceSettings, public_url: str
) -> None:
    settings = Settings(**service_settings("loop", public_url=public_url))
    service = await app_client(create_app, settings)

    async def publish(*events: Event, sequence: int = 1) -> None:
        async with service.state.sessions.begin() as session:
            await tell(session, *events, sequence=sequence)

    scene = await scene_of(service, publish)
    await scene.acknowledged()
    for query in ("", f"?footprint={scene.board.footprint_id}"):
        at = {"Host": "elsewhere.example"}
        json_feed = (await service.get(f"/v1/board.json{query}", headers=at)).json()
        atom = fromstring((await service.get(f"/v1/board.atom{query}", headers=at)).content)  # noqa: S314 -- what we wrote
        urls = [json_feed.get("home_page_url"), *(item.get("url") for item in json_feed["items"])]
        hrefs = {link.get("href") for link in atom.iter("{http://www.w3.org/2005/Atom}link")}
        if not public_url:
            assert (set(urls), hrefs, "feed_url" in json_feed) == ({None}, set(), False)
            continue
        assert json_feed["feed_url"] == f"{public_url}/v1/board.json{query}"
        own = f"{public_url}{scene.path}"
        assert own in urls
        # Others write to the whole board between the two requests; its own place is the test's alone.
        loops = {url for url in {*urls, *hrefs} if url and url.startswith(f"{public_url}/v1/loops/")}
        others = set() if query else loops - {own}
        assert hrefs - others == {f"{public_url}/v1/board.atom{query}", *urls} - others
        for url in [*urls, *hrefs]:
            assert (await service.get(url.removeprefix(public_url))).status_code == 200


async def test_the_newest_news_comes_first_in_feeds(service: ServiceClient, publish: Publish) -> None:
    first = await scene_of(service, publish)
    await first.acknowledged()
    second = await first.lead.post(
        "/v1/loops",
        json={
            "title": "Second",
            "you_said": "More.",
            "footprint": str(first.board.footprint_id),
            "feedback_ids": [str(first.said[0].feedback_id)],
        },
    )
    later, first.loop = first.loop, second.json()
    await first.acknowledged()
    first.loop = later
    await first.done(first.lead, "consideration")
    feed = (await service.get("/v1/board.json", params={"footprint": str(first.board.footprint_id)})).json()
    assert [item["title"].split()[2] for item in feed["items"]] == ["Doors", "Second"]


async def test_the_board_is_paged_and_costs_the_same_for_many(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    body = {
        "title": "More",
        "you_said": "More.",
        "footprint": str(scene.board.footprint_id),
        "feedback_ids": [str(scene.said[0].feedback_id)],
    }
    costs = []
    for _ in range(3):
        await scene.acknowledged()
        with statements(service) as executed:
            await board(service, scene)
        costs.append(len(executed))
        scene.loop = (await scene.lead.post("/v1/loops", json=body)).json()
    assert costs[0] == costs[2] < 22
    page = await board(service, scene, limit=2)
    rest = (await service.get(page["next"])).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)


@pytest.mark.parametrize("path", ["/v1/board", "/v1/board.atom", "/v1/board.json"])
async def test_the_board_of_all_needs_no_key(service: ServiceClient, publish: Publish, path: str) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    found = await service.get(path)
    assert found.status_code == 200
    assert scene.loop["id"] in found.text


async def test_a_loop_that_has_not_changed_is_not_sent_again(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    first = await service.get(scene.path)
    again = await service.get(scene.path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    # The same tag serves a change.
    match = {"If-Match": first.headers["ETag"]}
    assert (await scene.lead.post(f"{scene.path}/consideration", headers=match)).status_code == 200
