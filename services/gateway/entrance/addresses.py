"""Where a request comes from: the peer, or the address that a trusted proxy names."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import Scope

from services.gateway.settings import Networks

UNKNOWN = "unknown"
# Providers give one line a whole /64, so counting single addresses would limit nobody.
IPV6_LINE = 64


def client_address(scope: Scope, trusted: Networks) -> str:
    """The address of the nearest party that is not a proxy we trust."""
    peer = scope["client"][0] if scope.get("client") else UNKNOWN
    if not trusted:
        return peer
    hops = [peer, *reversed(forwarded_addresses(scope["headers"]))]
    return next((hop for hop in hops if not is_within(hop, trusted)), hops[-1])


def forwarded_addresses(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The addresses that proxies added, the first client first."""
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return [part.strip() for line in lines for part in line.split(",") if part.strip()]


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks; anything that is no address is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def line_of_address(address: str) -> str:
    """What a limit counts for an address: the address itself, or the /64 network of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN
    return str(ip_network((found, IPV6_LINE), strict=False)) if isinstance(found, IPv6Address) else address


def network_of_address(address: str) -> str:
    """As much of an address as the audit keeps: a /24, or a /48 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN
    return str(ip_network((found, 48 if isinstance(found, IPv6Address) else 24), strict=False))
