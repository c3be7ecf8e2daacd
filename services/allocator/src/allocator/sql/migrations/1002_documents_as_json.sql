-- migrate:up

-- Documents are written and read whole, as text: `json` only checks them, `jsonb` takes each apart and puts it together
-- again for every reader. Nobody asks PostgreSQL what is in them.
ALTER TABLE allocation ALTER COLUMN held TYPE json;

-- migrate:down
ALTER TABLE allocation ALTER COLUMN held TYPE jsonb USING held::jsonb;
