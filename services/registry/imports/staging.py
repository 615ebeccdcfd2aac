"""What the files say of bodies, staged as rows beside what the registry says of the same bodies.

Each fact is one row, whatever its table: `says` holds its columns as JSON, and a rule of each table derives
from them what it is compared by. So one statement compares names, codes, relations and all others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import (
    AppointmentFact,
    BodyFacts,
    BoundaryFact,
    ContactFact,
    Dated,
    RelationFact,
)
from services.registry.imports.files import Origin
from services.registry.imports.sets import copy_in
from services.registry.ledger.imports import ImportedTable
from shared.ids import new_id

Says = dict[str, object]
# The file of what was imported before files were told apart.
UNKNOWN = "an earlier import"
DAYS = ("valid_from", "valid_to")


def says_without(*columns: str) -> str:
    """SQL for what a fact says without a few columns."""
    return f"says - '{{{','.join(columns)}}}'::text[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable(ImportedTable):
    """A table of facts, with rules that are SQL expressions over `says`."""

    # The columns that put it into words.
    words: tuple[str, ...]
    # What it is a fact about, as the summary names it.
    slot: str
    # What it says apart from its days: once a steward has corrected that, no file says it again.
    main: str
    # Where a steward's fact has the last word; a file's is listed there if what is `judged` differs.
    place: str
    judged: str = "NULL"
    # What makes two rows the same fact.
    same: str = "says"
    # Whether a body has one of each slot at a time: what makes it that body.
    is_own: bool = False


def own_table(name: str, columns: tuple[str, ...], slot: str, main: str) -> FactTable:
    """A table of what makes a body that body; the last columns put it into words."""
    words = tuple(column for column in columns if column != "scheme")
    columns = (*columns, *DAYS)
    return FactTable(name, columns, words=words, slot=slot, main=main, place=slot, judged=main, is_own=True)


CONTACT = says_without("known_on", "source")
TABLES = (
    own_table("body_name", ("name",), "'name'", "says->'name'"),
    own_table("body_code", ("scheme", "code"), "says->>'scheme'", "says->'code'"),
    own_table("legal_form", ("legal_form",), "'legal form'", "says->'legal_form'"),
    own_table("boundary", ("edition", "region", "residents"), "'boundary ' || (says->>'edition')", "says"),
    FactTable(
        "relation",
        columns=("to_id", "kind", *DAYS, "share", "source"),
        words=("kind", "to_id", "share"),
        slot="says->>'kind'",
        main="CASE WHEN is_observed THEN says->'to_id' ELSE says END",
        place=f"({says_without(*DAYS, 'share', 'source')})::text",
        judged=says_without("to_id", "kind", "share", "source"),
        owner="from_id",
    ),
    FactTable(
        "appointment",
        columns=(
            *("role", "status", "holder", "holder_role", "holder_organisation", "as_published"),
            *("known_on", "source", "note", "shared_with"),
        ),
        words=("role", "status", "holder", "as_published", "known_on"),
        slot="'appointment'",
        main="says",
        place="says::text",
        beside={"id": "c.new_id"},
    ),
    FactTable(
        "contact",
        columns=("channel", "value", "purpose", "known_on", "source"),
        words=("value",),
        slot="says->>'channel'",
        main=CONTACT,
        place=f"({CONTACT})::text",
        same=CONTACT,
        beside={"id": "c.new_id", "accessible": "'{}'::text[]", "is_personal": "false"},
    ),
)
BY_NAME = {table.name: table for table in TABLES}
# What registers say for a day, by the column that holds the value: a body has one of each at a time.
FOLLOWED = {"body_name": "name", "body_code": "code", "legal_form": "legal_form", "relation": "to_id"}
RULES = {"slot": "text", "main": "jsonb", "place": "text", "judged": "jsonb", "same": "jsonb"}


def derived_column(rule: str, type_: str) -> str:
    """A column that each table's rule derives from the others."""
    cases = " ".join(f"WHEN '{table.name}' THEN ({getattr(table, rule)})::{type_}" for table in TABLES)
    return f"{rule} {type_} GENERATED ALWAYS AS (CASE fact {cases} END) STORED"


FACT = f"""body_id uuid, fact text, says jsonb, file text, is_observed boolean, family text COLLATE "C",
    {", ".join(derived_column(rule, type_) for rule, type_ in RULES.items())}"""
CREATE = (
    "DROP TABLE IF EXISTS body_read, claim, known",
    """CREATE TEMP TABLE body_read (id uuid, key text, kind text, source text, file text, opened_on date,
        closed_on date, known_on date, is_footprint boolean, is_organisation boolean, is_new boolean,
        is_told boolean, is_newer boolean, is_older boolean, scope text[]) ON COMMIT DROP""",
    f"""CREATE TEMP TABLE claim (n integer, line integer, new_id uuid, is_dropped boolean DEFAULT false,
        {FACT}) ON COMMIT DROP""",
    f"CREATE TEMP TABLE known (id text, said_by text, since timestamptz, {FACT}) ON COMMIT DROP",
)


# What the registry says in a table of the bodies that were read, and what stewards corrected there.
KNOWN = """
    SELECT f.id::text, CASE WHEN f.superseded_at IS NOT NULL THEN 'corrected'
            WHEN f.imported THEN 'import' ELSE 'steward' END,
        coalesce(f.superseded_at, f.recorded_at), f.{owner}, '{name}', jsonb_build_object({pairs}), f.file,
        (r.is_told AND r.known_on IS NOT NULL AND {is_observed}) IS TRUE, {family}
    FROM {name} f JOIN body_read r ON r.id = f.{owner} AND NOT r.is_new {join}
    WHERE (f.superseded_at IS NULL OR f.imported AND f.file IS NOT NULL) AND {is_read}"""
IN_SCOPE = """(NOT f.imported OR f.superseded_at IS NOT NULL OR f.file = :unknown
        OR f.file = ANY(coalesce(r.scope, :files)))"""


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


@dataclass(frozen=True, slots=True)
class BodyRead:
    """A body as the files say it, beside what the registry has under its key."""

    body: BodyFacts
    known: BodyFacts | None

    @property
    def id(self) -> UUID:
        """The id that the body has or gets."""
        return self.known.id if self.known else self.body.id

    @property
    def is_told(self) -> bool:
        """Whether the files say what the body is, and not less than is known."""
        return not self.body.is_known and not self.is_older

    @property
    def is_older(self) -> bool:
        """Whether the file is older than what is known from it: then it says nothing new."""
        before = self.known.as_of if self.known and not self.body.is_known else None
        return bool(before and self.body.as_of and self.body.as_of < before)

    @property
    def is_newer(self) -> bool:
        """Whether the file is of a later day than what is known from it."""
        return bool(
            self.body.as_of and (not self.known or not self.known.as_of or self.body.as_of > self.known.as_of)
        )

    def scope(self, files: Collection[str]) -> list[str] | None:
        """The files that say of this body what there is to say; None for all files of the import."""
        if self.body.is_known:
            return sorted(self.body.files)
        return sorted({*files} - {self.body.at.file}) if self.is_older else None


ClaimRow = tuple[int, int, UUID | None, UUID, str, str, str, bool, str]
CLAIM_COLUMNS = ("n", "line", "new_id", "body_id", "fact", "says", "file", "is_observed", "family")


async def stage_claims(
    session: AsyncSession, reads: Sequence[BodyRead], ids: Mapping[str, UUID], files: Collection[str]
) -> None:
    """Stage bodies with what the files and the registry say of them; `ids` are those of all bodies by key."""
    for statement in CREATE:
        await session.execute(text(statement))
    await copy_in(session, "body_read", BODY_COLUMNS, (body_record(read, files) for read in reads))
    await copy_in(session, "claim", CLAIM_COLUMNS, claim_records(reads, ids, files))
    await session.execute(text(STAGE_KNOWN), {"files": list(files), "unknown": UNKNOWN})


BODY_COLUMNS = (
    *("id", "key", "kind", "source", "file", "opened_on", "closed_on", "known_on", "is_footprint"),
    *("is_organisation", "is_new", "is_told", "is_newer", "is_older", "scope"),
)


def body_record(read: BodyRead, files: Collection[str]) -> tuple[object, ...]:
    """The row of a body; what the registry knows of its day is no claim of a file."""
    body = read.body
    return (
        *(read.id, body.key, body.kind, body.source, body.at.file, body.opened_on, body.closed_on),
        *(None if body.is_known else body.as_of, body.is_footprint, body.is_organisation),
        *(read.known is None, read.is_told, read.is_newer, read.is_older, read.scope(files)),
    )


def claim_records(
    reads: Iterable[BodyRead], ids: Mapping[str, UUID], files: Collection[str]
) -> Iterator[ClaimRow]:
    """The rows of all that the files say, in their order."""
    n = 0
    for read in reads:
        body, scope, said = read.body, read.scope(files), set[tuple[str, bytes]]()
        is_register = body.as_of is not None and not body.is_known
        for fact, says, at, family in claims_of(body, ids):
            claim = fact, orjson.dumps(says)
            # What a file says twice counts once.
            if claim in said or not (scope is None or at.file in scope):
                continue
            said.add(claim)
            n += 1
            has_id = fact in ("appointment", "contact")
            is_observed = is_register and at.file == body.at.file and not has_id
            own_id = new_id() if has_id else None
            yield (
                *(n, at.line, own_id, read.id, fact, claim[1].decode(), at.file),
                *(is_observed, family if is_observed else ""),
            )


def claims_of(body: BodyFacts, ids: Mapping[str, UUID]) -> Iterator[tuple[str, Says, Origin, str]]:
    """All that the files say of a body: table, columns, where, and the family of the other body."""
    if not body.is_known:
        histories = (("body_name", "name", body.names), ("legal_form", "legal_form", body.legal_forms))
        for fact, column, history in histories:
            for each in history:
                yield fact, {column: each.value} | days_of(each), body.at, ""
        for scheme, codes in (("ods", body.ods), ("ons", body.ons)):
            for each in codes:
                yield "body_code", {"scheme": scheme, "code": each.value} | days_of(each), body.at, ""
        for edition in body.boundaries:
            says: Says = {"edition": edition.edition, "region": edition.region}
            yield "boundary", says | {"residents": edition.residents} | days_of(edition), body.at, ""
    for link in body.relations:
        says = {"to_id": str(ids[link.to]), "kind": link.kind, "share": link.share, "source": link.source}
        yield "relation", says | days_of(link), link.at, link.to.partition("/")[0]
    for held in body.appointments:
        says = columns_of("appointment", held) | {"shared_with": [str(ids[key]) for key in held.shared_with]}
        yield "appointment", says, held.at, ""
    for contact in body.contacts:
        yield "contact", columns_of("contact", contact), contact.at, ""


def columns_of(table: str, fact: AppointmentFact | ContactFact) -> Says:
    """What a fact says, by the columns of its table."""
    return {name: getattr(fact, name) for name in BY_NAME[table].columns}


def days_of(fact: Dated | BoundaryFact | RelationFact) -> Says:
    """The days between which a fact holds."""
    return {"valid_from": fact.valid_from, "valid_to": fact.valid_to}
