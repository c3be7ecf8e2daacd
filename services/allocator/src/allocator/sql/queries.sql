-- A column of many rows comes as one text, its values joined (`texts`): an array costs asyncpg four times that. SKUs are any
-- text and come in arrays.

-- lock_stock --
-- One order for all (SKU, location), so two batches never deadlock; nobody else says FOR UPDATE on stock.
-- $1 the SKUs that are named, $2 the orders whose held SKUs are locked with them.
SELECT count(*) FROM (
    SELECT 1 FROM stock
     WHERE sku_key = ANY($1::text[] || ARRAY(SELECT unnest(string_to_array(sku_keys, E'\x1fS')) FROM allocation WHERE order_id = ANY(texts($2))))
     ORDER BY sku_key, location_id FOR UPDATE
) AS locked;

-- held --
SELECT order_id, held FROM allocation WHERE order_id = ANY(texts($1));

-- stock_of --
SELECT sku_key, location_id, sku, available, committed, reserved, damaged, safety_stock, quality_control, incoming,
       version
  FROM stock WHERE sku_key = ANY($1::text[]);

-- known --
SELECT sku_key FROM sku WHERE sku_key = ANY($1::text[]);

-- network_stamp --
SELECT stamp FROM network;

-- rates --
SELECT stamp, currency, parcel, per_kg, per_100km FROM network;

-- locations --
SELECT location_id, name, country_code, postal_code, latitude, longitude, kind, partner_id
  FROM location ORDER BY location_id;

-- save_locations --
INSERT INTO location (location_id, name, country_code, postal_code, latitude, longitude, kind, partner_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::text[])
    ON CONFLICT (location_id) DO UPDATE
   SET name = excluded.name, country_code = excluded.country_code, postal_code = excluded.postal_code,
       latitude = excluded.latitude, longitude = excluded.longitude, kind = excluded.kind,
       partner_id = excluded.partner_id;

-- save_rates --
UPDATE network SET currency = $1, parcel = $2, per_kg = $3, per_100km = $4;

-- new_stamp --
UPDATE network SET stamp = gen_random_uuid();

-- save_skus --
INSERT INTO sku (sku_key, sku, weight_g, title)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])
    ON CONFLICT (sku_key) DO UPDATE SET sku = excluded.sku, weight_g = excluded.weight_g, title = excluded.title;

-- add_levels --
-- Rows for levels that are new; the spelling the SKU has then stays theirs, so its ledger stays one.
INSERT INTO stock (sku_key, location_id, sku)
SELECT new.sku_key, new.location_id, sku.sku
  FROM unnest($1::text[], $2::text[]) AS new (sku_key, location_id) JOIN sku ON sku.sku_key = new.sku_key
 ORDER BY new.sku_key, new.location_id
    ON CONFLICT (sku_key, location_id) DO NOTHING;

-- save_stock --
-- The rows are locked, so the version still is the one that was read; the caller counts the rows all the same.
UPDATE stock
   SET available = new.available, committed = new.committed, reserved = new.reserved, damaged = new.damaged,
       safety_stock = new.safety_stock, quality_control = new.quality_control, version = new.version
  FROM (SELECT sku_key, location_id, available::int, committed::int, reserved::int, damaged::int, safety_stock::int,
               quality_control::int, version::bigint
          FROM unnest($1::text[], $2::text[], texts($3), texts($4), texts($5), texts($6), texts($7), texts($8),
                      texts($9))
            AS new (sku_key, location_id, available, committed, reserved, damaged, safety_stock, quality_control,
                    version)) AS new
 WHERE stock.sku_key = new.sku_key AND stock.location_id = new.location_id AND stock.version = new.version - 1;

-- save_allocations --
-- Of orders that were held before; those that are new are added by COPY.
UPDATE allocation
   SET sku_keys = new.sku_keys, held = new.held, changed_at = $4
  FROM unnest(texts($1), $2::text[], texts($3)) AS new (order_id, sku_keys, held)
 WHERE allocation.order_id = new.order_id;

-- wait --
INSERT INTO waiting (sku_key, order_id, placed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
    ON CONFLICT (sku_key, order_id) DO NOTHING;

-- wait_no_more --
DELETE FROM waiting USING unnest($1::text[], $2::text[]) AS gone (sku_key, order_id)
 WHERE waiting.sku_key = gone.sku_key AND waiting.order_id = gone.order_id;

-- waiting_for --
-- The oldest first; an order that waits for several of the SKUs comes once.
SELECT order_id FROM waiting WHERE sku_key = ANY($1::text[])
 GROUP BY order_id ORDER BY min(placed_at), order_id LIMIT $2;

-- how_many_wait --
SELECT count(DISTINCT order_id) FROM waiting WHERE sku_key = ANY($1::text[]);

-- stock_levels --
SELECT k.sku, k.weight_g, k.title, s.location_id, s.on_hand, s.available, s.committed, s.reserved, s.damaged,
       s.safety_stock, s.quality_control, s.incoming, s.version
  FROM sku k LEFT JOIN stock s ON s.sku_key = k.sku_key WHERE k.sku_key = $1 ORDER BY s.location_id;

-- unbalanced --
-- The domain's own audit: every bucket must be what its ledger adds up to. Reads both tables whole.
WITH booked AS (
    SELECT sku, location_id, bucket, sum(quantity) AS quantity
      FROM (SELECT sku, location_id, to_bucket AS bucket, quantity FROM ledger WHERE to_bucket IS NOT NULL
             UNION ALL
            SELECT sku, location_id, from_bucket, -quantity FROM ledger WHERE from_bucket IS NOT NULL) AS moves
     GROUP BY sku, location_id, bucket
), held AS (
    SELECT s.sku, s.location_id, b.bucket, b.quantity
      FROM stock s CROSS JOIN LATERAL (VALUES
           ('available', s.available), ('committed', s.committed), ('reserved', s.reserved), ('damaged', s.damaged),
           ('safety_stock', s.safety_stock), ('quality_control', s.quality_control)) AS b (bucket, quantity)
)
SELECT sku, location_id, bucket, coalesce(booked.quantity, 0)::bigint AS ledger, coalesce(held.quantity, 0) AS stock
  FROM held FULL JOIN booked USING (sku, location_id, bucket)
 WHERE coalesce(held.quantity, 0) <> coalesce(booked.quantity, 0)
 ORDER BY sku, location_id, bucket LIMIT 1000;

-- missing --
SELECT key, sku, location_id, missing, reference, event_id, at FROM ledger WHERE missing > 0 ORDER BY seq LIMIT 1000;

-- revisions --
SELECT order_id, (held::json->>'revision')::int AS revision FROM allocation WHERE order_id = ANY($1::text[]);

-- stock_versions --
SELECT s.sku_key, s.location_id, s.version
  FROM unnest($1::text[], $2::text[]) AS wanted (sku_key, location_id)
  JOIN stock s ON s.sku_key = wanted.sku_key AND s.location_id = wanted.location_id;

-- make_skus --
INSERT INTO sku (sku_key, sku, weight_g, title) SELECT sku_key, sku, 0, '' FROM unnest($1::text[], $2::text[]) AS t (sku_key, sku)
    ON CONFLICT (sku_key) DO NOTHING
RETURNING sku;

-- make_locations --
-- ISO 3166 keeps ZZ for whoever needs a country that is none.
INSERT INTO location (location_id, name, country_code, kind, partner_id)
SELECT location_id, location_id, 'ZZ', CASE WHEN partner_id IS NULL THEN 'manual' ELSE 'partner' END, partner_id
  FROM unnest($1::text[], $2::text[]) AS t (location_id, partner_id)
    ON CONFLICT (location_id) DO NOTHING
RETURNING location_id;

-- take_stock --
-- The levels of a database that was put back, as they add up; the version is the one announced last.
UPDATE stock
   SET available = new.available, committed = new.committed, reserved = new.reserved, damaged = new.damaged,
       safety_stock = new.safety_stock, quality_control = new.quality_control,
       version = greatest(stock.version, new.version)
  FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bigint[])
       AS new (sku_key, location_id, available, committed, reserved, damaged, safety_stock, quality_control, version)
 WHERE stock.sku_key = new.sku_key AND stock.location_id = new.location_id;

-- allocations_after --
-- For a snapshot, page by page along the key.
SELECT order_id, held FROM allocation WHERE order_id > $1 ORDER BY order_id LIMIT $2;
