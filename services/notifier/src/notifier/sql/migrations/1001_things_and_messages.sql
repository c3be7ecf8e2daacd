-- migrate:up

-- The newest version of each order that was read; personal data each in a column of its own.
CREATE TABLE customer_order (
    order_id       text PRIMARY KEY,
    version        integer NOT NULL,
    cancel_version integer,              -- the lowest version known to hold a cancellation
    at             timestamptz NOT NULL, -- when its event was made
    test           boolean NOT NULL,
    doc            jsonb NOT NULL,       -- name, shop, locale, country, shipping, lines
    customer       jsonb NOT NULL,
    ship_to        jsonb NOT NULL,
    wishes         jsonb NOT NULL
) WITH (fillfactor = 85);

-- The newest revision of each order's allocation, and every shortage any revision said.
CREATE TABLE decision (
    order_id      text PRIMARY KEY,
    revision      integer NOT NULL,
    order_version integer NOT NULL,
    at            timestamptz NOT NULL,
    doc           jsonb NOT NULL         -- units, asked, short
) WITH (fillfactor = 85);

-- The newest version of each shipment. The order first: all of an order's shipments are read together.
CREATE TABLE shipment (
    order_id    text NOT NULL,
    shipment_id text NOT NULL,
    version     integer NOT NULL,
    revision    integer NOT NULL,
    at          timestamptz NOT NULL,
    doc         jsonb NOT NULL,          -- location_id, lines, packages
    PRIMARY KEY (order_id, shipment_id)
) WITH (fillfactor = 85);

-- One row per fact told: its primary key is what makes a second message impossible.
CREATE TABLE message (
    order_id           text NOT NULL,
    fact               text NOT NULL,
    subject            text NOT NULL,
    message_id         text NOT NULL UNIQUE,
    about              jsonb NOT NULL,   -- names of packages or lines
    wording            text NOT NULL,
    locale             text NOT NULL,
    recipient          text,             -- a keyed hash
    status             text NOT NULL CHECK (status IN ('intended', 'sent', 'failed', 'suppressed', 'unknown')),
    reason             text,
    provider_reference text,
    version            integer NOT NULL, -- of message/{message_id}; 0: nothing is said of it yet
    at                 timestamptz NOT NULL,
    say                jsonb NOT NULL,
    personal           jsonb NOT NULL,
    PRIMARY KEY (order_id, fact, subject),
    CHECK ((status = 'intended') = (version = 0)),
    CHECK (status <> 'suppressed' OR reason IS NOT NULL)
);

-- migrate:down
DROP TABLE message, shipment, decision, customer_order;
