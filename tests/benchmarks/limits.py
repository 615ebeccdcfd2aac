"""Limits: a statement run again and again by pgbench, and rows that stand like others in one statement."""

import asyncio
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.place import folder_of_wheel
from shared.db import Driver
from tests.benchmarks.load import CONNECTIONS

TPS = re.compile(r"tps = ([\d.]+) \(without")
PGBENCH = folder_of_wheel() / "pginstall" / "bin" / "pgbench"
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum"""


async def pgbench(url: str, statement: str, seconds: float) -> float:
    """How often in a second pgbench runs a statement, over as many connections as a load has."""
    command = [str(PGBENCH), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1"]
    with TemporaryDirectory() as folder:
        script = Path(folder) / "statement.sql"
        script.write_text(f"{' '.join(statement.split())};\n")
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "-T", str(max(1, round(seconds))), "-f", str(script), url],
            capture_output=True,
            text=True,
            check=False,
        )
    found = TPS.search(done.stdout)
    if done.returncode or not found:
        raise RuntimeError(done.stderr)
    return float(found[1])


def literal(text: str | None) -> str:
    """A value as it stands in a script, where pgbench would take `:name` for a variable of its own."""
    if text is None:
        return "NULL"
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3A")
    return f"E'{escaped}'"


async def stored_columns(connection: Driver, table: str) -> list[str]:
    """The columns of a table that an insert gives."""
    return [row["attname"] for row in await connection.fetch(COLUMNS, table)]


async def insert_like(connection: Driver, table: str, key: str, value: object, new: Mapping[str, str]) -> str:
    """The statement that inserts a row like the one with this key, but for the columns with new values."""
    columns = await stored_columns(connection, table)
    texts = ", ".join(f"{name}::text AS {name}" for name in columns)
    asked = f"SELECT {texts} FROM {table} WHERE {key} = $1"  # noqa: S608 # names from our own tables
    row = await connection.fetchrow(asked, value)
    if row is None:
        raise RuntimeError(f"{table} has no such row")
    values = ", ".join(new.get(name) or literal(row[name]) for name in columns)
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 # values are escaped above
