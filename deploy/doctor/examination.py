"""The whole examination, in the order in which faults cause each other."""

from deploy.doctor.apis import apis
from deploy.doctor.broker import broker
from deploy.doctor.databases import databases
from deploy.doctor.deployment import Deployment
from deploy.doctor.fault import Fault
from deploy.doctor.keys import keys
from deploy.doctor.machine import machine
from deploy.doctor.sending import sending
from deploy.keys import SERVICES


async def examine(deployment: Deployment) -> list[Fault]:
    """Return all faults and notes; when nothing says where the deployment is, that alone."""
    if not any(name_of(service) in deployment.settings for service in SERVICES):
        return [
            Fault(
                "not_started",
                "No settings say where the databases are: this stack was never started, or is elsewhere.",
                deployment.next("start"),
            )
        ]
    faults = [*keys(deployment), *machine(deployment)]
    faults += await databases(deployment)
    faults += await broker(deployment)
    # Without PostgreSQL no api is ready: that is the same fault again.
    if "database_unreachable" not in {fault.name for fault in faults}:
        faults += await apis(deployment)
    return faults + await sending(deployment)


def name_of(service: str) -> str:
    """Return the setting that says where a service's database is."""
    return f"{service.upper()}_DATABASE_URL"
