"""The image is built from pinned bases, runs as nobody, and lacks only what nothing of ours reads."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.compose.trim import UNUSED, trim
from deploy.keys import SERVICES
from tests.deploy.compose_file import ALL, SERVERS, container
from tests.repository.tree import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
LOCAL_REQUIREMENTS = (ROOT / "requirements" / "local.txt").read_text()

# What answers from parts that stay: a number's validity, a bank holiday.
USE = """
import sys
sys.modules.update(dict.fromkeys({gone!r}))
{imports}
from services.loop.clocks.working_days import is_working_day
from datetime import date
import phonenumbers
assert phonenumbers.is_valid_number(phonenumbers.parse("0191 430 2000", "GB"))
assert not is_working_day(date(2026, 12, 25))
"""


def installed(unused: str) -> Path:
    """Where a part of a package is, on this machine."""
    package, _, rest = unused.partition("/")
    spec = find_spec(package)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / rest


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages with what is to go and what is to stay, and a `strip` that empties what it is given."""
    (programs := tmp_path / "programs").mkdir()
    (programs / "strip").write_text('#!/bin/sh\nset -e\n[ "$1" = --strip-unneeded ]\n: > "$2"\n')
    (programs / "strip").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    folder = tmp_path / "packages"
    unused = [each if each.endswith(".py") else f"{each}/data.py" for each in UNUSED]
    made = "phonenumbers/__pycache__/carrier.cpython-313.pyc"
    for name in (
        *unused,
        made,
        "a/b.py",
        "a/c.pyx",
        "a/d.pyi",
        "a/fast.cpython-313.so",
        "phonenumbers/data/44.py",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("symbols")
    return folder


def test_what_is_not_read_goes_and_the_rest_stays(packages: Path) -> None:
    trim(packages)
    left = {path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()}
    assert left == {"a/b.py", "a/fast.cpython-313.so", "phonenumbers/data/44.py"}
    assert (packages / "a/fast.cpython-313.so").read_text() == ""


def test_a_package_that_changed_stops_the_build(packages: Path) -> None:
    (packages / "phonenumbers" / "carrier.py").unlink()
    with pytest.raises(FileNotFoundError, match="carrier"):
        trim(packages)


@pytest.mark.parametrize("unused", UNUSED)
def test_what_is_trimmed_is_there(unused: str) -> None:
    assert installed(unused).exists()


def test_nothing_of_ours_needs_what_is_trimmed() -> None:
    gone = [each.removesuffix(".py").replace("/", ".") for each in UNUSED]
    parts = [f"import services.{each}.main, services.{each}.worker, services.{each}.cli" for each in SERVICES]
    code = USE.format(gone=gone, imports="\n".join(parts))
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_images_are_pinned_and_never_pulled_as_ours() -> None:
    images = {name: str(container(name)["image"]) for name in ALL}
    postgres = re.fullmatch(r"\$\{DOORWAY_POSTGRES_IMAGE:-postgres:(\d+\.\d+)-\w+\}", images["postgres"])
    nats = re.fullmatch(r"\$\{DOORWAY_NATS_IMAGE:-nats:(\d+\.\d+\.\d+)-alpine\}", images["nats"])
    assert postgres
    assert nats
    # The tests and the local stack run on the same versions.
    assert f"\nembedded-postgres=={postgres[1]}." in LOCAL_REQUIREMENTS
    assert f"\nnats-server-bin=={nats[1]} " in LOCAL_REQUIREMENTS
    assert {container(name)["pull_policy"] for name in ALL if name not in SERVERS} == {"never"}
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    [base] = re.findall(r"^ARG PYTHON_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)
    assert container("keys")["build"]["args"]["PYTHON_IMAGE"] == f"${{DOORWAY_PYTHON_IMAGE:-{base}}}"


def test_the_image_is_built_for_services_alone_and_runs_as_nobody() -> None:
    assert "requirements/runtime.txt" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER doorway$", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"# syntax=|<<|--link", DOCKERFILE)
    assert "pip uninstall" in DOCKERFILE
    assert "-perm /6000" in DOCKERFILE
    serving = (ROOT / "deploy" / "compose" / "bin" / "doorway-api").read_text()
    assert 'python -m deploy.serving "$1" --host 0.0.0.0' in serving
