-- The relay asks in the order of positions, over the partitions that it holds.
DROP INDEX ix_outbox_unpublished;
CREATE INDEX ix_outbox_unpublished ON outbox (position) INCLUDE (partition) WHERE published_at IS NULL;
