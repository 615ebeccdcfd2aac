"""Every service's migrations: numbered, whole, and back again."""

import asyncio
import re
from collections.abc import Callable

import pytest

from deploy.databases import set_up
from shared.migrations import check, migrate
from tests.fixtures.servers import Servers
from tests.repository.tree import ROOT, SERVICES

every_service = pytest.mark.parametrize("service", SERVICES)
UrlOf = Callable[[str], str]


@pytest.fixture(scope="session")
def empty(servers: Servers, worker_id: str) -> UrlOf:
    """The address of a service's database that has no tables yet, for its owner."""
    prefix = f"empty_{worker_id}_"
    asyncio.run(set_up(servers.superuser_url, servers.secrets, prefix=prefix))
    return lambda service: servers.postgres_url(f"{prefix}{service}", f"{service}_owner")


@every_service
def test_migrations_lead_up_down_and_up_and_end_where_the_models_are(service: str, empty: UrlOf) -> None:
    for revision in ("head", "base", "head"):
        migrate(service, empty(service), revision)
    check(service, empty(service))


@every_service
def test_migrations_are_numbered_in_one_line(service: str) -> None:
    files = sorted((ROOT / "services" / service / "migrations" / "versions").glob("*.py"))
    told = [re.search(r'^revision(?:: str)? = "(\d{4})"$', file.read_text(), re.MULTILINE) for file in files]
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [found and found.group(1) for found in told] == [file.name[:4] for file in files]


@every_service
def test_the_environment_of_migrations_is_three_lines(service: str) -> None:
    text = (ROOT / "services" / service / "migrations" / "env.py").read_text()
    said = [line for line in text.splitlines() if line and not line.startswith(("from ", "import ", '"""'))]
    assert len(said) == 1
    assert said[0].startswith("run(")
