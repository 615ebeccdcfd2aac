#!/usr/bin/env bash
# feedparser 6.0.14: an Atom entry whose only rel="alternate" link says type="application/json" gets its <id> as
# `entry.link`, here a URN that no browser opens, although the link is valid (RFC 4287, 4.2.7: `type` is a hint, of any
# media type). Without `type`, or with text/html, `entry.link` is the link. A feed that points to an API's own documents
# must leave the hint out, or readers that are built on feedparser lead nowhere.
# Seen: json -> urn:example:1; none -> https://example.org/1; html -> https://example.org/1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install feedparser==6.0.14
"$folder/venv/bin/python" - <<'PY'
import feedparser

FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:example:feed</id><title>F</title>
<updated>2026-01-01T12:00:00Z</updated><author><name>A</name></author><entry><id>urn:example:1</id><title>E</title>
<updated>2026-01-01T12:00:00Z</updated><content>C</content>
<link rel="alternate" {hint} href="https://example.org/1"/></entry></feed>"""
HINTS = {"json": 'type="application/json"', "none": "", "html": 'type="text/html"'}
seen = {}
for name, hint in HINTS.items():
    found = feedparser.parse(FEED.format(hint=hint))
    assert not found.bozo, found.get("bozo_exception")
    seen[name] = found.entries[0].link
print("; ".join(f"{name} -> {link}" for name, link in seen.items()))
assert seen == {"json": "urn:example:1", "none": "https://example.org/1", "html": "https://example.org/1"}, seen
PY
