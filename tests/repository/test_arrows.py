"""Who may import whom."""

from pathlib import Path

import pytest

from tests.repository.tree import ROOT, SERVICES, imports, module_of, name_of, python

# A file may import files of its own service that stand lower or, where that is useful, beside it.
LEVELS = {
    "main": 6,
    "worker": 6,
    "cli": 6,
    "routes": 5,
    "consumers": 5,
    "domain": 4,
    "queries": 3,
    "models": 2,
}
BESIDE = {"main", "domain", "queries", "models", "schemas", "errors"}
LEAVES = {"schemas", "errors"}


def service_files(service: str) -> list[Path]:
    return [path for path in python("services") if path.relative_to(ROOT).parts[1] == service]


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service: str) -> None:
    others = tuple(f"services.{other}." for other in SERVICES if other != service)
    files = service_files(service)
    assert files
    assert [(name_of(f), m) for f in files for m in imports(f) if f"{m}.".startswith(others)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_services_import_neither_deploy_nor_tests(service: str) -> None:
    found = [(name_of(f), m) for f in service_files(service) for m in imports(f)]
    assert [pair for pair in found if pair[1].startswith(("deploy", "tests"))] == []


def test_shared_imports_only_itself() -> None:
    found = [(name_of(path), module) for path in python("shared") for module in imports(path)]
    assert [pair for pair in found if not pair[1].startswith("shared")] == []


def test_the_plumbing_knows_no_product_event() -> None:
    product = tuple(f"shared.events.{service}" for service in SERVICES)
    plumbing = [path for path in python("shared") if path.parent.name != "events"]
    assert [(name_of(f), m) for f in plumbing for m in imports(f) if m.startswith(product)] == []


def test_the_gateway_imports_no_product_event() -> None:
    product = tuple(f"shared.events.{service}" for service in SERVICES if service != "gateway")
    found = [(name_of(f), m) for f in service_files("gateway") for m in imports(f)]
    assert [pair for pair in found if pair[1].startswith(product)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_arrows_point_from_main_to_models(service: str) -> None:
    files = [path for path in service_files(service) if "migrations" not in path.parts]
    wrong = [
        (name_of(path), module)
        for path in files
        for module in imports(path)
        if module.startswith("services.") and module != module_of(path) and points_up(path.stem, module)
    ]
    assert wrong == []


def points_up(importer: str, module: str) -> bool:
    """Tell whether a file of this name may not import that module."""
    imported = module.rpartition(".")[2]
    if importer in LEAVES:
        return imported in LEVELS
    if importer not in LEVELS:
        return LEVELS.get(imported, 0) > LEVELS["domain"]
    level = LEVELS.get(imported, 0)
    return level > LEVELS[importer] or (level == LEVELS[importer] and importer not in BESIDE)
