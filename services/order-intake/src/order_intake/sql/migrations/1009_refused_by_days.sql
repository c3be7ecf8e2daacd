-- migrate:up

-- What was turned away is kept for 30 days, in parts of a day that are dropped whole; `taken` is the order that was made
-- of it when it was tried again.
ALTER TABLE refused RENAME TO refused_before;
CREATE TABLE refused (
    refused_id  uuid NOT NULL,
    door        text NOT NULL,
    place       text NOT NULL,
    cause       text NOT NULL,
    checkout_id text NOT NULL,
    headers     text NOT NULL,
    raw         bytea NOT NULL,
    problems    text NOT NULL,
    at          timestamptz NOT NULL,
    taken       text,
    PRIMARY KEY (at, refused_id)
) PARTITION BY RANGE (at);
CREATE TABLE refused_default PARTITION OF refused DEFAULT;
CREATE INDEX refused_by_id ON refused (refused_id);
SELECT count(make_part('refused', CURRENT_DATE + n)) FROM generate_series(0, 2) AS n;
INSERT INTO refused (refused_id, door, place, cause, checkout_id, headers, raw, problems, at)
SELECT refused_id, door, place, cause, checkout_id, headers::text, raw, problems::text, at FROM refused_before;
DROP TABLE refused_before;

-- migrate:down
ALTER TABLE refused RENAME TO refused_by_days;
CREATE TABLE refused (
    refused_id  uuid PRIMARY KEY,
    door        text NOT NULL,
    place       text NOT NULL,
    cause       text NOT NULL,
    checkout_id text NOT NULL,
    headers     json NOT NULL,
    raw         bytea NOT NULL,
    problems    json NOT NULL,
    at          timestamptz NOT NULL
);
INSERT INTO refused
SELECT refused_id, door, place, cause, checkout_id, headers::json, raw, problems::json, at FROM refused_by_days;
DROP TABLE refused_by_days;
