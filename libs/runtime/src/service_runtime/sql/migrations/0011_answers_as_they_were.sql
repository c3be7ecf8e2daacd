-- migrate:up

-- An answer under an Idempotency-Key is given again byte for byte: jsonb would sort its fields. The table holds a week.
ALTER TABLE idempotency ALTER COLUMN body TYPE json USING body::json;

-- migrate:down
ALTER TABLE idempotency ALTER COLUMN body TYPE jsonb USING body::jsonb;
