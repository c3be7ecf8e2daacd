-- migrate:up

-- An order as it stands now. `shop` is its folded code; `body_hash` and `updated_at` are the accepted body's.
CREATE TABLE orders (
    order_id          text PRIMARY KEY,
    shop              text NOT NULL,
    number            bigint NOT NULL,
    version           integer NOT NULL CHECK (version >= 1),
    cancelled_version integer CHECK (cancelled_version BETWEEN 2 AND version),
    body_hash         bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    updated_at        timestamptz NOT NULL,
    accepted_at       timestamptz NOT NULL,
    document          jsonb NOT NULL,
    UNIQUE (shop, number)
);

-- The last order number of each shop.
CREATE TABLE shop_counter (
    shop text PRIMARY KEY,
    last bigint NOT NULL CHECK (last > 1000)
) WITH (fillfactor = 10);

-- The newest version of each shipment that was read; `lines` is what a cancel needs of it.
CREATE TABLE shipment (
    order_id    text NOT NULL,
    shipment_id text NOT NULL,
    version     integer NOT NULL CHECK (version >= 1),
    status      text NOT NULL,
    lines       jsonb NOT NULL,
    PRIMARY KEY (order_id, shipment_id)
) WITH (fillfactor = 80);

-- What was turned away, raw; the id has its time in front.
CREATE TABLE refused (
    refused_id  uuid PRIMARY KEY,
    door        text NOT NULL,
    place       text NOT NULL,
    cause       text NOT NULL,
    checkout_id text NOT NULL,
    headers     jsonb NOT NULL,
    raw         bytea NOT NULL,
    problems    jsonb NOT NULL,
    at          timestamptz NOT NULL
);

-- migrate:down
DROP TABLE refused, shipment, shop_counter, orders;
