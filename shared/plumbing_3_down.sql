DROP INDEX ix_outbox_unpublished;

CREATE INDEX ix_outbox_unpublished ON outbox (partition, position) WHERE published_at IS NULL;
