DROP TABLE outbox, inbox, dead_letter, idempotency;
