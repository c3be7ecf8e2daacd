-- migrate:up

-- `upstream_at`: when its shop touched the order last, of all that was read of it; an older state undoes nothing. NULL
-- is what the document says. `upstream`: what the shop said last, where somebody here has changed the order since.
ALTER TABLE orders ADD COLUMN upstream_at timestamptz, ADD COLUMN upstream text;

-- Each version of an order after its first: what was said of it, by whom, and the document that it replaced.
CREATE TABLE order_version (
    order_id text NOT NULL,
    version  integer NOT NULL CHECK (version >= 2),
    at       timestamptz NOT NULL,
    changes  text[] NOT NULL,
    fields   text[] NOT NULL,
    reason   text,
    actor    text NOT NULL,
    replaced text NOT NULL,
    PRIMARY KEY (order_id, version)
);

-- What was done to an order here: who, what, why.
CREATE TABLE order_act (
    act_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text NOT NULL,
    act      text NOT NULL,
    actor    text NOT NULL,
    reason   text,
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_act_order ON order_act (order_id);

-- Holds that set themselves and that somebody released: the same cause does not set them again.
CREATE TABLE hold_released (
    order_id text NOT NULL,
    hold_id  text NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    PRIMARY KEY (order_id, hold_id)
);

-- migrate:down
DROP TABLE hold_released, order_act, order_version;
ALTER TABLE orders DROP COLUMN upstream_at, DROP COLUMN upstream;
