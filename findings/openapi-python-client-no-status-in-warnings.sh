#!/usr/bin/env bash
# openapi-python-client 0.29.1: a warning about an answer that it cannot read names the address of a Python object where
# the status and the reason should stand, so that nobody sees which answer of an operation is missing, and two runs
# never print the same.
# Seen: status code <openapi_python_client.schema.untrusted_string.UntrustedString object at 0x…>
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install openapi-python-client==0.29.1
cd "$folder"
echo 'post_hooks: []' > config.yaml
cat > api.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
 "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "d",
   "content": {"application/atom+xml": {"schema": {"type": "string"}}}}}}}}}
JSON
venv/bin/openapi-python-client generate --path api.json --meta none --config config.yaml --output-path made > log 2>&1
grep -Eo 'status code <openapi_python_client\.schema\.untrusted_string\.UntrustedString object at 0x' log
! grep -q 'status code 200' log
