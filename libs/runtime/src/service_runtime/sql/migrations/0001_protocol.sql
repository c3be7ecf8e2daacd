-- migrate:up

-- Every event of ours that was read, with where it was seen first.
CREATE TABLE inbox (
    id        uuid PRIMARY KEY,
    topic     text NOT NULL,
    partition integer NOT NULL,
    "offset"  bigint NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT now()
);

-- The same for outside topics, whose ids are anybody's text; another body under a known id is a conflict.
CREATE TABLE inbox_outside (
    id        text PRIMARY KEY,   -- topic/ce_id
    body_hash bytea NOT NULL,
    topic     text NOT NULL,
    partition integer NOT NULL,
    "offset"  bigint NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT now()
);

-- Per partition: the first offset not yet known as published, and the first not yet consumed.
CREATE TABLE progress (
    topic             text NOT NULL,
    partition         integer NOT NULL,
    published_through bigint NOT NULL,
    consumed_through  bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- What was said, byte for byte; headers as JSON pairs in latin-1, which keeps any byte.
CREATE TABLE outbox (
    cause      text NOT NULL,
    n          integer NOT NULL,
    event_id   text NOT NULL,
    topic      text NOT NULL,
    key        bytea,
    headers    bytea NOT NULL,
    payload    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cause, n)
);

-- Rows of the outbox that no consumed offset covers; gone once acknowledged.
CREATE TABLE outbox_pending (
    cause       text NOT NULL,
    n           integer NOT NULL,
    lease_until timestamptz NOT NULL,
    PRIMARY KEY (cause, n)
);
CREATE INDEX outbox_pending_lease ON outbox_pending (lease_until);

-- Orders with an event that failed; due_at null: parked, until an operator acts.
CREATE TABLE blocked (
    order_id   text PRIMARY KEY,
    attempts   integer NOT NULL,
    due_at     timestamptz,
    reason     text NOT NULL,
    blocked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX blocked_due ON blocked (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE blocked_event (
    order_id    text NOT NULL REFERENCES blocked (order_id),
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    event_id    text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    "offset"    bigint NOT NULL,
    recorded_at bigint NOT NULL,
    key         bytea,
    value       bytea,
    headers     bytea NOT NULL,
    PRIMARY KEY (order_id, seq)
);

-- Records that cannot be read, raw.
CREATE TABLE parked (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    "offset"    bigint NOT NULL,
    recorded_at bigint NOT NULL,
    key         bytea,
    value       bytea,
    headers     bytea NOT NULL,
    error_class text NOT NULL,
    reason      text NOT NULL,
    parked_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Outside effects, by business identity; a key is intended once for ever.
CREATE TABLE effect (
    key          text PRIMARY KEY,
    kind         text NOT NULL,
    order_id     text NOT NULL,
    payload      jsonb NOT NULL,
    state        text NOT NULL DEFAULT 'intent'
                 CHECK (state IN ('intent', 'leased', 'confirmed', 'failed', 'suppressed', 'unknown')),
    provider_ref text,
    reason       text,
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT now(),
    lease_until  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'leased') = (lease_until IS NOT NULL))
);
CREATE INDEX effect_due ON effect (due_at) WHERE state = 'intent';
CREATE INDEX effect_leased ON effect (lease_until) WHERE state = 'leased';

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    key          text PRIMARY KEY,
    request_hash bytea NOT NULL,
    status       integer NOT NULL,
    body         jsonb NOT NULL,
    at           timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE idempotency, effect, parked, blocked_event, blocked, outbox_pending, outbox, progress, inbox_outside, inbox;
