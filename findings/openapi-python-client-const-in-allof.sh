#!/usr/bin/env bash
# openapi-python-client 0.29.1: an `allOf` that narrows a property of type string to one value by `const` makes the
# whole schema vanish ("str can't be merged with Literal['gone']"), and every answer with it. The same value as an `enum`
# of one is merged. JSON Schema says that both mean the same (validation 6.1.3). An API that describes its errors by
# codes must use `enum`, or its callers get no error that they can read.
# Seen: const -> no class, answer omitted; enum -> Gone
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install openapi-python-client==0.29.1
cd "$folder"
echo 'post_hooks: []' > config.yaml
for one in '"const": "gone"' '"enum": ["gone"]'; do
  name=${one:1:4}; name=${name/cons/const}
  cat > "$name.json" <<JSON
{"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
 "paths": {"/a": {"get": {"operationId": "a", "responses": {"404": {"description": "d",
   "content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Gone"}}}}}}}},
 "components": {"schemas": {
   "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
   "Gone": {"allOf": [{"\$ref": "#/components/schemas/Problem"}, {"properties": {"code": {$one}}}]}}}}
JSON
  venv/bin/openapi-python-client generate --path "$name.json" --meta none --config config.yaml \
    --output-path "$name" > "$name.log" 2>&1
done
grep -q "str can't be merged with Literal" const.log && ! test -e const/models/gone.py
! grep -q WARNING enum.log && test -e enum/models/gone.py
echo "const -> no class, answer omitted; enum -> Gone"
