ALTER TABLE stream_position ADD broker text;
