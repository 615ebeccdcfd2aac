-- The plumbing's tables in every service's database, first version.
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
    id uuid NOT NULL CONSTRAINT uq_outbox_id UNIQUE,
    partition smallint NOT NULL,
    aggregate_id uuid NOT NULL,
    sequence integer NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    published_at timestamptz
);
CREATE INDEX ix_outbox_unpublished ON outbox (partition, position) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_published_at ON outbox (published_at);

CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);
CREATE INDEX ix_inbox_done_at ON inbox (done_at);

CREATE TABLE dead_letter (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    CONSTRAINT pk_dead_letter PRIMARY KEY (consumer, event_id)
);

CREATE TABLE idempotency (
    client_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency PRIMARY KEY (client_id, key_hash)
);
CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);
