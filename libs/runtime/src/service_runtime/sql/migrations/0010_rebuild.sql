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

-- migrate:down
DROP TABLE rebuild;
DROP FUNCTION forget_default, drop_part, make_part;
