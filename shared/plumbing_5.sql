ALTER TABLE idempotency ADD about uuid;
CREATE INDEX ix_idempotency_about ON idempotency (about) WHERE about IS NOT NULL;
