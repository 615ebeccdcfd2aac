import base64
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from services.gateway.entrance.addresses import (
    client_address,
    line_of_address,
    mark_of_network,
    network_of_address,
)
from shared.clock import clock

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return {"client": (peer, 1234) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("request_scope", "address"),
    [
        (scope("192.0.2.7"), "192.0.2.7"),
        (scope("192.0.2.7", "198.51.100.1"), "192.0.2.7"),
        (scope("10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (scope("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        (scope("10.0.0.1", "203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        (scope("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"),
        (scope("10.0.0.1", "nonsense"), "nonsense"),
        (scope("fd00::1", "2001:db8::1"), "2001:db8::1"),
        (scope("10.0.0.1"), "10.0.0.1"),
        (scope("10.0.0.1", "198.51.100.1:443"), "198.51.100.1"),
        (scope("10.0.0.1", "203.0.113.9:1, 10.0.0.2:8080"), "203.0.113.9"),
        (scope("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1"),
        (scope("10.0.0.1", "[2001:db8::1]"), "2001:db8::1"),
        (scope("::ffff:10.0.0.1", "::ffff:198.51.100.1"), "198.51.100.1"),
        (scope("::ffff:192.0.2.7", "198.51.100.1"), "192.0.2.7"),
        (scope("10.0.0.1", "198.51.100.1:port"), "198.51.100.1:port"),
        (scope(None), "unknown"),
    ],
)
def test_only_trusted_proxies_are_believed(request_scope: dict[str, Any], address: str) -> None:
    assert client_address(request_scope, PROXIES) == address


def test_without_trusted_proxies_nothing_forwarded_is_believed() -> None:
    assert client_address(scope("10.0.0.1", "198.51.100.1"), ()) == "10.0.0.1"


def test_a_line_is_counted_once() -> None:
    assert (
        line_of_address("2001:db8:1:2:3:4:5:6") == line_of_address("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    )
    assert line_of_address("192.0.2.7") == line_of_address("::ffff:192.0.2.7") == "192.0.2.7"
    assert line_of_address("fe80::1%eth0") == "fe80::/64"
    assert line_of_address("nonsense") == "unknown"


def test_the_audit_keeps_networks_only() -> None:
    assert network_of_address("192.0.2.7") == "192.0.2.0/24"
    assert network_of_address("2001:db8:1:2::1") == "2001:db8:1::/48"
    assert network_of_address("nonsense") == "unknown"


KEY, OTHER_KEY = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.200", True),
        ("192.0.2.7", "::ffff:192.0.2.200", True),
        ("2001:db8:1:200::1", "2001:db8:1:2ff:a:b:c:d", True),
        ("2001:db8:1:200::1", "2001:db8:1:300::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("192.0.2.7", "198.51.100.7", False),
        ("nonsense", "other nonsense", True),
    ],
)
def test_a_network_has_one_mark_however_many_addresses(one: str, other: str, is_same: bool) -> None:
    assert (mark_of_network(KEY, one) == mark_of_network(KEY, other)) is is_same


def test_only_who_has_the_key_can_make_a_mark() -> None:
    mark = mark_of_network(KEY, "192.0.2.7")
    assert mark != mark_of_network(OTHER_KEY, "192.0.2.7")
    assert len(mark) == 32


def test_the_mark_of_a_network_lasts_30_days(monkeypatch: pytest.MonkeyPatch) -> None:
    start, marks = clock.now(), []
    for days in range(90):
        monkeypatch.setattr(clock, "source", lambda days=days: start + timedelta(days=days))
        marks.append(mark_of_network(KEY, "192.0.2.7"))
    assert max(map(marks.count, marks)) == 30
    assert len(set(marks)) in (3, 4)
