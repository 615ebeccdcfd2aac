"""Which addresses webhooks may be sent to."""

import socket
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.gateway.errors import AddressRefused
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.sending import AttemptOutcome, open_sender
from tests.gateway.webhooks.subscribers import Subscriber

LOOPBACK = (ip_network("127.0.0.0/8"),)
PUBLIC = "93.184.216.34"


class Names(AbstractResolver):
    """Stands for the DNS of the internet, which tests do not reach; the last answer is given for ever."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = answers

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 -- the signature is aiohttp's
    ) -> list[ResolveResult]:
        """The next answer for a name; OSError when it has none."""
        label = host.split(".")[0]
        if label not in self.answers:
            raise OSError("no such name")
        answers = self.answers[label]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:a00:1]/",
        "https://localhost/",
        "https://hook.example.org./",
        "https://①②⑦.⓪.⓪.①/",
        "https://exämple.org/",
        "https://example.org%2f@127.0.0.1/",
        "https://user:secret@example.org/",
        "https://user@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org /",
        "https://example.org/\n",
        "https://[::1/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https:///path",
        "https://",
        "example.org",
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org/",
        "https://example.org/#part",
        "https://-bad-.org/",
        "https://a..b/",
        "https://example.org:22/",
        f"http://{PUBLIC}/",
        "https://example.org/" + "x" * 2000,
    ],
)
async def test_an_address_is_refused_when_the_endpoint_is_made(url: str) -> None:
    guard = AddressGuard((), Names(example=[PUBLIC], localhost=["127.0.0.1"], hook=[PUBLIC]))
    with pytest.raises(AddressRefused) as refusal:
        await guard.check(url)
    assert [error.pointer for error in refusal.value.errors] == ["/url"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?key=1",
        "https://example.org:443/",
        "https://example.org:8443/",
        f"https://{PUBLIC}/",
        "https://[2606:4700::1111]/",
        "https://not-in-dns-yet.org/",
        "HTTPS://EXAMPLE.ORG/",
        "https://hooks_in.example.org/",
    ],
)
async def test_an_address_of_the_internet_passes(url: str) -> None:
    await AddressGuard((), Names(example=[PUBLIC])).check(url)


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        await AddressGuard((), Names(inside=[address])).check("https://inside.example.org/")


async def test_the_real_resolver_is_asked() -> None:
    with pytest.raises(AddressRefused):
        await AddressGuard(()).check("https://localhost/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80/", "http://localhost:8000/", "https://[::ffff:127.0.0.1]/"]
)
async def test_allowed_networks_may_be_reached_without_https(url: str) -> None:
    await AddressGuard(LOOPBACK, Names(localhost=["127.0.0.1"])).check(url)


async def test_an_allowed_network_opens_no_other() -> None:
    with pytest.raises(AddressRefused):
        await AddressGuard(LOOPBACK).check("http://10.0.0.1/")


async def send_webhook(guard: AddressGuard, url: str) -> AttemptOutcome:
    """The result of sending to an address, whatever was checked before."""
    async with open_sender(guard, 5) as to:
        return await to.post(url, "{}", {})


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost"])
async def test_the_connection_is_refused_too(host: str, subscriber: Subscriber) -> None:
    port = urlsplit(subscriber.url).port
    for scheme in ("http", "https"):
        assert (await send_webhook(AddressGuard(()), f"{scheme}://{host}:{port}/")).error == "address_refused"
    assert not subscriber.received


async def test_a_name_that_changes_after_the_check_gains_nothing(subscriber: Subscriber) -> None:
    guard = AddressGuard((), Names(rebound=[PUBLIC, "127.0.0.1"]))
    url = subscriber.url.replace("http://127.0.0.1", "https://rebound.example.org")
    await guard.check(url)
    assert (await send_webhook(guard, url)).error == "address_refused"
    assert not subscriber.received


async def test_no_cleartext_to_a_name_that_left_the_allowed_networks(subscriber: Subscriber) -> None:
    guard = AddressGuard(LOOPBACK, Names(moving=["127.0.0.1", PUBLIC]))
    url = subscriber.url.replace("127.0.0.1", "moving.example.org")
    await guard.check(url)
    assert (await send_webhook(guard, url)).error == "address_refused"


async def test_the_name_is_connected_to_where_it_was_checked(subscriber: Subscriber) -> None:
    guard = AddressGuard(LOOPBACK, Names(inside=["127.0.0.1"]))
    url = subscriber.url.replace("127.0.0.1", "inside.example.org")
    assert (await send_webhook(guard, url)).status == 200
    assert subscriber.received[0].headers["host"].startswith("inside.example.org")


async def test_a_redirect_to_the_metadata_service_is_not_followed(subscriber: Subscriber) -> None:
    subscriber.status, subscriber.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}
    outcome = await send_webhook(AddressGuard(LOOPBACK), subscriber.url)
    assert (outcome.status, outcome.error) == (302, "redirect")
    assert len(subscriber.received) == 1
