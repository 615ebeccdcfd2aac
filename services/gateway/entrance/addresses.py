"""Where a request comes from: the peer, or the address that a trusted proxy names."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

from services.gateway.settings import Networks
from shared.clock import today
from shared.secrets import derive, key_of

UNKNOWN = "unknown"
# To read an address costs more than to find out who sends a request, so those read last are kept.
ADDRESSES_KEPT, CHARS_MAX = 10_000, 64
# Providers give one line a whole /64, so counting single addresses would limit nobody.
IPV6_LINE = 64
# After so many days a network has another mark, so that nobody can follow it for longer.
MARK_DAYS = 30
# An address as proxies write it: an IPv6 one may stand in brackets, and a port may follow.
WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")


def client_address(scope: Scope, trusted: Networks) -> str:
    """The address of the nearest party that is not a proxy we trust."""
    peer = plain_address(scope["client"][0]) if scope.get("client") else UNKNOWN
    if not trusted:
        return peer
    hops = [peer, *reversed(forwarded_addresses(scope["headers"]))]
    return next((hop for hop in hops if not is_within(hop, trusted)), hops[-1])


def forwarded_addresses(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The addresses that proxies added, the first client first."""
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    written = [part.strip()[:CHARS_MAX] for line in lines for part in line.split(",")]
    return [plain_address(each) for each in written if each]


@lru_cache(ADDRESSES_KEPT)
def plain_address(written: str) -> str:
    """An address without brackets, port or zone, IPv4 within IPv6 as IPv4; what is none stays as it is."""
    if parts := WITH_PORT.fullmatch(written):
        written = parts["six"] or parts["four"]
    found = read_address(written)
    return str(found) if found else written


@lru_cache(ADDRESSES_KEPT)
def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is; None when it is none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks; anything that is no address is in none."""
    found = read_address(address)
    return found is not None and any(found in network for network in networks)


def line_of_address(address: str) -> str:
    """What a limit counts for an address: the address itself, or the /64 network of an IPv6 address."""
    return network_within(address, 32, IPV6_LINE).removesuffix("/32")


def network_of_address(address: str) -> str:
    """As much of an address as we keep, and what one person may have alone: a /24, or a /48 of IPv6."""
    return network_within(address, 24, 48)


def mark_of_network(seal_key: str, address: str) -> str:
    """A mark by which a service tells networks apart: it cannot learn which network it is."""
    period = str(today().toordinal() // MARK_DAYS)
    return derive(key_of(seal_key), "network", period, network_of_address(address)).hex()[:32]


@lru_cache(ADDRESSES_KEPT)
def network_within(address: str, bits: int, bits_of_six: int) -> str:
    """The network of an address, with as many bits of an IPv4 address, or of an IPv6 one."""
    found = read_address(address)
    if found is None:
        return UNKNOWN
    return str(ip_network((found, bits_of_six if isinstance(found, IPv6Address) else bits), strict=False))
