-- A column of many rows comes as one text, its values joined (`texts`): an array costs asyncpg four times that.

-- held_orders --
-- What decides whether a checkout is new, a repeat or a conflict. The orders' locks are held.
SELECT order_id, number, body_hash, document FROM orders WHERE order_id = ANY(texts($1));

-- take_numbers --
-- Counts up once per shop and batch. Sorted, so that two batches wait for the counters in one order.
INSERT INTO shop_counter (shop, last)
SELECT shop, 1000 + wanted FROM unnest($1::text[], $2::bigint[]) AS t (shop, wanted) ORDER BY shop
    ON CONFLICT (shop) DO UPDATE SET last = shop_counter.last + excluded.last - 1000
RETURNING shop, last;

-- add_orders --
-- A taken order_id or name is a broken promise, not a case: it fails.
INSERT INTO orders (order_id, shop, number, body_hash, document, version, accepted_at)
SELECT order_id, shop, number::bigint, decode(body_hash, 'hex'), document, 1, $6
  FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5)) AS t (order_id, shop, number, body_hash, document);

-- keep_refused --
-- Whatever was refused can be looked at as it came.
INSERT INTO refused (refused_id, door, place, cause, checkout_id, headers, raw, problems, at)
SELECT t.*, $9
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::bytea[], $8::json[]) AS t;

-- keep_raw --
-- What each new order was made of; its `at` is the order's `accepted_at`. A request has no place.
INSERT INTO raw_input (at, order_id, door, place, cause, headers, raw)
SELECT $7, order_id, door, coalesce(place, ''), cause, headers, raw
  FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5), $6::bytea[])
       AS t (order_id, door, place, cause, headers, raw);

-- order_state --
-- An order to be changed. Its lock is held.
SELECT document, version, cancelled_version FROM orders WHERE order_id = $1;

-- cancelled_orders --
-- Those of the orders of which units may turn out to be kept; mostly none.
SELECT order_id, document, version, cancelled_version
  FROM orders WHERE order_id = ANY(texts($1)) AND cancelled_version IS NOT NULL;

-- change_orders --
-- The version guards: an order is changed from the version it was decided on, or not at all.
UPDATE orders o SET document = t.document, version = t.version, cancelled_version = t.cancelled_version
  FROM unnest($1::text[], $2::text[], $3::int[], $4::int[]) AS t (order_id, document, version, cancelled_version)
 WHERE o.order_id = t.order_id AND o.version = t.version - 1
RETURNING o.order_id;

-- save_shipments --
-- The highest version counts, in whatever sequence they are read.
INSERT INTO shipment (order_id, shipment_id, version, status, lines)
SELECT order_id, shipment_id, version::int, status, lines
  FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5)) AS t (order_id, shipment_id, version, status, lines)
    ON CONFLICT (order_id, shipment_id) DO UPDATE
   SET version = excluded.version, status = excluded.status, lines = excluded.lines
 WHERE shipment.version < excluded.version;

-- shipments_of --
-- Every shipment of these orders.
SELECT order_id, shipment_id, version, status, lines
  FROM shipment WHERE order_id = ANY($1::text[]) ORDER BY order_id, shipment_id;

-- versions --
-- For replay: how far each thing of these orders is.
SELECT 'shipment/' || shipment_id AS subject, version FROM shipment WHERE order_id = ANY($1::text[]);

-- order_by_id --
-- An order to be shown.
SELECT document, version, cancelled_version, accepted_at FROM orders WHERE order_id = $1;

-- order_by_name --
-- The same by its name; names are unique per shop.
SELECT document, version, cancelled_version, accepted_at FROM orders WHERE shop = $1 AND number = $2;

-- newest_refused --
-- The newest first: an id has its time in front.
SELECT refused_id, door, place, cause, checkout_id, problems, at FROM refused ORDER BY refused_id DESC LIMIT $1;

-- refused --
-- One of them, raw.
SELECT refused_id, door, place, cause, checkout_id, problems, at, headers, raw FROM refused WHERE refused_id = $1;

-- raw_of --
-- Orders with what they were made of; an order's own time names the day's part it stands in.
SELECT o.order_id, o.document, o.version, o.cancelled_version, r.raw
  FROM orders o LEFT JOIN raw_input r ON r.at = o.accepted_at AND r.order_id = o.order_id
 WHERE o.order_id = ANY(texts($1));

-- raw_between --
-- Which orders came in a time, page by page along the key.
SELECT at, order_id FROM raw_input
 WHERE at >= $1 AND at < $2 AND (at, order_id) > ($3, $4) ORDER BY at, order_id LIMIT $5;

-- raw_input --
-- One of them, as it came.
SELECT r.order_id, r.at, r.door, r.place, r.cause, r.headers, r.raw
  FROM orders o JOIN raw_input r ON r.at = o.accepted_at AND r.order_id = o.order_id
 WHERE o.order_id = $1;

-- write_reinterpret --
-- On whose word orders are read anew, and why.
INSERT INTO operator_act (act, actor, reason, detail) VALUES ('reinterpret', $1, $2, $3::jsonb);

-- claim_reinterpreted --
-- One row for ever per job and order: only what comes back is written, and said.
INSERT INTO replay_result (replay_id, item, outcome, reason)
SELECT $1, order_id, outcome, reason FROM unnest(texts($2), texts($3), $4::text[]) AS t (order_id, outcome, reason)
    ON CONFLICT (replay_id, item) DO NOTHING
RETURNING item;

-- reinterpreted --
-- What became of these orders under a job before.
SELECT item, outcome, reason FROM replay_result WHERE replay_id = $1 AND item = ANY(texts($2));

-- take_raw --
-- The same of orders that were taken over without, where their checkout is heard again.
INSERT INTO raw_input (at, order_id, door, place, cause, headers, raw)
SELECT o.accepted_at, o.order_id, t.door, coalesce(t.place, ''), t.cause, t.headers, t.raw
  FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5), $6::bytea[])
       AS t (order_id, door, place, cause, headers, raw)
  JOIN orders o ON o.order_id = t.order_id
    ON CONFLICT (at, order_id) DO NOTHING;

-- take_placed --
-- An order as it was placed, of which a database that was put back knows nothing.
INSERT INTO orders (order_id, shop, number, body_hash, document, version, accepted_at)
SELECT t.order_id, t.shop, t.number, t.body_hash, t.document, 1, t.accepted_at
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::text[], $6::timestamptz[])
       AS t (order_id, shop, number, body_hash, document, accepted_at)
    ON CONFLICT (order_id) DO NOTHING
RETURNING order_id;

-- count_up_to --
-- A name that was given is not given again.
INSERT INTO shop_counter (shop, last) SELECT * FROM unnest($1::text[], $2::bigint[])
    ON CONFLICT (shop) DO UPDATE SET last = greatest(shop_counter.last, excluded.last);

-- take_changed --
UPDATE orders o
   SET document = t.document, version = t.version,
       cancelled_version = coalesce(t.cancelled_version, o.cancelled_version)
  FROM unnest($1::text[], $2::text[], $3::int[], $4::int[]) AS t (order_id, document, version, cancelled_version)
 WHERE o.order_id = t.order_id AND o.version < t.version
RETURNING o.order_id;

-- open_orders --
-- For a snapshot, page by page along the key: orders of which a shipment is open, or units are still to leave. What has
-- no shipment by its nature is not waited for.
SELECT order_id, version, still_to_leave AS open
  FROM (SELECT * FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT $2) AS o
 CROSS JOIN LATERAL (
    SELECT coalesce(sum((line->>'quantity')::bigint - (line->>'cancelled')::bigint), 0) AS wanted
      FROM json_array_elements(o.document::json->'lines') AS line
     WHERE coalesce(line->>'delivery_method', 'shipping') NOT IN ('digital', 'none')) AS ordered
 CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(s.status NOT IN ('closed', 'cancelled', 'incomplete')), false) AS under_way,
           coalesce(sum((SELECT sum((line->>'shipped')::bigint) FROM json_array_elements(s.lines::json) AS line)), 0)
           AS shipped
      FROM shipment s WHERE s.order_id = o.order_id) AS sent
 CROSS JOIN LATERAL (SELECT under_way OR wanted > shipped AS still_to_leave) AS state
 ORDER BY order_id;
