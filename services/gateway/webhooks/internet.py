"""Which addresses are on the open internet, by our own table: what Python knows differs by its version.

The table follows the IANA registries of special-purpose addresses (RFC 6890, RFC 8190), with all that they
held up to RFC 9780 of 2025, and of multicast. It also refuses what they list as reachable: nobody receives
webhooks there. The test has the registries entry by entry: add a new entry there.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL_IPV4 = (
    IPv4Network("0.0.0.0/8"),  # this network (RFC 791)
    IPv4Network("10.0.0.0/8"),  # private (RFC 1918)
    IPv4Network("100.64.0.0/10"),  # shared address space (RFC 6598)
    IPv4Network("127.0.0.0/8"),  # loopback (RFC 1122)
    IPv4Network("169.254.0.0/16"),  # link-local (RFC 3927), where clouds answer their machines
    IPv4Network("172.16.0.0/12"),  # private (RFC 1918)
    IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890)
    IPv4Network("192.0.2.0/24"),  # documentation (RFC 5737)
    IPv4Network("192.31.196.0/24"),  # AS112 (RFC 7535)
    IPv4Network("192.52.193.0/24"),  # AMT (RFC 7450)
    IPv4Network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    IPv4Network("192.168.0.0/16"),  # private (RFC 1918)
    IPv4Network("192.175.48.0/24"),  # AS112 (RFC 7534)
    IPv4Network("198.18.0.0/15"),  # benchmarking (RFC 2544)
    IPv4Network("198.51.100.0/24"),  # documentation (RFC 5737)
    IPv4Network("203.0.113.0/24"),  # documentation (RFC 5737)
    IPv4Network("224.0.0.0/4"),  # multicast (RFC 5771)
    IPv4Network("240.0.0.0/4"),  # reserved, and broadcast (RFC 1112, RFC 919)
    IPv4Network("168.63.129.16/32"),  # the host of a virtual machine at Azure: in no registry
)
# All that IANA gives out for the internet. Loopback, unique local (fc00::/7), link-local (fe80::/10),
# site-local (fec0::/10), multicast (ff00::/8), discard and dummy (100::/63), segment routing (5f00::/16),
# IPv4 as written at first (::/96) and translated (::ffff:0:0:0/96, 64:ff9b:1::/48) are outside it.
GLOBAL_IPV6 = IPv6Network("2000::/3")
SPECIAL_IPV6 = (
    IPv6Network("2001::/23"),  # protocol assignments (RFC 2928): Teredo, benchmarking, ORCHID and others
    IPv6Network("2001:db8::/32"),  # documentation (RFC 3849)
    IPv6Network("2002::/16"),  # 6to4 (RFC 3056)
    IPv6Network("2620:4f:8000::/48"),  # AS112 (RFC 7534)
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)
# The last 32 bits are an IPv4 address, which decides: mapped (RFC 4291), and NAT64 (RFC 6052).
IPV4_WITHIN = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
# So it is where a tunnel within a site (ISATAP, RFC 5214) has written it behind this.
ISATAP = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address in network for network in networks)


def ipv4_behind(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, otherwise the address itself."""
    if isinstance(address, IPv6Address) and is_within(address, IPV4_WITHIN):
        return IPv4Address(address.packed[-4:])
    return address


def is_public(address: Address) -> bool:
    """Whether an address is on the open internet."""
    if isinstance(address, IPv6Address) and address.scope_id:
        return False
    found = ipv4_behind(address)
    if isinstance(found, IPv4Address):
        return not is_within(found, SPECIAL_IPV4)
    if found.packed[8:12] in ISATAP and not is_public(IPv4Address(found.packed[-4:])):
        return False
    return found in GLOBAL_IPV6 and not is_within(found, SPECIAL_IPV6)
