"""Who is who: one body keeps its id through names, codes and boundaries, and one code never means two."""

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.footprints.test_routes import listed

EDITIONS = {"2022-07-01": "ICB2022", "2023-04-01": "ICB2023", "2026-04-01": "ICB2026"}


async def test_a_board_of_2022_2023_and_2026_with_one_ods_code_is_one_body(registry: ServiceClient) -> None:
    by_day = {}
    for day, edition in EDITIONS.items():
        found = await listed(registry, "/v1/footprints", as_of=day, edition="ICB", limit=200)
        assert {each["edition"] for each in found} == {edition}
        by_day[day] = {each["codes"]["ods"]: each["id"] for each in found}
    first, second, third = by_day.values()
    assert first == second
    stayed = set(second) & set(third)
    assert stayed
    assert {third[code] for code in stayed} == {second[code] for code in stayed}
    assert not {third[code] for code in set(third) - stayed} & set(second.values())


async def test_a_board_that_grew_is_the_same_with_a_new_boundary_and_code(registry: ServiceClient) -> None:
    before = (await registry.get("/v1/footprints/ods:QRL?as_of=2026-03-31")).json()
    after = (await registry.get("/v1/footprints/ods:QRL?as_of=2026-04-01")).json()
    assert before["id"] == after["id"]
    assert (before["edition"], before["codes"]["ons"]) == ("ICB2023", "E54000042")
    assert (after["edition"], after["codes"]["ons"]) == ("ICB2026", "E54000067")
    assert before["residents"] != after["residents"]
    assert before["valid_from"] == after["valid_from"] == "2022-07-01"
    for code in ("E54000042", "E54000067"):
        assert (await registry.get(f"/v1/footprints/ons:{code}")).json()["id"] == before["id"]


async def test_a_code_in_two_families_means_the_body_of_the_day(registry: ServiceClient) -> None:
    then = (await registry.get("/v1/footprints/ons:E54000024?as_of=2016-04-01")).json()
    now = (await registry.get("/v1/footprints/ons:E54000024")).json()
    assert (then["kind"], then["name"]) == ("stp", "Milton Keynes, Bedfordshire and Luton")
    assert now["kind"] == "icb"
    assert then["id"] != now["id"]
    for found in (then, now):
        by_id = (await registry.get(f"/v1/footprints/{found['id']}?as_of={found['as_of']}")).json()
        assert by_id == found


@pytest.mark.parametrize(
    ("edition", "kind", "day"),
    [
        ("STP", "stp", None),
        ("icb", "icb", None),
        ("STP2016", "stp", "2016-03-15"),
        ("ICB2023", "icb", "2023-04-01"),
    ],
)
async def test_an_edition_says_whose_code_is_meant(
    registry: ServiceClient, edition: str, kind: str, day: str | None
) -> None:
    answer = await registry.get("/v1/footprints/ons:E54000024", params={"edition": edition})
    found = answer.json()
    assert found["kind"] == kind
    assert day is None or found["as_of"] == day


async def test_no_code_means_two_bodies_on_a_day(registry: ServiceClient) -> None:
    for day in ("2016-04-01", "2018-06-08", "2021-04-01", *EDITIONS):
        found = await listed(registry, "/v1/footprints", as_of=day, limit=200)
        for scheme in ("ods", "ons"):
            codes = [each["codes"][scheme] for each in found]
            assert len(set(codes)) == len(codes)


async def test_organisations_have_families_too(registry: ServiceClient) -> None:
    for edition in ("ccg", "sub_icb_location"):
        found = await registry.get("/v1/organisations/ods:00L", params={"edition": edition})
        assert found.json()["kind"] == edition
    nobody = await registry.get("/v1/organisations/ods:00L", params={"edition": "gp_practice"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")
    assert "No organisation has this id or code" in nobody.json()["detail"]
    unknown = await registry.get("/v1/organisations/ods:00L", params={"edition": "STP1999"})
    assert unknown.json()["errors"][0]["pointer"] == "/query/edition"


async def test_what_a_footprint_was_said_to_be_is_told_with_its_doors(registry: ServiceClient) -> None:
    history = await listed(registry, "/v1/footprints/ods:QYG/history", edition="STP")
    at = history[0]["recorded_at"]
    query = {"as_of": "2019-06-01", "known_at": at}
    then = (await registry.get("/v1/footprints/ods:QYG", params=query)).json()
    now = (await registry.get("/v1/footprints/ods:QYG", params={"as_of": "2019-06-01"})).json()
    assert then == now
    assert then["leaders"]
    before = await registry.get("/v1/footprints/ods:QYG", params=query | {"known_at": "2020-01-01T00:00:00Z"})
    assert (before.status_code, before.json()["code"]) == (404, "not_known_then")
