"""Which services learn from which network a request comes, and as what."""

import pytest

from tests.gateway.gateways import Gateways

SUGGESTING = ("/v1/footprints/ods:QHM/suggestions", "/v1/organisations/ods:RX6/suggestions")


@pytest.mark.parametrize("path", SUGGESTING)
async def test_suggestions_carry_the_mark_of_their_network_whatever_they_say(
    gateways: Gateways, path: str
) -> None:
    gateway = await gateways.start(trusted_proxies="127.0.0.0/8")
    for address, forged in (("192.0.2.1", "a"), ("192.0.2.2", "b"), ("198.51.100.1", "a")):
        headers = {"X-Forwarded-For": address, "Doorway-Network": forged, "X-Doorway-Network": forged}
        await gateway.post(path, json={}, headers=headers)
    # `header` fails when there are two of them.
    one, same, other = [each.header("doorway-network") for each in gateways.upstream.reached]
    assert one == same != other
    assert not {"a", "b", None} & {one, other}
    sent = [value for each in gateways.upstream.reached for _, value in each.headers]
    assert not [value for value in sent if "192.0.2" in value or "198.51.100" in value]


@pytest.mark.parametrize("path", ["/v1/footprints", "/v1/suggestions/lookup", "/v1/hooks/abc"])
async def test_no_other_route_learns_of_networks(gateways: Gateways, path: str) -> None:
    gateway = await gateways.start()
    await gateway.post(path, json={}, headers={"Doorway-Network": "forged"})
    assert gateways.upstream.reached[0].header("doorway-network") is None
