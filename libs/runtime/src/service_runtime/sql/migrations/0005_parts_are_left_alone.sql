-- migrate:up

-- A part is inserted into and then dropped whole: nothing in it is ever dead, and it is looked up by its key alone.
-- Autovacuum counted them anew with every few thousand events, at 100 to 600 us of CPU an order (docs/benchmarks.md).
CREATE OR REPLACE FUNCTION add_part(parent text, name text, low text, high text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_enabled = false)', name, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
END $$;

DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('inbox'::regclass, 'outbox'::regclass) LOOP
        IF part::text !~ '_default$' THEN
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', part);
        END IF;
    END LOOP;
END $$;

-- migrate:down
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('inbox'::regclass, 'outbox'::regclass) LOOP
        EXECUTE format('ALTER TABLE %s RESET (autovacuum_enabled)', part);
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION add_part(parent text, name text, low text, high text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
END $$;
