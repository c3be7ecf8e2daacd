-- migrate:up

-- What each order was made of, as it came, for as long as it may be read anew: personal data, in parts of a day that
-- are dropped whole. `at` is the order's `accepted_at`: with it an order's row is found in its day's part, and one
-- index, which only grows at its end, serves who looks for an order and who looks for a time.
CREATE TABLE raw_input (
    at       timestamptz NOT NULL,
    order_id text NOT NULL,
    door     text NOT NULL,
    place    text NOT NULL,
    cause    text NOT NULL,
    headers  text NOT NULL,
    raw      bytea NOT NULL,
    PRIMARY KEY (at, order_id)
) PARTITION BY RANGE (at);
CREATE TABLE raw_input_default PARTITION OF raw_input DEFAULT;

DO $$ BEGIN
    ALTER TABLE raw_input ALTER COLUMN raw SET COMPRESSION lz4;
    ALTER TABLE raw_input_default ALTER COLUMN raw SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE NOTICE 'this server has no lz4: what came in stays as it is';
END $$;

SELECT count(make_part('raw_input', CURRENT_DATE + n)) FROM generate_series(0, 2) AS n;

-- migrate:down
DROP TABLE raw_input;
