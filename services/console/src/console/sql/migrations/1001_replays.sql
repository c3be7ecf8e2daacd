-- migrate:up

CREATE TABLE replay_job (
    replay_id   text PRIMARY KEY CHECK (replay_id ~ '^[a-z0-9-]{1,64}$'),
    mode        text NOT NULL CHECK (mode IN ('reprocess', 'republish', 'rebuild', 'reinterpret', 'force')),
    selector    jsonb NOT NULL,
    services    text[] NOT NULL,
    effects     text[] NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL,
    rate        int NOT NULL CHECK (rate BETWEEN 1 AND 100000),
    state       text NOT NULL CHECK (state IN ('preview', 'ready', 'awaiting_approval', 'running', 'paused',
                                               'cancelled', 'done', 'failed')),
    was         text,
    why         text,
    progress    jsonb NOT NULL DEFAULT '{}',
    preview     jsonb,
    asked_by    text,
    asked_at    timestamptz,
    approved_by text,
    alone       boolean NOT NULL DEFAULT false,
    tolerant    boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    applied_at  timestamptz,
    ended_at    timestamptz,
    CHECK (mode <> 'force' OR state <> 'running' OR approved_by IS NOT NULL)
);
CREATE INDEX replay_job_at ON replay_job (created_at);
CREATE INDEX replay_job_open ON replay_job (replay_id) WHERE state NOT IN ('done', 'failed');

-- One row per item. 'sent' is written after the acknowledgement: an item may be sent twice, and is then nothing.
CREATE TABLE replay_item (
    replay_id   text NOT NULL REFERENCES replay_job,
    n           int NOT NULL,
    item        text NOT NULL,
    topic       text NOT NULL,
    partition   int NOT NULL,
    "offset"    bigint NOT NULL,
    place       text GENERATED ALWAYS AS (topic || '/' || partition || '/' || "offset") STORED,
    recorded_at bigint NOT NULL,
    event_id    text,
    order_id    text,
    subject     text NOT NULL,
    version     int NOT NULL,
    wants       text[] NOT NULL,
    standing    jsonb NOT NULL DEFAULT '{}',
    state       text NOT NULL DEFAULT 'chosen' CHECK (state IN ('chosen', 'sent', 'settled')),
    sent_at     timestamptz,
    outcomes    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (replay_id, n)
);
CREATE INDEX replay_item_open ON replay_item (replay_id, state, n) WHERE state <> 'settled';
CREATE INDEX replay_item_item ON replay_item (replay_id, item);
CREATE INDEX replay_item_place ON replay_item (replay_id, place);

-- How far the results of a service were read.
CREATE TABLE replay_heard (
    replay_id text NOT NULL REFERENCES replay_job,
    service   text NOT NULL,
    seq       bigint NOT NULL,
    PRIMARY KEY (replay_id, service)
);

-- Who did what and why: written before it is done, changed by nobody.
CREATE TABLE audit (
    audit_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    replay_id text NOT NULL,
    act       text NOT NULL,
    actor     text NOT NULL,
    reason    text,
    detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_replay ON audit (replay_id, audit_id);

CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what is in the audit stays there'; END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- migrate:down
DROP TABLE audit;
DROP FUNCTION audit_stays;
DROP TABLE replay_heard;
DROP TABLE replay_item;
DROP TABLE replay_job;
