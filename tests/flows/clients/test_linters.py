"""The documents of the API and of its events, as others' tools judge and read them."""

import json
import shutil
from pathlib import Path

import httpx2

from deploy.documents import ASYNCAPI
from tests.fixtures.stack import Stack
from tests.flows.clients.installed import HERE, lay_out_packages, run_tool


def test_redocly_finds_nothing_wrong_with_the_api_document(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(httpx2.get(f"{stack.gateway_url}/openapi.json").content)
    found = json.loads(run_tool("redocly", "lint", "openapi.json", "--format=json", folder=tmp_path))
    assert (found["totals"]["errors"], found["totals"]["warnings"], found["problems"]) == (0, 0, [])


def test_spectral_finds_nothing_wrong_with_the_api_document(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(httpx2.get(f"{stack.gateway_url}/openapi.json").content)
    words = ["lint", "openapi.json", "--ruleset", str(HERE / "spectral.yaml"), "--format", "json", "--quiet"]
    assert json.loads(run_tool("spectral", *words, "--fail-severity", "hint", folder=tmp_path)) == []


def test_modelina_names_a_class_for_each_shape_of_an_event(tmp_path: Path) -> None:
    shutil.copy(ASYNCAPI.path, tmp_path)
    shutil.copy(HERE / "modelina.mjs", tmp_path)
    lay_out_packages(tmp_path)
    names = json.loads(run_tool("node", "modelina.mjs", folder=tmp_path))
    assert len(names) == len(set(names))
    assert [name for name in names if "anonymous" in name.lower()] == []
    messages = json.loads(ASYNCAPI.path.read_text())["components"]["messages"]
    assert {f"{message}Event" for message in messages} <= set(names)
