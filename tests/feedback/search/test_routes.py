"""Search: published words only, and never what is masked."""

from itertools import product
from typing import Any
from uuid import UUID

import pytest

from services.feedback.models import LoopCopy
from shared.ids import new_id
from tests.feedback.examples import a_footprint, give_feedback, moderate_feedback, tell, word
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient


async def ids_found_by(client: ServiceClient, words: str, **query: Any) -> list[str]:
    """The ids that a search finds."""
    answer = await client.get("/v1/search", params={"q": words, **query})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_words_are_found_once_they_are_published(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    unique = word()
    told = await give_feedback(
        trust, trust_id, text=f"The ramp {unique} was steep", answers=[{"text": "slippery"}]
    )
    assert await ids_found_by(trust, unique) == []
    shown = await moderate_feedback(trust, told)
    assert await ids_found_by(service, f"{unique} ramps") == [told["id"]]
    assert await ids_found_by(service, f"{unique} slippery") == [told["id"]]
    assert await ids_found_by(service, f"{unique} -ramp") == []
    await moderate_feedback(trust, shown, "withhold", reason="Sent by mistake.")
    assert await ids_found_by(service, unique) == []


async def test_what_is_masked_cannot_be_found_out(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    unique = word()
    await moderate_feedback(
        trust, await give_feedback(trust, trust_id, text=f"{unique} Mr Zebedee 943 476 5919")
    )
    assert await ids_found_by(service, f"{unique} Zebedee") == []
    assert await ids_found_by(service, f"{unique} 5919") == []


async def test_a_search_is_paged(service: ServiceClient, trust: ServiceClient, trust_id: UUID) -> None:
    unique = word()
    for _ in range(3):
        await moderate_feedback(trust, await give_feedback(trust, trust_id, text=unique))
    first = await service.get("/v1/search", params={"q": unique, "limit": 2})
    second = await service.get(first.json()["next"])
    assert [len(page.json()["items"]) for page in (first, second)] == [2, 1]


@pytest.mark.parametrize("words", ["((", "'\"&|!:*", "\\", "%", "-", '-"', '""'])
async def test_any_words_may_be_asked_for(service: ServiceClient, words: str) -> None:
    assert await ids_found_by(service, words) == []


@pytest.mark.parametrize("query", ["", "q=", f"q={'a' * 201}"])
async def test_a_search_needs_words(service: ServiceClient, query: str) -> None:
    answer = await service.get(f"/v1/search?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/q")


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("The doctor’s {} words", "doctor {}"),
        ("The doctor's {} words", "doctor’s {}"),
        ("“Kind” {}", "“kind” {}"),
        ("slow—really {}", "really {}"),
        ("care/treatment {}", "treatment {}"),
        ("It was good.Staff {}", "staff {}"),
        ("A&E {}", "A&E {}"),
        ("A and E {}", "a&e {}"),
        ("in A/E {}", "A & E {}"),
        ("R&D {}", "r&d {}"),
        ("n/a {}", "N/A {}"),
        ("They didn’t {}", "didnt {}"),
        ("They couldnt {}", "couldn't {}"),
        ("took co-codamol {}", "cocodamol {}"),
        ("took cocodamol {}", "co-codamol {}"),
        ("took co codamol {}", "co-codamol {}"),
        ("a follow up {}", "follow-up {}"),
        ("my well-being {}", "wellbeing {}"),
        ("covid19 {}", "covid-19 {}"),
        ("NHS111 {}", "111 {}"),
        ("500mg {}", "500 mg {}"),
        ("waited 2 hrs {}", "2hrs {}"),
        ("open 24/7 {}", "24/7 {}"),
        ("caf\u00e9 {}", "cafe {}"),
        ("naive {}", "na\u00efve {}"),
        ("out of hours {}", "“out of hours” {}"),
        ("was {}", "the {}"),
    ],
)
async def test_words_are_found_however_people_part_them(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID, said: str, asked: str
) -> None:
    unique = word()
    told = await give_feedback(trust, trust_id, text=said.format(unique))
    await moderate_feedback(trust, told)
    assert await ids_found_by(service, asked.format(unique)) == [told["id"]]


async def test_a_and_e_is_not_the_letter_e(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    unique = word()
    await moderate_feedback(trust, await give_feedback(trust, trust_id, text=f"vitamin E {unique}"))
    assert await ids_found_by(service, f"A&E {unique}") == []


async def test_common_words_count_in_a_phrase_and_alone(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id, text="I was not seen by them.")
    await moderate_feedback(trust, told)
    about = {"organisation": str(trust_id)}
    for words in ("not", "by them", '"not seen"', '"seen by"', "not or xylophone", "-xylophone"):
        assert await ids_found_by(service, words, **about) == [told["id"]], words
    for words in ('"was seen"', '"seen them"', "the", "-seen", '-"not seen"', "seen-by-whom"):
        assert await ids_found_by(service, words, **about) == [], words


async def test_what_is_not_wanted_is_not_found_in_any_spelling(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    for text in ("no x-ray came", "no xray came"):
        await moderate_feedback(trust, await give_feedback(trust, trust_id, text=text))
    about = {"organisation": str(trust_id)}
    assert await ids_found_by(service, "came -x-ray", **about) == []
    assert len(await ids_found_by(service, "came x-ray", **about)) == 2


async def test_each_condition_narrows_a_search(
    service: ServiceClient, trust: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    board = a_footprint()
    await tell(service, board)
    unique, theme = word(), {"code": "parking", "polarity": "negative"}
    told = await give_feedback(partner, trust_id, text=unique, themes=[theme], footprint=f"ods:{board.ods}")
    await moderate_feedback(trust, told)
    wanted = {"organisation": str(trust_id), "footprint": f"ods:{board.ods}", "kind": "comment"}
    wanted |= {"theme": "parking", "polarity": "negative", "since": told["received_at"]}
    wanted |= {"until": "2099-01-01T00:00Z"}
    assert await ids_found_by(service, unique, **wanted) == [told["id"]]
    assert await ids_found_by(service, unique, polarity="negative") == [told["id"]]
    for other in (
        {"kind": "story"},
        {"theme": "discharge"},
        {"polarity": "positive"},
        {"since": "2099-01-01T00:00Z"},
        {"until": told["received_at"]},
    ):
        assert await ids_found_by(service, unique, **wanted | other) == []
    unknown = await service.get("/v1/search", params={"q": "x", "footprint": "ods:NOBODY9"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "code_unknown")


async def test_highlights_are_places_in_the_masked_words(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    unique = word()
    text = f"<b>Doctors</b> at A & E, 07700 900123: {unique}! x-ray, staff."
    told = await give_feedback(trust, trust_id, text=text, answers=[{"text": f"The {unique}."}, {"score": 1}])
    await moderate_feedback(trust, told)
    asked: dict[str, str | bool] = {"q": f"{unique} doctor A&E xray -nurse", "highlights": True}
    (item,) = (await service.get("/v1/search", params=asked)).json()["items"]
    texts = {"/text": item["text"], "/answers/0/text": item["answers"][0]["text"]}
    marked = [(each["field"], texts[each["field"]][each["start"] : each["end"]]) for each in item["found"]]
    assert "[phone number]" in item["text"]
    assert marked == [
        ("/text", "b>Doctors</b"),
        ("/text", "A & E"),
        ("/text", unique),
        ("/text", "x-ray"),
        ("/answers/0/text", unique),
    ]
    (plain,) = (await service.get("/v1/search", params={"q": unique})).json()["items"]
    assert plain["found"] is None


async def test_a_search_shows_what_was_done(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    unique = word()
    told = await give_feedback(trust, trust_id, text=unique)
    await moderate_feedback(trust, told)
    public, draft = (
        LoopCopy(
            id=new_id(),
            sequence=1,
            state=state,
            answer="will_do" if state == "decided" else None,
            demonstration=False,
            organisation_id=trust_id,
            feedback_ids=[UUID(told["id"]), new_id()],
        )
        for state in ("decided", "draft")
    )
    async with service.state.sessions.begin() as session:
        session.add_all([public, draft])
    (item,) = (await service.get("/v1/search", params={"q": unique})).json()["items"]
    assert item["answered_by"] == [
        {
            "loop_id": str(public.id),
            "state": "decided",
            "answer": "will_do",
            "closed_as": None,
            "judged_by": None,
            "demonstration": False,
            "organisation_id": str(trust_id),
            "footprint_id": None,
        }
    ]


async def test_a_search_costs_one_statement_once_its_words_are_known(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    unique = word()
    await moderate_feedback(trust, await give_feedback(trust, trust_id, text=unique))
    costs = []
    for query in (f"q={unique}", f"q={unique}", f"q={unique}&highlights=true"):
        with counted_statements(service, monkeypatch) as executed:
            assert (await service.get(f"/v1/search?{query}")).status_code == 200
        costs.append(len(executed))
    assert costs == [2, 1, 2]


async def test_the_longest_words_can_be_published_and_their_beginning_is_found(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    # Each word is another one, and has a hyphen: they would take more than the database keeps of a row.
    words = ["".join(letters) for letters in product("abcdefghijklmnopqr", repeat=4)]
    long = [" ".join(f"{one}-{one}z" for one in words[n * 900 : n * 900 + 900]) for n in range(50)]
    told = await give_feedback(trust, trust_id, text=None, answers=[{"text": text} for text in long])
    await moderate_feedback(trust, told)
    about = {"organisation": str(trust_id)}
    assert await ids_found_by(service, words[5], **about) == [told["id"]]
    assert await ids_found_by(service, words[44_000], **about) == []
