-- migrate:up

-- What shops said of their orders bit by bit: refunds, and what they sent themselves; the newest state of each.
CREATE TABLE upstream_fact (
    order_id text NOT NULL,
    kind     text NOT NULL,
    fact_id  text NOT NULL,
    at       timestamptz NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (order_id, kind, fact_id)
);

-- migrate:down
DROP TABLE upstream_fact;
