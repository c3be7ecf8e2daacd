-- migrate:up

-- Documents are written by us and read whole: nobody needs PostgreSQL to look into each.
ALTER TABLE orders ALTER COLUMN document TYPE text;
ALTER TABLE shipment ALTER COLUMN lines TYPE text;

-- migrate:down
ALTER TABLE shipment ALTER COLUMN lines TYPE json USING lines::json;
ALTER TABLE orders ALTER COLUMN document TYPE json USING document::json;
