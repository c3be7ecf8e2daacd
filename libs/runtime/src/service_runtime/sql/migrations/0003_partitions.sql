-- migrate:up

-- What grows with every event is kept in parts that are dropped whole: DELETE would cost as much as the inserts did.
-- docs/adr/0009-tables-in-parts.md says what was measured.

ALTER TABLE inbox RENAME TO inbox_whole;
ALTER TABLE inbox_whole RENAME CONSTRAINT inbox_pkey TO inbox_whole_pkey;

-- Ids have their time in front (UUIDv8), so a day is a range of ids and an id stands once over all parts.
CREATE TABLE inbox (
    id        uuid PRIMARY KEY,
    topic     text NOT NULL,
    partition integer NOT NULL,
    "offset"  bigint NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (id);
ALTER TABLE inbox ALTER COLUMN topic SET STORAGE PLAIN;   -- at most 249 characters: no part needs a TOAST table
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;

ALTER TABLE outbox RENAME TO outbox_whole;
ALTER TABLE outbox_whole RENAME CONSTRAINT outbox_pkey TO outbox_whole_pkey;

-- A cause is anybody's text and tells no time, so the day stands beside it: nothing is said twice on one day.
CREATE TABLE outbox (
    cause      text NOT NULL,
    n          integer NOT NULL,
    event_id   text NOT NULL,
    topic      text NOT NULL,
    key        bytea,
    headers    bytea NOT NULL,
    payload    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    day        date NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (cause, n, day)
) PARTITION BY RANGE (day);
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- Where the server knows lz4: half the time of a COPY of 4 kB payloads, and a third more disk.
DO $$ BEGIN
    ALTER TABLE outbox ALTER COLUMN payload SET COMPRESSION lz4;
    ALTER TABLE outbox_default ALTER COLUMN payload SET COMPRESSION lz4;
    ALTER TABLE effect ALTER COLUMN payload SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE NOTICE 'this server has no lz4: payloads stay as they are';
END $$;

-- The first id of a day.
CREATE FUNCTION id_from(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(extract(epoch FROM day)::bigint * 1000), 12, '0') || repeat('0', 20))::uuid
$$;

-- Puts a new part beside the others; ATTACH lets readers and writers go on, CREATE … PARTITION OF would not.
CREATE FUNCTION add_part(parent text, name text, low text, high text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
END $$;

-- Makes the part of a day; false where there is one, or where the day's first rows already went to the default part:
-- that day stays there, and is deleted row by row when its time comes.
CREATE FUNCTION make_inbox_part(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'inbox_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
    LOCK TABLE inbox_default IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM inbox_default WHERE id >= id_from(day) AND id < id_from(day + 1)) THEN RETURN false; END IF;
    PERFORM add_part('inbox', name, id_from(day)::text, id_from(day + 1)::text);
    RETURN true;
END $$;

-- The same for the week that begins on a Monday.
CREATE FUNCTION make_outbox_part(monday date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'outbox_' || to_char(monday, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
    LOCK TABLE outbox_default IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM outbox_default WHERE day >= monday AND day < monday + 7) THEN RETURN false; END IF;
    PERFORM add_part('outbox', name, monday::text, (monday + 7)::text);
    RETURN true;
END $$;

-- Drops the part of a day that is past.
CREATE FUNCTION drop_inbox_part(day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE %I', 'inbox_' || to_char(day, 'YYYYMMDD'));
    RETURN true;
END $$;

-- Drops the part of a week that is past; what is pending, or said because of one of these causes, goes to the default
-- part first.
CREATE FUNCTION drop_outbox_part(monday date, unsure text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'outbox_' || to_char(monday, 'YYYYMMDD');
BEGIN
    EXECUTE format('ALTER TABLE outbox DETACH PARTITION %I', name);
    EXECUTE format(
        'INSERT INTO outbox SELECT * FROM %I AS o WHERE o.cause = ANY($1)'
        ' OR EXISTS (SELECT FROM outbox_pending p WHERE p.cause = o.cause AND p.n = o.n)', name) USING unsure;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;

SELECT count(make_inbox_part(CURRENT_DATE + n)) FROM generate_series(-45, 2) AS n;
SELECT count(make_outbox_part(date_trunc('week', CURRENT_DATE)::date + 7 * n)) FROM generate_series(-5, 1) AS n;

INSERT INTO inbox SELECT * FROM inbox_whole;
INSERT INTO outbox SELECT *, (created_at AT TIME ZONE 'UTC')::date FROM outbox_whole;
DROP TABLE inbox_whole, outbox_whole;

-- These are deleted from a few rows at a time, the oldest first. The id of an outside record is its sender's own: it
-- tells no time and must stand once for ever, so this inbox is one table.
CREATE INDEX inbox_outside_seen_at ON inbox_outside (seen_at);
CREATE INDEX idempotency_at ON idempotency (at);
CREATE INDEX parked_settled ON parked (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX effect_with_personal_data ON effect (created_at) WHERE state = 'confirmed' AND payload <> '{}';

-- Rows come and go here with every batch; the house's default waits until a fifth of a table is dead.
ALTER TABLE inbox_outside SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE outbox_pending SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE blocked SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE blocked_event SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE effect SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE idempotency SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE timer SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE progress SET (autovacuum_vacuum_scale_factor = 0.02);

-- migrate:down
ALTER TABLE progress RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE timer RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE idempotency RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE effect RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE blocked_event RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE blocked RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE outbox_pending RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE inbox_outside RESET (autovacuum_vacuum_scale_factor);
DROP INDEX effect_with_personal_data, parked_settled, idempotency_at, inbox_outside_seen_at;

CREATE TABLE inbox_whole AS SELECT * FROM inbox;
CREATE TABLE outbox_whole AS SELECT cause, n, event_id, topic, key, headers, payload, created_at FROM outbox;
DROP TABLE inbox, outbox;
ALTER TABLE inbox_whole RENAME TO inbox;
ALTER TABLE inbox
    ADD PRIMARY KEY (id),
    ALTER topic SET NOT NULL, ALTER partition SET NOT NULL, ALTER "offset" SET NOT NULL,
    ALTER seen_at SET NOT NULL, ALTER seen_at SET DEFAULT now();
ALTER TABLE outbox_whole RENAME TO outbox;
ALTER TABLE outbox
    ADD PRIMARY KEY (cause, n),
    ALTER event_id SET NOT NULL, ALTER topic SET NOT NULL, ALTER headers SET NOT NULL, ALTER payload SET NOT NULL,
    ALTER created_at SET NOT NULL, ALTER created_at SET DEFAULT now();
DROP FUNCTION drop_outbox_part, drop_inbox_part, make_outbox_part, make_inbox_part, add_part, id_from;
