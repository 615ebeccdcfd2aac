"""What stewards change about a body costs few statements, however much is known of it."""

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.writes import WHY, steward, version_of


@pytest.mark.parametrize(
    ("path", "name", "most"),
    [
        ("/v1/organisations/ods:RX6", "North East Ambulance (corrected)", 12),
        ("/v1/footprints/ods:QHM", "NHS North East and North Cumbria (corrected)", 12),
    ],
)
async def test_correcting_a_name_costs_few_statements(
    registry: ServiceClient, path: str, name: str, most: int
) -> None:
    client, found = steward(registry), (await registry.get(path)).json()
    own = f"{path.rpartition('/')[0]}/{found['id']}"
    headers = {"If-Match": await version_of(client, own), "Idempotency-Key": str(new_id())}
    with statements(registry) as sent:
        corrected = await client.post(
            f"{own}/corrections", json=WHY | {"fact": "name", "value": name}, headers=headers
        )
    assert corrected.json()["name"] == name, corrected.text
    assert len(sent) <= most, "\n".join(sent)
