"""Generators, linters and readers, which `make test` installs apart from what Doorway itself needs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CLIENTS = Path(sys.prefix) / "clients"
PACKAGES = CLIENTS / "node" / "node_modules"
FOLDERS = (CLIENTS / "bin", PACKAGES / ".bin")
HERE = Path(__file__).parent
# What a tool says of itself to its makers, or asks them, stays unsaid: tests reach this machine only.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def path_of_tool(name: str) -> Path:
    """Where a tool is; the test that needs it fails if it is not installed."""
    found = [folder / name for folder in FOLDERS if (folder / name).exists()]
    assert found, f"{name} is not installed. Run: make .venv/.node"
    return found[0]


def run_tool(name: str, *words: str | Path, folder: Path, given: Mapping[str, object] | None = None) -> str:
    """Run a tool in a folder, which is its home too, with JSON as its input; what it printed."""
    paths = os.pathsep.join([str(FOLDERS[0]), os.defpath])
    done = subprocess.run(
        [path_of_tool(name), *words],
        cwd=folder,
        env={"PATH": paths, "HOME": str(folder), **QUIET},
        input=json.dumps(given or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    return done.stdout


def lay_out_packages(folder: Path) -> None:
    """Let programs in a folder import the packages for Node.js."""
    assert PACKAGES.exists(), "packages for Node.js are not installed. Run: make .venv/.node"
    (folder / "node_modules").symlink_to(PACKAGES)
