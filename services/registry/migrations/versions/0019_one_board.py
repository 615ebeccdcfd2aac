"""That a practice or a trust has one board on each day, whoever writes."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Checked at the commit, when what ends has ended. It looks up the kinds one by one: a join would follow the
# settings of an import, which goes through whole tables. What was said before the migration is not checked.
FUNCTION = """
CREATE FUNCTION refuse_second_board() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own relation;
BEGIN
    SELECT * INTO own FROM relation WHERE id = NEW.id AND kind = 'member_of' AND superseded_at IS NULL;
    IF FOUND
        AND (SELECT kind FROM body WHERE id = own.to_id) = 'icb'
        AND (SELECT kind FROM body WHERE id = own.from_id) IN ('gp_practice', 'nhs_trust')
        AND EXISTS (
            SELECT FROM relation other
            WHERE other.from_id = own.from_id AND other.kind = 'member_of' AND other.superseded_at IS NULL
                AND other.to_id <> own.to_id
                AND daterange(other.valid_from, other.valid_to, '[]')
                    && daterange(own.valid_from, own.valid_to, '[]')
                AND (SELECT kind FROM body WHERE id = other.to_id) = 'icb')
    THEN
        RAISE EXCEPTION 'body % would be a member of two boards on the same day', own.from_id
            USING ERRCODE = 'exclusion_violation', TABLE = 'relation', CONSTRAINT = 'one_board';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER one_board
    AFTER INSERT OR UPDATE OF from_id, to_id, kind, valid_from, valid_to, superseded_at ON relation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind = 'member_of' AND NEW.superseded_at IS NULL)
    EXECUTE FUNCTION refuse_second_board()
"""


def upgrade() -> None:
    """Add the trigger."""
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Remove it."""
    op.execute("DROP TRIGGER one_board ON relation")
    op.execute("DROP FUNCTION refuse_second_board()")
