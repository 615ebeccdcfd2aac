"""What schemathesis makes of the API document is thrown at a real stack: no 5xx, all as documented."""

import json
import subprocess
import sys
from pathlib import Path

from deploy.commands.play import wait_until_key_works
from deploy.documents import OPENAPI
from services.gateway.clients.schemas import SCOPES
from tests.fixtures.partners import make_client

EXAMPLES = 6
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def write_strict_document(folder: Path) -> Path:
    """Write the API document into a folder, so that each status allows only the codes that it lists."""
    document = json.loads(OPENAPI.path.read_text())
    for answer in document["components"]["responses"].values():
        content = answer["content"]["application/problem+json"]
        listed = {"properties": {"code": {"enum": answer["x-problem-codes"]}}}
        content["schema"] = {"allOf": [content["schema"], listed]}
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def test_no_input_breaks_the_api_or_its_document(stack, cast, tmp_path):
    key = make_client(stack, "fuzz", [*SCOPES], cast.ids["partner_organisation"])
    wait_until_key_works(cast.gateway_url, key)
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", str(write_strict_document(tmp_path)),
            "--url", cast.gateway_url, "--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", "1",
            "--phases", "examples,fuzzing", "--workers", "1", "--request-timeout", "20",
            # Lines of JSON are a form that it cannot write; the batch has tests of its own.
            "--exclude-path", "/v1/feedback/batch",
            "--generation-database", "none", "--no-color",
            "--header", f"Authorization: Bearer {key}",
            "--header", "Doorway-Actor: fuzz-1; role=tester",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.partition("= WARNINGS =")[0][-12_000:] + done.stderr[-2000:]
