-- migrate:up

-- A table of a service that is kept by days: its parts, as of a table that is partitioned by a timestamptz. A day whose
-- first rows went to the default part already stays there, and false is returned.
CREATE FUNCTION make_part(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := parent || to_char(day, '_YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
    PERFORM add_part(parent, name, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
    RETURN true;
EXCEPTION WHEN check_violation THEN
    RETURN false;
END $$;

CREATE FUNCTION drop_part(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE %I', parent || to_char(day, '_YYYYMMDD'));
    RETURN true;
END $$;

-- Deletes what the default part holds of the days before this one.
CREATE FUNCTION forget_default(parent text, before date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    EXECUTE format('DELETE FROM %I WHERE %s < $1', parent || '_default',
                   substring(pg_get_partkeydef(parent::regclass) FROM '\((.*)\)')) USING before::timestamp AT TIME ZONE 'UTC';
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- The last rebuild of each projection: how far it is, or what came of it. One that is under way holds a lock besides.
CREATE TABLE rebuild (
    name        text PRIMARY KEY,
    replay_id   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    records     bigint NOT NULL DEFAULT 0,
    "of"        bigint NOT NULL DEFAULT 0,
    began_at    timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    hash_before text,
    hash_after  text,
    error       text
);

-- A table once more, empty, in another schema: with its storage parameters, and its keys and indexes under their own
-- names. What has triggers, foreign keys or views is refused: a copy would lack them.
CREATE FUNCTION make_shadow(live regclass, schema text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    home text;
    storage text;
    ddl text;
BEGIN
    SELECT c.relname, n.nspname, coalesce('WITH (' || array_to_string(c.reloptions, ', ') || ')', '') INTO name, home, storage
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = live;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = live AND NOT tgisinternal)
       OR EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND live IN (conrelid, confrelid))
       OR EXISTS (SELECT FROM pg_depend WHERE refobjid = live AND classid = 'pg_rewrite'::regclass) THEN
        RAISE EXCEPTION '% has triggers, foreign keys or views: a copy of it would not', name;
    END IF;
    EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING ALL EXCLUDING INDEXES) %s', schema, name, live, storage);
    FOR ddl IN SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', schema, name, conname, pg_get_constraintdef(oid))
                 FROM pg_constraint WHERE conrelid = live AND contype IN ('p', 'u', 'x')
                UNION ALL
               SELECT replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', home, name), format(' ON %I.%I ', schema, name))
                 FROM pg_index i
                WHERE i.indrelid = live AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
    LOOP
        EXECUTE ddl;
    END LOOP;
END $$;

-- Nobody else reads or writes these tables until the transaction ends; one after the other, in the sequence given.
CREATE FUNCTION lock_alone(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', name::regclass);
    END LOOP;
END $$;

-- The shadow of a table takes its place; the table itself goes to a schema of what was.
CREATE FUNCTION exchange(live regclass, shadow regclass, was text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    home text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = live);
BEGIN
    EXECUTE format('ALTER TABLE %s SET SCHEMA %I', live, was);
    EXECUTE format('ALTER TABLE %s SET SCHEMA %s', shadow, home);
END $$;

-- Rows, and a sum of their hashes, which knows no sequence; of all rows, or of these orders' alone.
CREATE FUNCTION sum_of(relation regclass, order_ids text[], OUT rows bigint, OUT sum numeric) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %s AS t %s', relation,
                   CASE WHEN order_ids IS NULL THEN '' ELSE 'WHERE order_id = ANY($1)' END)
       INTO rows, sum USING order_ids;
END $$;

CREATE FUNCTION drop_schemas(names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', name);
    END LOOP;
END $$;

CREATE FUNCTION make_schemas(names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE SCHEMA %I', name);
    END LOOP;
END $$;

-- migrate:down
DROP TABLE rebuild;
DROP FUNCTION make_schemas, drop_schemas, sum_of, exchange, lock_alone, make_shadow, forget_default, drop_part, make_part;
