-- migrate:up

-- This service alone writes and reads them, each whole: to check their syntax costs 2.5 microseconds a kilobyte.
ALTER TABLE allocation ALTER COLUMN held TYPE text;

-- Keys of SKUs in one text: they are without case, so no capital letter stands in one.
ALTER TABLE allocation ALTER COLUMN sku_keys TYPE text USING array_to_string(sku_keys, E'\x1fS');

-- migrate:down
ALTER TABLE allocation ALTER COLUMN sku_keys TYPE text[] USING string_to_array(sku_keys, E'\x1fS');
ALTER TABLE allocation ALTER COLUMN held TYPE json USING held::json;
