-- migrate:up

-- What orders were made of, a hundred to a row, packed as the outbox's batches are: a row each cost ten times as much. An
-- order's own time finds the rows, `order_ids` the one. Personal data, in parts of a day that are dropped whole.
CREATE TABLE raw_batch (
    at        timestamptz NOT NULL,   -- the orders' `accepted_at`
    first_id  text NOT NULL,
    order_ids text NOT NULL,          -- as `texts` takes them apart
    inputs    bytea NOT NULL,
    PRIMARY KEY (at, first_id)
) PARTITION BY RANGE (at);
ALTER TABLE raw_batch ALTER COLUMN inputs SET STORAGE EXTERNAL;  -- packed already
CREATE TABLE raw_batch_default PARTITION OF raw_batch DEFAULT;
SELECT count(make_part('raw_batch', CURRENT_DATE + n)) FROM generate_series(0, 2) AS n;

-- Rows of the table before, as JSON: the raw body in base64.
INSERT INTO raw_batch (at, first_id, order_ids, inputs)
SELECT at, order_id, order_id,
       convert_to(json_build_array(json_build_array(
           order_id, door, place, cause, headers::json, encode(raw, 'base64')))::text, 'UTF8')
  FROM raw_input;
DROP TABLE raw_input;

-- migrate:down
DO $$ BEGIN RAISE EXCEPTION 'an older release cannot read what is packed: put back a copy of the database'; END $$;
