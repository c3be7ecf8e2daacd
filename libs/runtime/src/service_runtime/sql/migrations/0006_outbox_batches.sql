-- migrate:up

-- What was said because of one partition's records of one batch: MessagePack of the outbox's rows, packed by zstd. Until
-- the offsets are marked it is found by them. docs/adr/0010-the-outbox-by-batch.md says what was measured.
CREATE TABLE outbox_batch (
    topic        text NOT NULL,
    partition    integer NOT NULL,
    first_offset bigint NOT NULL,
    last_offset  bigint NOT NULL,
    rows         bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    day          date NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (topic, partition, last_offset, day)
) PARTITION BY RANGE (day);
ALTER TABLE outbox_batch ALTER COLUMN rows SET STORAGE EXTERNAL;  -- packed already
CREATE TABLE outbox_batch_default PARTITION OF outbox_batch DEFAULT;

-- Makes the parts of a week, of both tables of what was said; false where there was nothing to make.
CREATE OR REPLACE FUNCTION make_outbox_part(monday date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    name text;
    already boolean;
    made boolean := false;
BEGIN
    FOREACH parent IN ARRAY ARRAY['outbox', 'outbox_batch'] LOOP
        name := parent || '_' || to_char(monday, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE day >= $1 AND day < $1 + 7)', parent || '_default')
           INTO already USING monday;
        CONTINUE WHEN already;
        PERFORM add_part(parent, name, monday::text, (monday + 7)::text);
        made := true;
    END LOOP;
    RETURN made;
END $$;

-- Drops the parts of a week that is past; what is pending, or at or above its partition's mark, goes to the default
-- parts first.
DROP FUNCTION drop_outbox_part(date, text[]);
CREATE FUNCTION drop_outbox_part(monday date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'outbox_' || to_char(monday, 'YYYYMMDD');
    batches text := 'outbox_batch_' || to_char(monday, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        EXECUTE format('ALTER TABLE outbox DETACH PARTITION %I', name);
        EXECUTE format(
            'INSERT INTO outbox SELECT * FROM %I AS o'
            ' WHERE EXISTS (SELECT FROM outbox_pending p WHERE p.cause = o.cause AND p.n = o.n)', name);
        EXECUTE format('DROP TABLE %I', name);
    END IF;
    IF to_regclass(batches) IS NOT NULL THEN
        EXECUTE format('ALTER TABLE outbox_batch DETACH PARTITION %I', batches);
        EXECUTE format(
            'INSERT INTO outbox_batch SELECT b.* FROM %I AS b'
            ' LEFT JOIN progress p ON p.topic = b.topic AND p.partition = b.partition'
            ' WHERE b.last_offset >= coalesce(p.published_through, 0)', batches);
        EXECUTE format('DROP TABLE %I', batches);
    END IF;
    RETURN true;
END $$;

SELECT count(make_outbox_part(date_trunc('week', CURRENT_DATE)::date + 7 * n)) FROM generate_series(-5, 1) AS n;

-- migrate:down
-- What is packed is not unpacked: let the service stop in good order first, so that all it said is published.
DROP TABLE outbox_batch;

CREATE OR REPLACE FUNCTION make_outbox_part(monday date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'outbox_' || to_char(monday, 'YYYYMMDD');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
    LOCK TABLE outbox_default IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM outbox_default WHERE day >= monday AND day < monday + 7) THEN RETURN false; END IF;
    PERFORM add_part('outbox', name, monday::text, (monday + 7)::text);
    RETURN true;
END $$;

DROP FUNCTION drop_outbox_part(date);
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
