"""The services' apis, as the gateway reaches them."""

import asyncio

import httpx2

from deploy.doctor.deployment import Deployment, Fault
from deploy.keys import SERVICES

ANSWER_SECONDS, LIVE_SECONDS = 1.5, 1


async def check_apis(deployment: Deployment) -> list[Fault]:
    """Name each api that is not ready."""
    addresses = {service: deployment.settings.get(f"GATEWAY_{service.upper()}_URL") for service in SERVICES}
    addresses["gateway"] = deployment.settings.get("DOORWAY_GATEWAY_URL")
    asked = {service: url for service, url in addresses.items() if url}
    async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
        answers = await asyncio.gather(*(find_trouble(client, url) for url in asked.values()))
        faults = [
            describe_trouble(deployment, service, asked[service], *trouble)
            for service, trouble in zip(asked, answers, strict=True)
            if trouble
        ]
        if (url := addresses["gateway"]) and not faults and await tells_metrics(client, url):
            sentence = f"Anybody can read metrics at {url}/metrics: they belong on an internal port."
            faults.append(Fault("metrics_public", sentence, deployment.next("restart", "gateway-api")))
    return faults


async def tells_metrics(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether an address tells metrics to everybody, as an old gateway or a proxy in front of it does."""
    try:
        return (await client.get(f"{url}/metrics")).status_code == 200
    except httpx2.HTTPError:
        return False


async def find_trouble(client: httpx2.AsyncClient, url: str) -> tuple[str, str] | None:
    """The name of what is wrong with the api at an address and the words for it, None when it is ready."""
    try:
        status = (await client.get(f"{url}/readyz")).status_code
    except (httpx2.ReadTimeout, httpx2.WriteTimeout):
        if await answers_at_all(client, url):
            return "api_not_ready", "is not ready (its database does not answer)"
        return "api_hangs", "hangs: it accepts connections and does not answer"
    except httpx2.HTTPError:
        return "api_not_ready", "does not answer"
    return None if status == 200 else ("api_not_ready", f"is not ready (it answers {status})")


async def answers_at_all(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether the process answers where it needs nothing else."""
    try:
        return (await client.get(f"{url}/livez", timeout=LIVE_SECONDS)).status_code == 200
    except httpx2.HTTPError:
        return False


def describe_trouble(deployment: Deployment, service: str, url: str, name: str, said: str) -> Fault:
    """Say what is wrong with an api, and what to do."""
    what = "restart" if name == "api_hangs" else "log"
    return Fault(name, f"The api of {service} {said} at {url}.", deployment.next(what, f"{service}-api"))
