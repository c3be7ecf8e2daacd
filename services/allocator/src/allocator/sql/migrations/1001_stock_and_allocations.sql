-- migrate:up

-- The rates, and a stamp that is new whenever they or the locations change, so that a process reads them once.
CREATE TABLE network (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    stamp     uuid NOT NULL DEFAULT gen_random_uuid(),
    currency  text CHECK (currency ~ '^[A-Z]{3}$'),
    parcel    numeric NOT NULL DEFAULT 0 CHECK (parcel >= 0),      -- major units of the currency, as given
    per_kg    numeric NOT NULL DEFAULT 0 CHECK (per_kg >= 0),
    per_100km numeric NOT NULL DEFAULT 0 CHECK (per_100km >= 0)
);
INSERT INTO network DEFAULT VALUES;

CREATE TABLE location (
    location_id  text PRIMARY KEY,
    name         text NOT NULL,
    country_code text NOT NULL,
    postal_code  text,
    latitude     double precision,
    longitude    double precision,
    kind         text NOT NULL CHECK (kind IN ('manual', 'partner')),
    partner_id   text,
    CHECK ((kind = 'partner') = (partner_id IS NOT NULL)),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);

-- `sku_key` is the form SKUs are compared by (NFKC, without case and outer spaces); `sku` is as the merchant writes it.
CREATE TABLE sku (
    sku_key  text PRIMARY KEY,
    sku      text NOT NULL,
    weight_g integer NOT NULL CHECK (weight_g >= 0),
    title    text NOT NULL
);

-- Half of each page is kept free, so that a hot row is updated where it stands.
CREATE TABLE stock (
    sku_key         text NOT NULL REFERENCES sku (sku_key),
    location_id     text NOT NULL REFERENCES location (location_id),
    sku             text NOT NULL,
    available       integer NOT NULL DEFAULT 0 CHECK (available >= 0),
    committed       integer NOT NULL DEFAULT 0 CHECK (committed >= 0),
    reserved        integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    damaged         integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    safety_stock    integer NOT NULL DEFAULT 0 CHECK (safety_stock >= 0),
    quality_control integer NOT NULL DEFAULT 0 CHECK (quality_control >= 0),
    on_hand         integer GENERATED ALWAYS AS
                    (available + committed + reserved + damaged + safety_stock + quality_control) STORED,
    incoming        integer NOT NULL DEFAULT 0 CHECK (incoming >= 0),
    version         bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sku_key, location_id)
) WITH (fillfactor = 50);

-- Every change of stock, for ever. The key is the business reason (order, line, place, sum; shipment, line, sum), so
-- nothing that is read again moves stock twice. A bucket of null is outside the house. `missing` is what should have
-- moved, because it had happened, and was not there.
CREATE TABLE ledger (
    key         text PRIMARY KEY,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    sku         text NOT NULL,
    location_id text NOT NULL,
    from_bucket text CHECK (from_bucket IN
                ('available', 'committed', 'reserved', 'damaged', 'safety_stock', 'quality_control')),
    to_bucket   text CHECK (to_bucket IN
                ('available', 'committed', 'reserved', 'damaged', 'safety_stock', 'quality_control')),
    quantity    integer NOT NULL CHECK (quantity >= 0),
    missing     integer NOT NULL CHECK (missing >= 0),
    reason      text NOT NULL,
    reference   text NOT NULL,
    event_id    text NOT NULL,
    at          timestamptz NOT NULL,
    CHECK (quantity + missing > 0),
    CHECK (from_bucket IS DISTINCT FROM to_bucket)
);
CREATE INDEX ledger_missing ON ledger (seq) WHERE missing > 0;

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: write a row that corrects it';
END $$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- What is held of each order: sums that only grow, and what was said last; written when it is placed and each time
-- its units move. `sku_keys` are those its decision may touch.
CREATE TABLE allocation (
    order_id   text PRIMARY KEY,
    sku_keys   text[] NOT NULL,
    held       jsonb NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Orders with backordered units, by the SKUs that would let them be decided anew.
CREATE TABLE waiting (
    sku_key   text NOT NULL,
    order_id  text NOT NULL,
    placed_at timestamptz NOT NULL,
    PRIMARY KEY (sku_key, order_id)
);
CREATE INDEX waiting_oldest ON waiting (sku_key, placed_at, order_id);

-- migrate:down
DROP TABLE waiting, allocation, ledger, stock, sku, location, network;
DROP FUNCTION ledger_is_append_only;
