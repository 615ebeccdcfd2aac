"""Each service starts with the others absent."""

import subprocess
import sys

import pytest

from tests.repository.tree import ROOT, SERVICES, module_of, python

# Only `doorway feedback train` imports these, in an environment of its own (decision 0064).
TRAINING = {f"services.feedback.themes.{name}" for name in ("card", "making", "training")}
HIDE = """
import importlib, sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({hidden!r}):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
for module in {modules!r}:
    importlib.import_module(module)
"""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_whole_without_the_others(service: str) -> None:
    hidden = ("deploy", "tests", *(f"services.{other}" for other in SERVICES if other != service))
    own = [module_of(path) for path in python("services") if path.relative_to(ROOT).parts[1] == service]
    modules = [module for module in own if ".migrations" not in module and module not in TRAINING]
    assert {f"services.{service}.main", f"services.{service}.worker", f"services.{service}.cli"} <= set(
        modules
    )
    code = HIDE.format(hidden=hidden, modules=modules)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
