"""The programs of a stack: what is started, with which settings, and how it says that it is ready."""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.environment import settings_of_api, settings_of_service
from deploy.keys import SERVICES
from deploy.local.account import Account
from deploy.local.broker import Broker
from deploy.local.home import CHECKOUT, Home
from deploy.local.postgres import Postgres
from deploy.local.probes import Probe, probe_address, probe_command, probe_file

# What a program inherits of the environment: where things are and how to print, nothing that configures it.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
# A library that is loaded into every process, with its own settings: the tests move the clock with one.
PRELOADED = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")


def prepare_nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program that is kept running: a command, or a module with arguments that is run in a fork."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    ready: Probe
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    prepare: Callable[[], None] = prepare_nothing
    forks: bool = False


def base_environment() -> dict[str, str]:
    """The part of our own environment that every program inherits."""
    return {name: os.environ[name] for name in (*INHERITED, *PRELOADED) if name in os.environ}


def preloaded_environment() -> dict[str, str]:
    """What a program gets that inherits nothing but the library loaded into every process."""
    return {name: os.environ[name] for name in PRELOADED if name in os.environ}


def postgres_program(server: Postgres) -> Program:
    """PostgreSQL as a program; SIGINT is its fast shutdown, which does not wait for clients."""
    return Program(
        "postgres",
        server.command(),
        {"LC_ALL": "C"} | preloaded_environment(),
        server.place.data,
        probe_command(server.probe()),
        server.port,
        signal.SIGINT,
        server.account,
        server.prepare,
    )


def broker_program(broker: Broker) -> Program:
    """The broker as a program."""
    return Program(
        "nats",
        broker.command(),
        {},
        broker.folder,
        probe_address(broker.health_url),
        broker.port,
        prepare=broker.prepare,
    )


def service_programs(home: Home, settings: Mapping[str, str], ports: Mapping[str, int]) -> list[Program]:
    """The api and the worker of every service."""
    apis = [api_program(service, settings, ports) for service in SERVICES]
    return apis + [worker_program(service, settings, ports, home) for service in SERVICES]


def metrics_setting(service: str, port: int) -> dict[str, str]:
    """The setting that gives one process of a service its port for metrics."""
    return {f"{service.upper()}_METRICS_PORT": str(port)}


def api_program(service: str, settings: Mapping[str, str], ports: Mapping[str, int]) -> Program:
    """The process that answers a service's requests."""
    port, metrics = ports[service], metrics_setting(service, ports[f"{service}_metrics"])
    command = ["deploy.serving", service, "--port", str(port)]
    ready = probe_address(f"http://127.0.0.1:{port}/readyz")
    own = settings_of_api(service, settings) | metrics
    environment = base_environment() | own
    return Program(f"{service}-api", command, environment, CHECKOUT, ready, port, forks=True)


def worker_program(
    service: str, settings: Mapping[str, str], ports: Mapping[str, int], home: Home
) -> Program:
    """The process that relays a service's events and works on those of others."""
    ready = home.path / f"{service}-worker.ready"
    metrics = metrics_setting(service, ports[f"{service}_worker_metrics"])
    own = {f"{service.upper()}_READY_FILE": str(ready)} | metrics
    environment = service_environment(service, settings) | own
    command = [f"services.{service}.worker"]
    return Program(
        f"{service}-worker",
        command,
        environment,
        CHECKOUT,
        probe_file(ready),
        prepare=partial(ready.unlink, missing_ok=True),
        forks=True,
    )


def service_environment(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a service's process."""
    return base_environment() | settings_of_service(service, settings)
