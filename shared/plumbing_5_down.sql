DROP INDEX ix_idempotency_about;
ALTER TABLE idempotency DROP about;
