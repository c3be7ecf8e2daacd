-- migrate:up

-- Holds of some lines, as JSON; NULL where there are none, as mostly. `hold` keeps back all of the order.
ALTER TABLE orders ADD COLUMN line_holds text;

-- migrate:down
ALTER TABLE orders DROP COLUMN line_holds;
