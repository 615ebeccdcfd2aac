ALTER TABLE stream_position DROP broker;
