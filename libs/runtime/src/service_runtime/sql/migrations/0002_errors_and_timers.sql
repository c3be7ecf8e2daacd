-- migrate:up

-- An event that names an order keeps that order blocked while it is parked; a record that could not be read has neither.
-- Each keeps its own row: an amended event stands beside the one it was made from.
ALTER TABLE parked
    DROP CONSTRAINT parked_pkey,
    ADD COLUMN parked_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ADD COLUMN event_id text,
    ADD COLUMN order_id text,
    ADD COLUMN release text NOT NULL DEFAULT '',
    ADD COLUMN times integer NOT NULL DEFAULT 1,
    ADD COLUMN state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'retried', 'amended', 'discarded')),
    ADD COLUMN settled_at timestamptz;
CREATE UNIQUE INDEX parked_record ON parked (topic, partition, "offset") WHERE event_id IS NULL;
CREATE UNIQUE INDEX parked_event ON parked (event_id);
CREATE INDEX parked_open ON parked (parked_id) WHERE state = 'parked';

-- What operators did to what was parked, and to the brake.
CREATE TABLE operator_act (
    act_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act       text NOT NULL CHECK (act IN ('retry', 'amend', 'discard', 'resume')),
    parked_id bigint REFERENCES parked,
    actor     text NOT NULL,
    reason    text,
    detail    jsonb,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operator_act_parked ON operator_act (parked_id);

-- A release that fails too often stops reading; a restart does not lift it, another release or an operator does.
CREATE TABLE brake (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    release text NOT NULL,
    reason  text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);

-- What is to be done at a time, for an order; written and deleted by the transaction that needs it.
CREATE TABLE timer (
    key      text PRIMARY KEY,
    kind     text NOT NULL,
    order_id text NOT NULL,
    due_at   timestamptz NOT NULL
);
CREATE INDEX timer_due ON timer (due_at);

-- An effect taken over from its topic knows its state, and what to do only once its event is read again.
ALTER TABLE effect ALTER COLUMN payload DROP NOT NULL;

-- migrate:down
ALTER TABLE effect ALTER COLUMN payload SET NOT NULL;
DROP TABLE timer, brake, operator_act;
ALTER TABLE parked
    DROP COLUMN parked_id, DROP COLUMN event_id, DROP COLUMN order_id, DROP COLUMN release, DROP COLUMN times,
    DROP COLUMN state, DROP COLUMN settled_at, ADD PRIMARY KEY (topic, partition, "offset");
