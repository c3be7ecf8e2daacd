-- migrate:up

-- Documents are written and read whole, as text: `json` only checks them, `jsonb` takes each apart and puts it together
-- again for every reader. Nobody asks PostgreSQL what is in them.
ALTER TABLE orders ALTER COLUMN document TYPE json;
ALTER TABLE shipment ALTER COLUMN lines TYPE json;
ALTER TABLE refused ALTER COLUMN headers TYPE json,
                    ALTER COLUMN problems TYPE json;

-- migrate:down
ALTER TABLE refused ALTER COLUMN headers TYPE jsonb USING headers::jsonb,
                    ALTER COLUMN problems TYPE jsonb USING problems::jsonb;
ALTER TABLE shipment ALTER COLUMN lines TYPE jsonb USING lines::jsonb;
ALTER TABLE orders ALTER COLUMN document TYPE jsonb USING document::jsonb;
