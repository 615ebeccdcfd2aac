"""A client that a generator makes from the API document, as it is served, works against a real stack."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from deploy.story.cast import Cast
from tests.flows.clients.installed import HERE, lay_out_packages, run_tool

# Feeds, lines and files, which such a client hands over as they come; each has JSON beside it, or bytes.
LEFT_RAW = {"application/atom+xml", "application/x-ndjson", "text/plain", "text/csv"}
COMPILED = (
    "--strict",
    "--skipLibCheck",  # of the packages, not of what was generated
    *("--target", "es2022", "--module", "nodenext", "--types", "node", "--outDir", "compiled"),
)
Made = tuple[str, str]


def make_with_openapi_python_client(folder: Path) -> Made:
    """Generate the client with nothing left out; the program and its file."""
    (folder / "generator.yaml").write_text("post_hooks: []\n")
    words = ["generate", "--path", "openapi.json", "--meta", "none", "--config", "generator.yaml"]
    said = run_tool("openapi-python-client", *words, "--output-path", "doorway_client", folder=folder)
    assert "Endpoint will not be generated" not in said
    unread = [line for line in said.splitlines() if "Unsupported content" in line]
    assert [line for line in unread if not any(form in line for form in LEFT_RAW)] == []
    made = {path.stem for path in (folder / "doorway_client" / "api").glob("*/*.py")} - {"__init__"}
    paths = json.loads((folder / "openapi.json").read_text())["paths"].values()
    assert made == {each["operationId"] for path in paths for each in path.values()}
    return "python", "story_openapi_python_client.py"


def make_with_openapi_generator(folder: Path) -> Made:
    """Generate a client in Python; the program and its file."""
    generate(folder, "python", "--output", ".", "--package-name", "doorway_client")
    return "python", "story_openapi_generator.py"


def make_with_typescript_fetch(folder: Path) -> Made:
    """Generate and compile a client in TypeScript; the program and its file."""
    generate(folder, "typescript-fetch", "--output", "doorway_client")
    return compile_story(folder, "story_typescript_fetch")


def make_with_openapi_typescript(folder: Path) -> Made:
    """Generate types and compile what uses them; the program and its file."""
    words = ["openapi.json", "--default-non-nullable=false", "--output", "doorway.ts"]
    run_tool("openapi-typescript", *words, folder=folder)
    return compile_story(folder, "story_openapi_fetch")


def generate(folder: Path, generator: str, *words: str) -> None:
    """Run openapi-generator on its own JVM."""
    words = ("generate", "--input-spec", "openapi.json", "--generator-name", generator, *words)
    run_tool("openapi-generator-cli", *words, folder=folder)


def compile_story(folder: Path, story: str) -> Made:
    """Compile a story with all that it imports, strictly; the program and its file."""
    lay_out_packages(folder)
    run_tool("tsc", *COMPILED, f"{story}.ts", folder=folder)
    return "node", f"compiled/{story}.js"


@pytest.mark.parametrize(
    "make",
    [
        make_with_openapi_python_client,
        make_with_openapi_generator,
        make_with_typescript_fetch,
        make_with_openapi_typescript,
    ],
)
def test_a_generated_client_takes_a_loop_to_acknowledged(
    make: Callable[[Path], Made], cast: Cast, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_bytes(httpx2.get(f"{cast.gateway_url}/openapi.json").content)
    for story in HERE.glob("story_*"):
        shutil.copy(story, tmp_path)
    program, file = make(tmp_path)
    given = {
        "url": cast.gateway_url,
        "partner_key": cast.keys["partner"],
        "trust_key": cast.keys["trust"],
        "trust": cast.ids["trust_organisation"],
    }
    told = json.loads(run_tool(program, file, folder=tmp_path, given=given))
    assert told["footprint"] == "NHS North East and North Cumbria Integrated Care Board"
    assert len(told["listed"]) == len(set(told["listed"])) == 6
    assert told["states"] == ["draft", "acknowledged"]
    assert datetime.fromisoformat(told["acknowledged_at"]).tzinfo
