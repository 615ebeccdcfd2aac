"""A merger is undone by its act: its own log of what it wrote goes, and what was declared is one document."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Of each table of facts: what else tells the facts of a body apart.
FACTS = {
    "body_name": ("body_id", "name"),
    "body_code": ("body_id", "scheme", "code"),
    "legal_form": ("body_id", "legal_form"),
    "boundary": ("body_id", "edition"),
    "relation": ("from_id", "to_id", "kind"),
}
DECLARATION = """
UPDATE merger SET
  declaration = jsonb_build_object(
    'effective_on', effective_on, 'edition', edition, 'reason', reason, 'source', source,
    'opened', opened, 'links', links, 'organisations', organisations,
    'closes', (
      SELECT coalesce(jsonb_agg(body ORDER BY place), '[]') FROM (
        SELECT DISTINCT ON (link -> 'predecessor' ->> 'id') link -> 'predecessor' AS body, place
        FROM jsonb_array_elements(links) WITH ORDINALITY AS each (link, place)
        WHERE link ->> 'kind' = 'succeeded_by' ORDER BY link -> 'predecessor' ->> 'id', place
      ) AS closing
    ),
    'loop_owners', (
      SELECT count(DISTINCT link -> 'predecessor' ->> 'id') FROM jsonb_array_elements(links) AS link
      WHERE link ->> 'kind' = 'succeeded_by' AND (link -> 'predecessor' ->> 'owns_loops')::boolean
    )
  ),
  dated_by_hand = ARRAY(
    SELECT (body ->> 'id')::uuid FROM jsonb_array_elements(written -> 'closed') AS body
    WHERE (body ->> 'dated_by_hand')::boolean
  )
"""
WITHDRAWN = """
UPDATE {table} AS fact SET superseded_by = merger.act_id
FROM merger, jsonb_array_elements(merger.written -> 'ended') AS ended
WHERE merger.withdrawn_at IS NULL AND ended ->> 'table' = '{table}' AND (ended ->> 'gone')::boolean
  AND fact.id = (ended ->> 'id')::integer
"""
# A correction said first what had been said before the declaration, by the same act: that is no earlier form
# of its own, so it loses its act.
RESTATED = """
UPDATE {table} AS earlier SET
  superseded_by = merger.act_id, earlier_form_of = fact.id, act_id = nullif(earlier.act_id, merger.act_id)
FROM merger, jsonb_array_elements(merger.written -> 'ended') AS ended, {table} AS fact
WHERE merger.withdrawn_at IS NULL AND ended ->> 'table' = '{table}' AND NOT ended ? 'gone'
  AND fact.id = (ended ->> 'id')::integer AND fact.act_id = merger.act_id AND fact.superseded_at IS NULL
  AND earlier.superseded_at = fact.recorded_at AND earlier.id <> fact.id
  AND earlier.valid_from IS NOT DISTINCT FROM fact.valid_from
  AND earlier.valid_to IS NOT DISTINCT FROM (ended ->> 'valid_to')::date
  AND {same}
"""
COLUMNS = ("edition", "reason", "source", "opened", "links", "organisations", "written")


def upgrade() -> None:
    """Put what was declared into one document, and note with each fact which merger superseded it."""
    op.add_column("merger", sa.Column("declaration", JSONB))
    op.add_column("merger", sa.Column("dated_by_hand", ARRAY(sa.Uuid)))
    op.execute(DECLARATION)
    for table, columns in FACTS.items():
        same = " AND ".join(f"earlier.{column} = fact.{column}" for column in columns)
        op.execute(WITHDRAWN.format(table=table))
        op.execute(RESTATED.format(table=table, same=same))
    op.alter_column("merger", "declaration", nullable=False)
    op.alter_column("merger", "dated_by_hand", nullable=False)
    op.alter_column("merger", "told_at", new_column_name="published_at")
    for column in COLUMNS:
        op.drop_column("merger", column)


def downgrade() -> None:
    """Take the document apart again; nobody can withdraw then what was declared before."""
    op.alter_column("merger", "published_at", new_column_name="told_at")
    for column in ("edition", "reason", "source"):
        op.add_column("merger", sa.Column(column, sa.Text))
    for column in ("opened", "links", "written"):
        op.add_column("merger", sa.Column(column, JSONB))
    op.add_column("merger", sa.Column("organisations", sa.Integer))
    op.execute("""
        UPDATE merger SET edition = declaration ->> 'edition', reason = declaration ->> 'reason',
          source = declaration ->> 'source', opened = declaration -> 'opened',
          organisations = (declaration ->> 'organisations')::integer, links = (
            SELECT jsonb_agg(jsonb_set(link, '{predecessor,owns_loops}', 'true'))
            FROM jsonb_array_elements(declaration -> 'links') AS link
          ),
          written = '{"closed": [], "ended": [], "brought": []}'
    """)
    for column in COLUMNS:
        op.alter_column("merger", column, nullable=False)
    op.drop_column("merger", "declaration")
    op.drop_column("merger", "dated_by_hand")
