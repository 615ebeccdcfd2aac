"""What must not stand anywhere in the repository, and what every folder has."""

import json
import re

import pytest

from tests.repository.tree import ROOT, SERVICES, name_of, python, texts

# Where packages are fetched from, and whose machine it was, is nobody's business but the machine's.
HOSTS = re.compile(
    r"[p]ypi[.]org|[p]ythonhosted[.]org|[n]pmjs[.]|\"[r]esolved\": |--(extra-)?[i]ndex-url|--[f]ind-links"
)
PLACES = re.compile(r"(?<![\w.$}/~-])/(work|home/\w+|root|Users/\w+)(/|\b)")
PINNED = re.compile(r"^[a-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.]+( ;.*)? \\$")


def test_no_package_host_is_named() -> None:
    assert [name_of(path) for path in texts() if HOSTS.search(path.read_text(errors="replace"))] == []


def test_no_path_of_anybodys_machine_is_named() -> None:
    assert [name_of(path) for path in texts() if PLACES.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("name", ["runtime.txt", "local.txt", "dev.txt", "clients.txt", "train.txt"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    packages = [number for number, line in enumerate(lines) if not line.startswith((" ", "#"))]
    assert packages
    assert [lines[number] for number in packages if not PINNED.match(lines[number])] == []
    assert [lines[number] for number in packages if "--hash=sha256:" not in lines[number + 1]] == []


def test_packages_of_node_are_pinned_with_hashes_and_name_no_place() -> None:
    folder = ROOT / "tests" / "node"
    wanted = json.loads((folder / "package.json").read_text())["devDependencies"]
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    own = locked.pop("")
    assert (
        own["devDependencies"]
        == wanted
        == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}
    )
    packages = {path: each for path, each in locked.items() if not each.get("inBundle")}
    assert [path for path, each in packages.items() if not each["integrity"].startswith("sha512-")] == []
    assert "://" not in (folder / "package-lock.json").read_text()


def test_no_python_file_is_empty() -> None:
    assert [
        name_of(path) for path in python("services", "shared", "deploy", "tests") if not path.stat().st_size
    ] == []


def test_every_instant_that_is_asked_for_has_the_bounds_of_the_calendar() -> None:
    every = python("services", "shared")
    unbounded = [name_of(path) for path in every if "AwareDatetime" in path.read_text()]
    assert unbounded == ["shared/schemas.py"]


@pytest.mark.parametrize("service", SERVICES)
def test_routes_leave_rules_to_the_domain_and_statements_to_queries(service: str) -> None:
    routes = [path for path in python("services") if path.name == "routes.py" and service in path.parts]
    told = re.compile(r"\b(?:select|insert)\(|\bsession\.\w+\(")
    assert routes
    assert [
        name_of(path) for path in routes if told.search(path.read_text().replace("headers.update(", ""))
    ] == []


def test_every_test_folder_mirrors_the_code() -> None:
    folders = {path.parent for path in python("tests") if path.name.startswith("test_")}
    mirrored = [folder for folder in folders if folder.relative_to(ROOT / "tests").parts[0] in SERVICES]
    wrong = [name_of(f) for f in mirrored if not (ROOT / "services" / f.relative_to(ROOT / "tests")).is_dir()]
    assert wrong == []
