-- migrate:up

-- `body_hash` is of a body's bytes; what an older release wrote is of what the body said, and equals no body. Where it
-- does not tell a repeat, the document does, which holds `updated_at` too.
ALTER TABLE orders ALTER COLUMN body_hash DROP NOT NULL, DROP COLUMN updated_at;

-- With every batch of shipments it is asked which orders are cancelled; mostly none.
CREATE INDEX orders_cancelled ON orders (order_id) WHERE cancelled_version IS NOT NULL;

-- migrate:down
DROP INDEX orders_cancelled;
ALTER TABLE orders ADD COLUMN updated_at timestamptz;
UPDATE orders SET updated_at = (document ->> 'updated_at')::timestamptz, body_hash = coalesce(body_hash, sha256(order_id::bytea));
ALTER TABLE orders ALTER COLUMN updated_at SET NOT NULL, ALTER COLUMN body_hash SET NOT NULL;
