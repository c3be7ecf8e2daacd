-- migrate:up

-- Documents are written and read whole, as text: `json` only checks them, `jsonb` takes each apart and puts it together
-- again for every reader. Nobody asks PostgreSQL what is in them.
ALTER TABLE orders ALTER COLUMN instructions TYPE json,
                   ALTER COLUMN ship_to TYPE json,
                   ALTER COLUMN wishes TYPE json;
ALTER TABLE decision ALTER COLUMN sites TYPE json;
ALTER TABLE shipment ALTER COLUMN lines TYPE json,
                     ALTER COLUMN instructions TYPE json,
                     ALTER COLUMN ship_to TYPE json,
                     ALTER COLUMN wishes TYPE json;
ALTER TABLE package ALTER COLUMN lines TYPE json,
                    ALTER COLUMN milestones TYPE json;
ALTER TABLE refused ALTER COLUMN problems TYPE json;

-- migrate:down
ALTER TABLE refused ALTER COLUMN problems TYPE jsonb USING problems::jsonb;
ALTER TABLE package ALTER COLUMN lines TYPE jsonb USING lines::jsonb,
                    ALTER COLUMN milestones TYPE jsonb USING milestones::jsonb;
ALTER TABLE shipment ALTER COLUMN lines TYPE jsonb USING lines::jsonb,
                     ALTER COLUMN instructions TYPE jsonb USING instructions::jsonb,
                     ALTER COLUMN ship_to TYPE jsonb USING ship_to::jsonb,
                     ALTER COLUMN wishes TYPE jsonb USING wishes::jsonb;
ALTER TABLE decision ALTER COLUMN sites TYPE jsonb USING sites::jsonb;
ALTER TABLE orders ALTER COLUMN instructions TYPE jsonb USING instructions::jsonb,
                   ALTER COLUMN ship_to TYPE jsonb USING ship_to::jsonb,
                   ALTER COLUMN wishes TYPE jsonb USING wishes::jsonb;
