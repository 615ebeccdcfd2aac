"""Which addresses are on the open internet: compared with the registries themselves, entry by entry."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest

from services.gateway.webhooks.internet import SPECIAL_IPV4, SPECIAL_IPV6, is_public

# IANA's registries of special-purpose addresses as RFC 6890 and RFC 8190 lay them out, with all that was
# registered up to RFC 9780 (2025), and of multicast; and what RFC 4291 sets aside. In the registries' order.
REGISTRIES = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24
    192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32

    ::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128
    2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
    2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/96
"""
REGISTERED = [ip_network(each) for each in REGISTRIES.split()]
# What an IPv4 address stands behind: mapped, NAT64 (two), ISATAP (two), as at first, translated.
WRITTEN_IN_IPV6 = (
    "::ffff:0:0",
    "64:ff9b::",
    "64:ff9b:1::",
    "2606:4700::5efe:0:0",
    "2606:4700::200:5efe:0:0",
    "::",
    "::ffff:0:0:0",
)


def written_in_ipv6(address: IPv4Address) -> Iterator[IPv6Address]:
    """Yield an IPv4 address in each way in which an IPv6 address may lead to it."""
    number = int(address)
    yield from (IPv6Address(int(IPv6Address(prefix)) | number) for prefix in WRITTEN_IN_IPV6)
    yield IPv6Address(0x2002 << 112 | number << 80)
    yield IPv6Address(0x2001 << 112 | (number ^ 0xFFFFFFFF))


@pytest.mark.parametrize("network", REGISTERED, ids=str)
def test_nothing_that_is_registered_is_public(network: IPv4Network | IPv6Network) -> None:
    for address in (network[0], network[network.num_addresses // 2], network[-1]):
        assert not is_public(address)
        if isinstance(address, IPv4Address):
            assert [each for each in written_in_ipv6(address) if is_public(each)] == []


@pytest.mark.parametrize("network", [*SPECIAL_IPV4, *SPECIAL_IPV6], ids=str)
def test_a_network_of_the_table_is_registered(network: IPv4Network | IPv6Network) -> None:
    in_no_registry = ip_network("168.63.129.16/32")
    assert network in (*REGISTERED, in_no_registry)


@pytest.mark.parametrize("network", [*SPECIAL_IPV4, *SPECIAL_IPV6], ids=str)
def test_what_lies_beside_a_network_of_the_table_is_public(network: IPv4Network | IPv6Network) -> None:
    for neighbour in (int(network[0]) - 1, int(network[-1]) + 1):
        if neighbour not in range(2**network.max_prefixlen):
            continue
        address = type(network[0])(neighbour)
        is_registered = any(address in each for each in REGISTERED)
        is_given_out = address.version == 4 or address in ip_network("2000::/3")
        assert is_public(address) is (is_given_out and not is_registered)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "192.88.99.1",
        "168.63.129.16",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2606:4700::1%1",
        "192.0.0.192",
        "192.31.196.1",
        "192.52.193.1",
        "192.175.48.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "100::1",
        "2001:2::1",
        "2001:20::1",
        "2001:1::1",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
        "::ffff:0:93.184.216.34",
        "64:ff9b::c612:1",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:169.254.169.254",
    ],
)
def test_what_is_not_the_open_internet(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860::1",
        "2003::1",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
        "2606:4700::5efe:93.184.216.34",
    ],
)
def test_what_is(address: str) -> None:
    assert is_public(ip_address(address))
