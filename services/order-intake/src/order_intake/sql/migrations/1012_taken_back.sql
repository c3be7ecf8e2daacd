-- migrate:up

-- The version that took units of an order back last: some of them may turn out to be kept, after an edit as after a cancel.
ALTER TABLE orders ADD COLUMN taken_back_version int;
UPDATE orders SET taken_back_version = cancelled_version WHERE cancelled_version IS NOT NULL;

-- migrate:down

ALTER TABLE orders DROP COLUMN taken_back_version;
