"""What the processes of a stack use: CPU over a time, and memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from tests.benchmarks.load import Request, loaded
from tests.benchmarks.rows import NotMeasured
from tests.fixtures.stack import Stack

Seconds = dict[str, float]


def processes_of(stack: Stack) -> dict[str, int]:
    """The processes that the stack started, by name."""
    found = stack.state().processes
    return {name: each.identity.pid for name, each in found.items() if each.identity}


@contextmanager
def cpu_spent(processes: Mapping[str, int]) -> Iterator[Seconds]:
    """Measure what CPU these processes, with all that they start, spend in the block: seconds by name."""
    spent: Seconds = {}
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    yield spent
    spent |= {name: cpu_seconds(pid) - before[name] for name, pid in processes.items()}


def cpu_seconds(pid: int) -> float:
    """What a process, its children and those of them that have ended have spent so far."""
    process = psutil.Process(pid)
    ended = process.cpu_times()
    total: float = ended.children_user + ended.children_system
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


async def micros_per_request(
    pid: int, url: str, request: Request, seconds: float, headers: Mapping[str, str] | None = None
) -> float:
    """How many microseconds of CPU a process spends on each request while they come to this address."""
    with cpu_spent({url: pid}) as spent:
        done = await loaded(url, [request], seconds, headers)
    return spent[url] / done.answered * 1e6


def per_request(spent: Seconds, requests: int) -> dict[str, float]:
    """Microseconds for one request; what spent next to nothing is left out."""
    found = {name: seconds / max(1, requests) * 1e6 for name, seconds in spent.items()}
    return {name: each for name, each in found.items() if each >= 1}


def memory_mb(stack: Stack) -> float:
    """The memory of the whole stack: each page counts once, shared by those who have it (PSS)."""
    supervisor = stack.state().supervisor
    if supervisor is None:
        raise NotMeasured("the stack is down")
    top = psutil.Process(supervisor.pid)
    total = 0
    for each in (top, *top.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            raise NotMeasured("only root may read the memory of PostgreSQL's account") from None
    return total / 1e6
