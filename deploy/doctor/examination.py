"""The whole examination, in the order in which faults cause each other."""

import asyncio
from collections.abc import Mapping

from deploy.compose.keys import OWN
from deploy.doctor.apis import check_apis
from deploy.doctor.broker import check_brokers
from deploy.doctor.databases import check_databases
from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.keys import check_keys
from deploy.doctor.machine import check_machine
from deploy.doctor.sending import check_sending
from deploy.keys import SERVICES

# The container that has the settings and keys of all.
OF_ALL_SERVICES = "docker compose run --rm --no-deps setup doorway doctor"


async def examine(deployment: Deployment) -> list[Fault]:
    """All faults and notes; if no setting says where the databases are, only that fault."""
    missing = [service for service in SERVICES if setting_of_database(service) not in deployment.settings]
    if missing and is_in_container_of_one_service(deployment.settings):
        sentence = "This container has the settings and keys of one service alone."
        return [Fault("wrong_container", sentence, OF_ALL_SERVICES)]
    if len(missing) == len(SERVICES):
        return [
            Fault(
                "not_started",
                "No setting says where the databases are. This stack was never started, or runs elsewhere.",
                deployment.next("start"),
            )
        ]
    databases, brokers, apis, sending = await asyncio.gather(
        check_databases(deployment),
        check_brokers(deployment),
        check_apis(deployment),
        check_sending(deployment),
    )
    # Without PostgreSQL no api is ready: that is the same fault again.
    if {fault.name for fault in databases} & {"database_unreachable", "database_hangs"}:
        apis = [fault for fault in apis if fault.name != "api_not_ready"]
    return [*check_keys(deployment), *check_machine(deployment), *databases, *brokers, *apis, *sending]


def is_in_container_of_one_service(settings: Mapping[str, str]) -> bool:
    """Whether these settings are what the compose file gives one process."""
    return any(name.endswith("_FILE") and value.startswith(f"{OWN}/") for name, value in settings.items())


def setting_of_database(service: str) -> str:
    """The setting that says where a service's database is."""
    return f"{service.upper()}_DATABASE_URL"
