"""What the manifests say stands in everything that cannot read them itself."""

import tomllib

import pytest

from shared.manifest import Service, manifests
from tests.repository.tree import ROOT, SERVICES, imports

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_every_folder_of_a_service_has_a_manifest() -> None:
    folders = {path.parent.name for path in (ROOT / "services").glob("*/main.py")}
    assert folders == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_manifest_imports_nothing_but_its_form(service: str) -> None:
    assert imports(ROOT / "services" / service / "service.py") - {"shared.manifest"} == set()


def test_every_service_is_under_the_contract_that_keeps_them_apart() -> None:
    [modules] = [each["modules"] for each in CONTRACTS if each["type"] == "independence"]
    assert modules == ["services.*"]


def test_the_gateway_may_import_the_events_of_no_other_service() -> None:
    [contract] = [each for each in CONTRACTS if each.get("source_modules") == ["services.gateway"]]
    others = {path.stem for path in (ROOT / "shared" / "events").glob("*.py")} & set(SERVICES) - {"gateway"}
    assert set(contract["forbidden_modules"]) == {f"shared.events.{service}" for service in others}


@pytest.mark.parametrize("service", manifests().values(), ids=lambda service: service.name)
def test_the_page_of_the_architecture_asks_the_question_that_a_service_answers(service: Service) -> None:
    assert f"| {service.name} | {service.question} |" in (ROOT / "docs" / "architecture.md").read_text()


def test_every_path_is_one_services_and_every_scope_too() -> None:
    paths = [route.path for service in manifests().values() for route in service.routes]
    scopes = [scope for service in manifests().values() for scope in service.scopes]
    assert (len(paths), len(scopes)) == (len(set(paths)), len(set(scopes)))


def test_every_secret_that_is_made_from_another_names_one_that_is_there() -> None:
    secrets = [(name, each) for name, service in manifests().items() for each in service.secrets]
    files = {f"{name}_{secret.setting}" for name, secret in secrets}
    assert {secret.source for _, secret in secrets if secret.source} <= files
    assert all(secret.if_it_differs for _, secret in secrets if secret.source)
