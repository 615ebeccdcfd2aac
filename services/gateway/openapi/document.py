"""The joined API document as it is committed, and the page of error codes made from it."""

import html
import json
from functools import lru_cache
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
PAGE = """<!DOCTYPE html>
<html lang="en-GB">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Doorway: error codes</title>
    <link rel="stylesheet" href="/docs/assets/docs.css">
  </head>
  <body>
    <h1>Error codes</h1>
    <p>Every error is <code>application/problem+json</code> with one of these codes. They do not change.</p>
    <dl>
{rows}
    </dl>
  </body>
</html>
"""
ROW = '      <dt id="{code}"><a href="#{code}">{code}</a> ({status})</dt>\n      <dd>{detail}</dd>'


@lru_cache(maxsize=4)
def read_document(path: Path) -> bytes:
    """Read the joined document, which changes only with a release."""
    return path.read_bytes()


@lru_cache(maxsize=4)
def errors_page(path: Path) -> str:
    """The page that explains every error code: what it means and what to do."""
    problems: list[dict[str, object]] = json.loads(read_document(path)).get("x-problems", [])
    return PAGE.format(rows="\n".join(error_row(problem) for problem in problems))


def error_row(problem: dict[str, object]) -> str:
    """The entry of one code."""
    return ROW.format(**{name: html.escape(str(problem[name])) for name in ("code", "status", "detail")})


def page_assets() -> dict[str, Path]:
    """The files that the pages load, by name."""
    return {path.name: path for path in ASSETS.iterdir() if path.suffix in KINDS}
