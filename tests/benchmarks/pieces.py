"""Many pieces of published feedback, made by SQL after one that a client gave."""

from shared.db import Driver
from tests.benchmarks.limits import stored_columns

RARE = 20  # how many pieces, the oldest, have the rare word and the rare kind
BODIES = 50
MADE = "CREATE TEMPORARY TABLE made AS SELECT uuidv7() AS f, uuidv7() AS c, n FROM generate_series(1, {}) n"
FIRST = "SELECT id, reply_code_id FROM feedback ORDER BY id LIMIT 1"
WORDS = f"""
    concat(t.text, CASE WHEN m.n % 10 = 0 THEN ' parking' END, CASE WHEN m.n % 7 = 0 THEN ' lift' END,
        CASE WHEN m.n <= {RARE} THEN ' wheelbarrow' END, ' number', m.n % 5000)"""
CODE = {"id": "m.c", "reply_ref": "concat('made ', m.n)"}
FEEDBACK = CODE | {
    "id": "m.f",
    "reply_code_id": "m.c",
    "state": "'published'",
    "kind": f"CASE WHEN m.n <= {RARE} THEN 'paper' ELSE t.kind END",
    "text": WORDS,
    "published_text": WORDS,
    "organisation_ids": f"t.organisation_ids || ('0196a000-0000-7000-9000-' || "
    f"lpad((m.n % {BODIES})::text, 12, '0'))::uuid",
}


async def make_pieces(connection: Driver, count: int) -> None:
    """Make so many pieces like the first one, about it's body and one of fifty others each."""
    first = await connection.fetchrow(FIRST)
    if first is None:
        raise RuntimeError("no feedback is stored")
    await connection.execute(MADE.format(count))
    for table, new, like in (("reply_code", CODE, "reply_code_id"), ("feedback", FEEDBACK, "id")):
        columns = await stored_columns(connection, table)
        values = ", ".join(new.get(name, f"t.{name}") for name in columns)
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 # names from our own tables
            f" SELECT {values} FROM {table} t, made m WHERE t.id = $1 ORDER BY m.n",
            first[like],
            timeout=3600,
        )
    await connection.execute("DROP TABLE made")


async def make_bodies_known(connection: Driver) -> None:
    """Let feedback know the other bodies that the pieces are about."""
    await connection.execute(
        "INSERT INTO organisation_copy (id, sequence, name, ods, successors)"
        " SELECT ('0196a000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 1, 'Measured Trust ' || n,"
        " 'ZY' || n, '[]' FROM generate_series(0, $1::int - 1) n",
        BODIES,
    )
