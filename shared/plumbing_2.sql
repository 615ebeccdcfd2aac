-- How far each consumer got, how often an event was tried, and dead letters that somebody discarded.
CREATE TABLE stream_position (
    consumer text NOT NULL,
    stream text NOT NULL,
    reached_at timestamptz NOT NULL,
    stream_made_at timestamptz NOT NULL,
    made_anew_at timestamptz,
    missed_since timestamptz,
    missed_until timestamptz,
    refused text,
    CONSTRAINT pk_stream_position PRIMARY KEY (consumer, stream)
);

CREATE TABLE event_try (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    tries integer NOT NULL,
    tried_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_event_try PRIMARY KEY (consumer, event_id)
);
CREATE INDEX ix_event_try_tried_at ON event_try (tried_at);

ALTER TABLE dead_letter
    ADD COLUMN discarded_at timestamptz,
    ADD COLUMN discarded_by text,
    ADD COLUMN discarded_because text;
