-- migrate:up

-- This service alone writes and reads them, each whole: to check their syntax costs 2.5 microseconds a kilobyte.
ALTER TABLE allocation ALTER COLUMN held TYPE text;

-- migrate:down
ALTER TABLE allocation ALTER COLUMN held TYPE json USING held::json;
