-- migrate:up

-- Documents are written and read whole, as text: `json` only checks them, `jsonb` takes each apart and puts it together
-- again for every reader. Nobody asks PostgreSQL what is in them.
ALTER TABLE customer_order ALTER COLUMN doc TYPE json,
                           ALTER COLUMN customer TYPE json,
                           ALTER COLUMN ship_to TYPE json,
                           ALTER COLUMN wishes TYPE json;
ALTER TABLE decision ALTER COLUMN doc TYPE json;
ALTER TABLE shipment ALTER COLUMN doc TYPE json;
ALTER TABLE message ALTER COLUMN about TYPE json,
                    ALTER COLUMN say TYPE json,
                    ALTER COLUMN personal TYPE json;

-- migrate:down
ALTER TABLE message ALTER COLUMN about TYPE jsonb USING about::jsonb,
                    ALTER COLUMN say TYPE jsonb USING say::jsonb,
                    ALTER COLUMN personal TYPE jsonb USING personal::jsonb;
ALTER TABLE shipment ALTER COLUMN doc TYPE jsonb USING doc::jsonb;
ALTER TABLE decision ALTER COLUMN doc TYPE jsonb USING doc::jsonb;
ALTER TABLE customer_order ALTER COLUMN doc TYPE jsonb USING doc::jsonb,
                           ALTER COLUMN customer TYPE jsonb USING customer::jsonb,
                           ALTER COLUMN ship_to TYPE jsonb USING ship_to::jsonb,
                           ALTER COLUMN wishes TYPE jsonb USING wishes::jsonb;
