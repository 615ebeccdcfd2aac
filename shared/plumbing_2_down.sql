DROP TABLE stream_position, event_try;

ALTER TABLE dead_letter DROP discarded_at, DROP discarded_by, DROP discarded_because;
