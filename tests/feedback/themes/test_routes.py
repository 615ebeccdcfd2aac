"""The taxonomy over HTTP."""

from tests.fixtures.clients import ServiceClient


async def test_anybody_may_read_it(service: ServiceClient) -> None:
    listed = (await service.get("/v1/themes")).json()
    assert (len(listed["items"]), listed["next"]) == (43, None)
    assert listed["items"][-1]["mental_health_only"] is True


async def test_an_earlier_version_says_what_each_is_called_today(service: ServiceClient) -> None:
    items = (await service.get("/v1/themes", params={"version": "v6"})).json()["items"]
    crosswalks = {each["code"]: each["crosswalk"] for each in items}
    assert len(crosswalks) == 50
    reading = "our reading of the v7 definition"
    assert crosswalks["care_plans"] == []
    assert crosswalks["staff_responsiveness"] == [
        {"version": "v7", "code": "staffing_levels_and_responsiveness", "mapping": reading}
    ]
    refused = await service.get("/v1/themes", params={"version": "v5"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/version")
