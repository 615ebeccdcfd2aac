"""Which processes of a stack hang: they run, and a program that is well would answer."""

import asyncio
from collections.abc import Mapping

import psutil

from deploy.local.home import Home
from deploy.local.ports import read_ports
from deploy.local.probes import status_of
from deploy.local.state import ProcessState, State
from shared.life import seems_stuck

ANSWER_SECONDS = 2


async def find_hung(home: Home, state: State) -> frozenset[str]:
    """The names of the processes that hang, each asked at the same time."""
    ports = read_ports(home)
    running = [each for each in state.processes.values() if each.identity and each.identity.runs()]
    hung = await asyncio.gather(*(hangs(home, ports, each) for each in running))
    return frozenset(each.name for each, is_hung in zip(running, hung, strict=True) if is_hung)


async def hangs(home: Home, ports: Mapping[str, int], found: ProcessState) -> bool:
    """Whether a process that runs is stopped or stuck."""
    process = found.identity.process() if found.identity else None
    if process is None:
        return False
    if process.status() == psutil.STATUS_STOPPED:
        return True
    service, _, kind = found.name.rpartition("-")
    if kind == "worker":
        return seems_stuck(home.path / f"{found.name}.ready") is not None
    if kind == "api" and found.ready:
        return await is_silent(f"http://127.0.0.1:{ports[service]}/livez")
    return False


async def is_silent(url: str) -> bool:
    """Whether an address accepts connections and does not answer."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await status_of(url)
    except TimeoutError:
        return True
    except (OSError, ValueError, IndexError):
        return False
    return False
