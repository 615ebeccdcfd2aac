"""A client that a generator makes from the API document works against a real stack."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from deploy.documents import OPENAPI
from deploy.story.cast import Cast

# `make test` puts the generator there: it needs other versions of what Doorway itself needs.
GENERATORS = Path(sys.prefix) / "clients" / "bin"
STORY = Path(__file__).with_name("generated_story.py")
# Feeds, lines and files, which such a client hands over as they come; each has JSON beside it, or bytes.
LEFT_RAW = {"application/atom+xml", "application/x-ndjson", "text/plain", "text/csv"}


def make_client(folder: Path) -> str:
    """Generate a client into a folder; what the generator said."""
    (folder / "generator.yaml").write_text("post_hooks: []\n")
    words = ["generate", "--path", str(OPENAPI.path), "--meta", "none", "--config", "generator.yaml"]
    words += ["--output-path", "doorway_client"]
    done = subprocess.run(
        [GENERATORS / "openapi-python-client", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_client_takes_a_loop_to_acknowledged(cast: Cast, tmp_path: Path) -> None:
    said = make_client(tmp_path)
    assert "Endpoint will not be generated" not in said
    unread = [line for line in said.splitlines() if "Unsupported content" in line]
    assert [line for line in unread if not any(form in line for form in LEFT_RAW)] == []
    made = {path.stem for path in (tmp_path / "doorway_client" / "api").glob("*/*.py")} - {"__init__"}
    paths = json.loads(OPENAPI.path.read_text())["paths"].values()
    assert made == {each["operationId"] for path in paths for each in path.values()}
    given = {
        "url": cast.gateway_url,
        "partner_key": cast.keys["partner"],
        "trust_key": cast.keys["trust"],
        "trust": cast.ids["trust_organisation"],
    }
    done = subprocess.run(
        [GENERATORS / "python", STORY],
        env={"PYTHONPATH": str(tmp_path)},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["footprint"] == "NHS North East and North Cumbria Integrated Care Board"
    assert len(told["listed"]) == len(set(told["listed"])) == 6
    assert told["states"] == ["draft", "acknowledged"]
    assert datetime.fromisoformat(told["acknowledged_at"]).tzinfo
