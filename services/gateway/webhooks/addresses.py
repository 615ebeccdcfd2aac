"""Which addresses webhooks may be sent to: checked when an endpoint is saved, and again at each connection.

The second check is made on the very address that is connected to, so a name that resolves to another address
by then (DNS rebinding) gains nothing.
"""

import asyncio
import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from services.gateway.errors import AddressRefused
from services.gateway.webhooks.internet import Address, Network, ipv4_behind, is_public, is_within
from services.gateway.webhooks.resolving import NameResolver
from shared.errors import FieldError

AddrInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

URL_CHARACTERS_MAX = 2000
RESOLVING_SECONDS = 2.0
PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
# With a last label like these the whole name is read as an IPv4 address (WHATWG URL §3.5).
NUMERIC = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


class ConnectionRefusedByUs(OSError):
    """Raised instead of connecting to an address that webhooks are not sent to."""


def address_refused(detail: str) -> AddressRefused:
    """The problem with an endpoint's address."""
    return AddressRefused(errors=[FieldError(pointer="/url", detail=detail)])


def split_url(url: str) -> SplitResult:
    """Split an address; AddressRefused unless it is written plainly enough to be read in one way only."""
    if len(url) > URL_CHARACTERS_MAX or not PLAIN.fullmatch(url):
        raise address_refused("must be up to 2,000 printable ASCII characters without spaces or backslashes")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise address_refused("is not a valid address") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise address_refused("must begin with https:// and name a host")
    if "@" in parts.netloc or parts.fragment:
        raise address_refused("must not contain a user name, a password or a fragment")
    return parts


def address_in_host(host: str) -> Address | None:
    """The address that a host is written as; None for a name; AddressRefused for anything odd."""
    try:
        return ip_address(host)
    except ValueError:
        labels = host.split(".")
        if NUMERIC.fullmatch(labels[-1]) or not all(LABEL.fullmatch(label) for label in labels):
            raise address_refused("must name its host plainly: a DNS name without a dot at its end") from None
        return None


class AddressGuard:
    """Decides which addresses may be connected to: public ones, and those of the allowed networks."""

    def __init__(self, allowed: Iterable[Network], resolver: AbstractResolver | None = None) -> None:
        self.allowed = tuple(allowed)
        self.resolver = resolver or NameResolver()

    def is_allowed(self, address: Address) -> bool:
        """Whether the address is within the allowed networks."""
        return is_within(ipv4_behind(address), self.allowed)

    def may_reach(self, address: Address) -> bool:
        """Whether webhooks may connect to the address."""
        return self.is_allowed(address) or is_public(address)

    async def check(self, url: str) -> None:
        """Refuse an endpoint's address with AddressRefused; a name that has no address yet passes."""
        parts = split_url(url)
        host = str(parts.hostname)
        literal = address_in_host(host)
        addresses = [literal] if literal else await self.addresses_of(host)
        if not all(map(self.may_reach, addresses)):
            raise address_refused("leads to an address that is not on the open internet")
        if addresses and all(map(self.is_allowed, addresses)):
            return
        if parts.scheme != "https":
            raise address_refused("must begin with https://")
        if parts.port is not None and parts.port != 443 and parts.port < 1024:
            raise address_refused("must use port 443, or 1024 and above")

    async def addresses_of(self, host: str) -> list[Address]:
        """The addresses that a name resolves to now; none when it does not resolve."""
        try:
            async with asyncio.timeout(RESOLVING_SECONDS):
                found = await self.resolver.resolve(host, 0, family=socket.AF_UNSPEC)
        except (OSError, TimeoutError):
            return []
        return [ip_address(result["host"]) for result in found]

    def connector(self, *, cleartext: bool) -> aiohttp.TCPConnector:
        """A connector that goes only where this guard lets it; in cleartext only to allowed networks."""
        may_connect = self.is_allowed if cleartext else self.may_reach

        def guarded_socket(info: AddrInfo) -> socket.socket:
            family, kind, protocol, _, (host, *_) = info
            if not may_connect(ip_address(host)):
                raise ConnectionRefusedByUs("webhooks are not sent to this address")
            return socket.socket(family, kind, protocol)

        return aiohttp.TCPConnector(
            limit=0, resolver=self.resolver, use_dns_cache=False, socket_factory=guarded_socket
        )
