"""The machine that was measured on."""

import platform
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from deploy.stage import stage_of
from tests.benchmarks.bench import Bench, connected


@dataclass(frozen=True, slots=True)
class Machine:
    """What figures depend on besides the code."""

    cores: int
    model: str
    memory_gb: float
    postgresql: str
    nats: str
    python: str

    def words(self) -> str:
        """All of it in one line."""
        return (
            f"{self.cores} cores ({self.model}), {self.memory_gb:.0f} GB of memory, PostgreSQL "
            f"{self.postgresql}, NATS {self.nats}, Python {self.python}"
        )


async def machine_of(bench: Bench) -> Machine:
    """The machine that the stack runs on, with the versions of its servers."""
    async with connected(bench.superuser_url) as connection:
        postgresql = str(await connection.fetchval("SHOW server_version")).split()[0]
    return Machine(
        cores=len(psutil.Process().cpu_affinity() or ()),
        model=cpu_model(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        postgresql=postgresql,
        nats=httpx2.get(f"{stage_of(bench.stack.home).broker_url}/varz").json()["version"],
        python=platform.python_version(),
    )


def cpu_model() -> str:
    """The name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
