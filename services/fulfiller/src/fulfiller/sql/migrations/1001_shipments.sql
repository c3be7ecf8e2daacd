-- migrate:up
-- The newest version held of each order; personal data only in ship_to and wishes.
CREATE TABLE orders (
    order_id      text PRIMARY KEY,
    version       integer NOT NULL CHECK (version > 0),
    name          text NOT NULL,
    hold          text,
    service       text NOT NULL,
    fulfil_by     timestamptz,
    instructions  jsonb NOT NULL,
    ship_to       jsonb,
    wishes        jsonb NOT NULL
);

-- The newest revision held of each order's allocation.
CREATE TABLE decision (
    order_id       text PRIMARY KEY,
    revision       integer NOT NULL CHECK (revision > 0),
    order_version  integer NOT NULL,
    sites          jsonb NOT NULL
);

CREATE TABLE shipment (
    shipment_id     text PRIMARY KEY,
    order_id        text NOT NULL,
    name            text NOT NULL,
    location_id     text NOT NULL,
    fulfilled_by    text NOT NULL,
    partner_id      text,
    status          text NOT NULL,
    request_status  text NOT NULL,
    reason          text,
    lines           jsonb NOT NULL,
    open_units      bigint NOT NULL CHECK (open_units >= 0),
    service         text NOT NULL,
    fulfil_by       timestamptz,
    instructions    jsonb NOT NULL,
    ship_to         jsonb,
    wishes          jsonb NOT NULL,
    order_version   integer NOT NULL,
    revision        integer NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    said            integer NOT NULL CHECK (said >= 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((status IN ('closed', 'incomplete', 'cancelled')) = (open_units = 0))
);
CREATE INDEX shipment_order ON shipment (order_id);
CREATE INDEX shipment_work ON shipment (location_id, status, created_at, shipment_id);

-- A package is known by its shipment and its own id, for ever.
CREATE TABLE package (
    shipment_id  text NOT NULL,
    package_id   text NOT NULL,
    n            integer NOT NULL,
    lines        jsonb NOT NULL,
    carrier      text,
    number       text,
    url          text,
    milestones   jsonb NOT NULL,
    PRIMARY KEY (shipment_id, package_id)
);

-- The messages of partners that were believed; the same one again is nothing.
CREATE TABLE partner_message (
    shipment_id  text NOT NULL,
    message_id   text NOT NULL,
    body_hash    bytea NOT NULL,
    PRIMARY KEY (shipment_id, message_id)
);

-- The messages of partners that were not believed, as they came.
CREATE TABLE refused (
    record_id    text PRIMARY KEY,
    partner_id   text NOT NULL,
    message_id   text NOT NULL,
    shipment_id  text,
    problems     jsonb NOT NULL,
    body         bytea NOT NULL,
    refused_at   timestamptz NOT NULL
);
CREATE INDEX refused_partner ON refused (partner_id, refused_at);

-- How often a partner's message id was refused: the version of what is said of it.
CREATE TABLE refusal (
    partner_id  text NOT NULL,
    message_id  text NOT NULL,
    version     integer NOT NULL,
    PRIMARY KEY (partner_id, message_id)
);

-- migrate:down
DROP TABLE refusal, refused, partner_message, package, shipment, decision, orders;
