"""The services' apis, as the gateway reaches them."""

import httpx2

from deploy.doctor.deployment import Deployment, Fault
from deploy.keys import SERVICES

ANSWER_SECONDS = 5


async def check_apis(deployment: Deployment) -> list[Fault]:
    """Name each api that is not ready."""
    addresses = {service: deployment.settings.get(f"GATEWAY_{service.upper()}_URL") for service in SERVICES}
    addresses["gateway"] = deployment.settings.get("DOORWAY_GATEWAY_URL")
    faults = []
    async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
        for service, url in addresses.items():
            if url and (said := await describe_trouble(client, url)):
                sentence = f"The api of {service} {said} at {url}."
                faults.append(Fault("api_not_ready", sentence, deployment.next("log", f"{service}-api")))
        if (url := addresses["gateway"]) and await tells_metrics(client, url):
            sentence = f"Anybody can read metrics at {url}/metrics: they belong on an internal port."
            faults.append(Fault("metrics_public", sentence, deployment.next("restart", "gateway-api")))
    return faults


async def tells_metrics(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether an address tells metrics to everybody, as an old gateway or a proxy in front of it does."""
    try:
        return (await client.get(f"{url}/metrics")).status_code == 200
    except httpx2.HTTPError:
        return False


async def describe_trouble(client: httpx2.AsyncClient, url: str) -> str:
    """What is wrong with the api at an address, nothing when it is ready."""
    try:
        status = (await client.get(f"{url}/readyz")).status_code
    except httpx2.HTTPError:
        return "does not answer"
    return "" if status == 200 else f"is not ready (it answers {status})"
