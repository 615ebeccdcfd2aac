"""What the files say of bodies, staged as rows beside what the registry says of the same bodies.

Each fact is one row, whatever its table: `says` holds its columns as JSON, and a rule of each table derives
from them what it is compared by. So one statement compares names, codes, relations and all others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import DAYS, BodyFacts, Claim, Dated, Says
from services.registry.imports.sets import stage_rows, stage_table
from services.registry.ledger.imports import ImportedTable
from shared.ids import new_id

# The file of what was imported before files were told apart.
UNKNOWN = "an earlier import"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable(ImportedTable):
    """A table of facts, with rules that are SQL expressions over `says`."""

    # The columns that put it into words.
    words: tuple[str, ...]
    # What it is a fact about, as the summary names it.
    slot: str
    # What makes two rows the same fact.
    same: str = "says"
    # What it says apart from its days: once a steward has corrected that, no file says it again.
    main: str = ""
    # Where a steward's fact has the last word; a file's is listed there if what is `judged` differs.
    place: str = ""
    judged: str = "NULL"
    # Whether a body has one of each slot at a time: what makes it that body.
    is_own: bool = False


def own_table(
    name: str, columns: tuple[str, ...], slot: str, main: str, *, more: tuple[str, ...] = ()
) -> FactTable:
    """A table of what makes a body that body; the last columns put it into words."""
    words = tuple(column for column in columns if column != "scheme")
    columns = (*columns, *more, *DAYS)
    return FactTable(name, columns, words=words, slot=slot, main=main, place=slot, judged=main, is_own=True)


TABLES = (
    own_table("body_name", ("name",), "'name'", "says->'name'", more=("not_before",)),
    own_table("body_code", ("scheme", "code"), "says->>'scheme'", "says->'code'"),
    own_table("legal_form", ("legal_form",), "'legal form'", "says->'legal_form'"),
    own_table("boundary", ("edition", "region", "residents"), "'boundary ' || (says->>'edition')", "says"),
    FactTable(
        "relation",
        columns=("to_id", "kind", *DAYS, "share", "source", "note"),
        words=("kind", "to_id", "share"),
        slot="says->>'kind'",
        main="CASE WHEN is_observed THEN says->'to_id' ELSE says END",
        place="says - '{valid_from,valid_to,share,source,note}'::text[]",
        judged="says - '{to_id,kind,share,source,note}'::text[]",
        owner="from_id",
    ),
    FactTable(
        "appointment",
        columns=(
            *("role", "status", "holder", "holder_role", "holder_organisation", "as_published"),
            *("held_from", "held_to", "known_on", "source", "note", "shared_with"),
        ),
        words=("role", "status", "holder", "as_published", "known_on"),
        slot="'appointment'",
        beside={"id": "c.new_id"},
    ),
    FactTable(
        "contact",
        columns=("channel", "value", "purpose", "known_on", "source"),
        words=("value",),
        slot="says->>'channel'",
        same="says - '{known_on,source}'::text[]",
        beside={"id": "c.new_id", "accessible": "'{}'::text[]", "is_personal": "false"},
    ),
)
BY_NAME = {table.name: table for table in TABLES}
# What registers say for a day, by the column that holds the value: a body has one of each at a time.
FOLLOWED = {"body_name": "name", "body_code": "code", "legal_form": "legal_form", "relation": "to_id"}


def derived_column(rule: str, type_: str) -> str:
    """A column that each table's rule derives from the others; without a rule, it is what is the same."""
    rules = ((table.name, getattr(table, rule) or table.same) for table in TABLES)
    cases = " ".join(f"WHEN '{name}' THEN ({sql})::{type_}" for name, sql in rules)
    return f"{rule} {type_} GENERATED ALWAYS AS (CASE fact {cases} END) STORED"


RULES = {"slot": "text", "main": "jsonb", "place": "text", "judged": "jsonb", "same": "jsonb"}
DERIVED = ", ".join(derived_column(rule, type_) for rule, type_ in RULES.items())
BODY = """id uuid, key text, kind text, source text, file text, line integer, opened_on date, closed_on date,
    is_closing_day_known boolean, services_ended_on date, named_on date, known_on date, is_footprint boolean,
    is_organisation boolean, is_new boolean, is_told boolean, is_newer boolean, is_older boolean,
    files text[]"""
FACT = 'body_id uuid, fact text, says jsonb, file text, is_observed boolean, family text COLLATE "C"'
CLAIM = f"n integer, line integer, new_id uuid, {FACT}"
ClaimRow = tuple[int, int, UUID | None, UUID, str, str, str, bool, str]
# What the registry says in a table of the bodies that were read, and what stewards corrected there. Of a
# body that is only referred to, the files that do so say all that there is to say.
KNOWN = """
    SELECT f.id::text, CASE WHEN f.superseded_at IS NOT NULL THEN 'corrected'
            WHEN f.imported THEN 'import' ELSE 'steward' END,
        coalesce(f.superseded_at, f.recorded_at), f.{owner}, '{name}', jsonb_build_object({pairs}), f.file,
        (r.is_told AND r.known_on IS NOT NULL AND {is_observed}) IS TRUE, {family}
    FROM {name} f JOIN body_read r ON r.id = f.{owner} AND NOT r.is_new {join}
    WHERE (f.superseded_at IS NULL OR f.imported AND f.file IS NOT NULL) AND {is_read}"""
IN_SCOPE = """(NOT f.imported OR f.superseded_at IS NOT NULL OR f.file = :unknown
    OR f.file = ANY(coalesce(r.files, :files)) AND NOT (r.is_older AND f.file = r.file))"""


def known_rows(table: FactTable) -> str:
    """SQL for what the registry says in a table."""
    leads = table.name == "relation"
    return KNOWN.format(
        name=table.name,
        owner=table.owner,
        pairs=", ".join(f"'{column}', f.{column}" for column in table.columns),
        is_observed="true" if table.is_own else "f.file = r.file",
        family="split_part(there.key, '/', 1)" if leads else "''",
        join="JOIN body there ON there.id = f.to_id" if leads else "",
        is_read="r.is_told" if table.is_own else IN_SCOPE,
    )


STAGE_KNOWN = "INSERT INTO known (id, said_by, since, body_id, fact, says, file, is_observed, family)" + (
    " UNION ALL ".join(map(known_rows, TABLES))
)


async def stage_claims(
    session: AsyncSession, bodies: Iterable[BodyFacts], ids: Mapping[str, UUID], setting: Mapping[str, object]
) -> None:
    """Stage bodies with what the files and the registry say of them; `ids` are those of all bodies by key."""
    more = f"is_dropped boolean DEFAULT false, {DERIVED}"
    await stage_rows(session, "body_read", BODY, map(body_row, bodies))
    await stage_rows(session, "claim", CLAIM, claim_rows(bodies, ids), more=more)
    await stage_table(session, "known", f"id text, said_by text, since timestamptz, {FACT}, {DERIVED}")
    await session.execute(text(STAGE_KNOWN), setting)


def body_row(body: BodyFacts) -> tuple[object, ...]:
    """The row of a body; what the registry knows of its day is no claim of a file."""
    before, as_of = body.before and body.before.as_of, None if body.is_known else body.as_of
    return (
        *(body.id, body.key, body.kind, body.source, *body.at, body.opened_on, body.closed_on),
        *(body.is_closing_day_known, body.services_ended_on, body.named_on, as_of),
        *(body.is_footprint, body.is_organisation, body.before is None),
        *(not body.is_known and not body.is_older, as_of is not None and (not before or as_of > before)),
        *(body.is_older, sorted(body.files) if body.is_known else None),
    )


def claim_rows(bodies: Iterable[BodyFacts], ids: Mapping[str, UUID]) -> Iterator[ClaimRow]:
    """The rows of all that the files say, in their order; what is said twice of a body counts once."""
    numbers = count(1)
    for body in bodies:
        is_register, said = body.as_of is not None and not body.is_known, set[tuple[str, bytes]]()
        for fact, says, at in (*own_claims(body), *body.claims):
            is_own, has_id = at.file == body.at.file, fact in ("appointment", "contact")
            columns = {name: with_ids(name, says.get(name), ids) for name in BY_NAME[fact].columns}
            claim = fact, orjson.dumps(columns)
            if claim not in said and not (is_own and body.is_older):
                said.add(claim)
                is_observed = is_register and is_own and not has_id
                # The family of the other body: boards and locations are followed each for themselves.
                family = str(says.get("to_id", "")).partition("/")[0] if is_observed else ""
                yield (
                    *(next(numbers), at.line, new_id() if has_id else None, body.id, fact),
                    *(claim[1].decode(), at.file, is_observed, family),
                )


def with_ids(column: str, value: object, ids: Mapping[str, UUID]) -> object:
    """What a column holds: the ids of bodies, where a claim has their keys."""
    if column == "to_id":
        return str(ids[str(value)])
    if column == "shared_with":
        return [str(ids[key]) for key in value] if isinstance(value, list) else []
    return value


def own_claims(body: BodyFacts) -> Iterator[Claim]:
    """What the files say that makes a body that body."""
    histories: tuple[tuple[str, str, Says, list[Dated]], ...] = (
        ("body_name", "name", {}, body.names),
        ("legal_form", "legal_form", {}, body.legal_forms),
        ("body_code", "code", {"scheme": "ods"}, body.ods),
        ("body_code", "code", {"scheme": "ons"}, body.ons),
        ("boundary", "edition", {}, body.boundaries),
    )
    for fact, column, more, history in histories if not body.is_known else ():
        for each in history:
            yield Claim(fact, more | each.columns(column), body.at)
