-- migrate:up

-- A number that equal orders of one customer share: a second one within minutes waits until somebody has looked.
ALTER TABLE orders ADD COLUMN likeness bigint;
CREATE INDEX orders_alike ON orders (likeness) WHERE likeness IS NOT NULL;

-- migrate:down
DROP INDEX orders_alike;
ALTER TABLE orders DROP COLUMN likeness;
