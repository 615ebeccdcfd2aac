"""The broker: reached, with the right password, and with every service's stream."""

from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from deploy.doctor.deployment import Deployment, Fault
from deploy.keys import SERVICES
from shared.manifest import inbox_prefix

CONNECT_SECONDS = 2


async def check_brokers(deployment: Deployment) -> list[Fault]:
    """What is wrong with the brokers that the services name; what several would say is said once."""
    found: dict[Fault, None] = {}
    for service in SERVICES:
        if url := deployment.settings.get(f"{service.upper()}_NATS_URL"):
            found |= dict.fromkeys(await check_broker(deployment, service, url))
    return list(found)


async def check_broker(deployment: Deployment, service: str, url: str) -> list[Fault]:
    """What is wrong with the broker that a service names, seen as the service's own user."""
    errors: list[Exception] = []

    async def keep(error: Exception) -> None:
        errors.append(error)

    client = Client()
    try:
        # One try: the client would go on for two minutes.
        await client.connect(
            url,
            name="doctor",
            inbox_prefix=inbox_prefix(urlsplit(url).username or ""),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_SECONDS,
            error_cb=keep,
        )
        return await check_stream(deployment, service, client)
    except (NatsError, OSError) as error:
        return [explain_broker_failure(deployment, url, [*errors, error])]
    finally:
        await client.close()


def explain_broker_failure(deployment: Deployment, url: str, errors: list[Exception]) -> Fault:
    """Say why the broker was not reached."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port}"
    if any("authorization" in str(error).lower() for error in errors):
        sentence = f"NATS at {where} refuses the password of {parts.username}."
        return Fault(
            "broker_refuses", sentence, f"{deployment.next('set up')}; {deployment.next('restart', 'nats')}"
        )
    sentence = f"NATS does not answer at {where}: events wait in the outboxes and none is lost."
    return Fault(
        "broker_unreachable", sentence, f"{deployment.next('start')}; {deployment.next('log', 'nats')}"
    )


async def check_stream(deployment: Deployment, service: str, client: Client) -> list[Fault]:
    """Say that a service's stream is missing: its worker makes it when it starts."""
    try:
        await client.jetstream(timeout=CONNECT_SECONDS).stream_info(service.upper())
    except NotFoundError:
        sentence = f"The stream {service.upper()} is missing: no event of {service} can be published."
        return [Fault("stream_missing", sentence, deployment.next("restart", f"{service}-worker"))]
    except (ServiceUnavailableError, APIError, NatsError) as error:
        sentence = f"JetStream does not work at the broker: {type(error).__name__}."
        return [Fault("jetstream_down", sentence, deployment.next("log", "nats"))]
    return []
