"""The taxonomy over HTTP."""

from tests.fixtures.clients import ServiceClient


async def test_anybody_may_read_it(service: ServiceClient) -> None:
    listed = (await service.get("/v1/themes")).json()
    assert (len(listed["items"]), listed["next"]) == (43, None)
    assert listed["items"][-1]["mental_health_only"] is True
