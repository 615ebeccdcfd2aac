"""Search: published words only, and never what is masked."""

from typing import Any
from uuid import UUID

import pytest

from tests.feedback.examples import give_feedback, moderate_feedback, word
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


@pytest.mark.parametrize("words", ["((", "'\"&|!:*", "the", "\\", "%"])
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
