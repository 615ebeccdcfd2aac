"""The whole stack: every process ready, watched, and with no more rights and settings than its own."""

import signal

import httpx2
import psutil
import pytest

from deploy.keys import SERVICES
from deploy.local.ports import read_ports
from shared.ids import new_id
from tests.fixtures.homes import eventually
from tests.fixtures.stack import Stack
from tests.shared.servers import exchange

GET_LIVEZ = b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n"
NAMES = {"postgres", "nats", *(f"{service}-{kind}" for service in SERVICES for kind in ("api", "worker"))}


def ready(stack: Stack) -> set[str]:
    """The names of the processes that are ready."""
    return {name for name, each in stack.state().processes.items() if each.ready}


def test_two_servers_and_eight_processes_are_ready(stack: Stack) -> None:
    assert ready(stack) == NAMES
    assert httpx2.get(f"{stack.gateway_url}/readyz").status_code == 200


def test_a_service_that_dies_is_back_and_the_others_stay(own_stack: Stack) -> None:
    before = {name: own_stack.pid(name) for name in NAMES}
    psutil.Process(before["loop-api"]).send_signal(signal.SIGKILL)
    eventually(
        lambda: own_stack.state().processes["loop-api"].restarts == 1 and ready(own_stack) == NAMES, 60
    )
    changed = {name for name in NAMES if own_stack.pid(name) != before[name]}
    assert changed == {"loop-api"}


def test_a_process_sees_no_settings_of_another_service(stack: Stack) -> None:
    for service in SERVICES:
        seen = psutil.Process(stack.pid(f"{service}-api")).environ()
        others = [other.upper() for other in SERVICES if other != service]
        foreign = [name for name in seen if name.startswith(tuple(f"{other}_" for other in others))]
        assert foreign == []
        assert f"{service.upper()}_MIGRATION_URL" not in seen


def test_each_worker_is_at_work_as_its_own_user_at_the_broker(stack: Stack) -> None:
    url = f"http://127.0.0.1:{read_ports(stack.home)['nats_monitoring']}/connz?auth=true"
    users = {each["name"]: each["authorized_user"] for each in httpx2.get(url).json()["connections"]}
    assert {name: users[name] for name in users if name.endswith(" worker")} == {
        f"{service} worker": service for service in SERVICES
    }
    for service in SERVICES:
        log = stack.home.log_of(f"{service}-worker").read_text()
        assert "worker_ready" in log
        # What the broker says when it refuses a subject.
        assert "broker_trouble" not in log


def test_every_process_tells_its_metrics_on_a_port_of_its_own(stack: Stack) -> None:
    ports = read_ports(stack.home)
    for process in (name for service in SERVICES for name in (service, f"{service}_worker")):
        told = httpx2.get(f"http://127.0.0.1:{ports[f'{process}_metrics']}/metrics").text
        assert "doorway_" in told
    for service in SERVICES:
        assert httpx2.get(f"http://127.0.0.1:{ports[service]}/metrics").status_code == 404


@pytest.mark.parametrize("service", SERVICES)
async def test_every_api_takes_the_body_of_who_offers_another_protocol(stack: Stack, service: str) -> None:
    port = read_ports(stack.home)[service]
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    head = b"POST /v1/nowhere HTTP/1.1\r\nHost: here\r\n" + offer + b"Transfer-Encoding: chunked\r\n\r\n"
    first, second = await exchange(port, head, b"2\r\n{}\r\n", b"0\r\n\r\n" + GET_LIVEZ, answers=2)
    assert (first.status, first.problem["code"], second.status) == (404, "not_found", 200)


async def test_a_new_client_gets_in_with_its_key(stack: Stack) -> None:
    organisation = new_id()
    async with await stack.client("partner", "feedback:write", organisation=organisation) as client:
        answer = await client.get("/v1/whoami")
    assert answer.status_code == 200
    assert answer.json()["organisation_id"] == str(organisation)


async def test_nothing_is_on_its_way_once_it_is_settled(stack: Stack) -> None:
    await stack.settled()
    assert "There are no dead letters." in stack.doorway("events", "dead-letters")
