-- A column of many rows comes as one text, its values joined (`texts`): an array costs asyncpg four times that.

-- held_orders --
-- What decides whether a checkout is new, a repeat or a conflict. The orders' locks are held.
SELECT order_id, number, body_hash, document, version, cancelled_version, upstream_at, upstream
  FROM orders WHERE order_id = ANY(texts($1));

-- alike --
-- Those that stand and share a number with new ones; mostly none.
SELECT likeness, order_id, number, document FROM orders WHERE likeness = ANY($1::bigint[]) AND cancelled_version IS NULL;

-- take_numbers --
-- Counts up once per shop and batch. Sorted, so that two batches wait for the counters in one order.
INSERT INTO shop_counter (shop, last)
SELECT shop, 1000 + wanted FROM unnest($1::text[], $2::bigint[]) AS t (shop, wanted) ORDER BY shop
    ON CONFLICT (shop) DO UPDATE SET last = shop_counter.last + excluded.last - 1000
RETURNING shop, last;

-- keep_refused --
-- Whatever was refused can be looked at as it came.
INSERT INTO refused (refused_id, door, place, cause, checkout_id, headers, raw, problems, at)
SELECT t.*, $9
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[]) AS t
    ON CONFLICT DO NOTHING;

-- order_state --
-- An order to be changed. Its lock is held.
SELECT document, version, cancelled_version FROM orders WHERE order_id = $1;

-- order_states --
-- The same of several.
SELECT order_id, document, version, cancelled_version FROM orders WHERE order_id = ANY(texts($1));

-- taken_back --
-- Those of the orders of which units may turn out to be kept; mostly none.
SELECT order_id, document, version, cancelled_version, taken_back_version
  FROM orders WHERE order_id = ANY(texts($1)) AND taken_back_version IS NOT NULL;

-- change_orders --
-- The version guards: an order is changed from the version it was decided on, or not at all.
WITH said AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $10::bool[])
               AS t (order_id, document, version, cancelled_version, changes, fields, reason, actor, takes_back)),
kept AS (
    INSERT INTO order_version (order_id, version, at, changes, fields, reason, actor, replaced)
    SELECT order_id, said.version, $9, string_to_array(changes, ','), string_to_array(fields, E'\n'), reason, actor,
           o.document
      FROM said JOIN orders o USING (order_id) WHERE o.version = said.version - 1)
UPDATE orders o SET document = t.document, version = t.version, cancelled_version = t.cancelled_version,
       taken_back_version = CASE WHEN t.takes_back THEN t.version ELSE o.taken_back_version END
  FROM said t
 WHERE o.order_id = t.order_id AND o.version = t.version - 1
RETURNING o.order_id;

-- hear_upstream --
-- Of all that a shop said of an order, when it touched it last.
UPDATE orders o SET upstream_at = t.at, body_hash = t.body_hash, upstream = coalesce(t.upstream, o.upstream)
  FROM unnest($1::text[], $2::timestamptz[], $3::bytea[], $4::text[]) AS t (order_id, at, body_hash, upstream)
 WHERE o.order_id = t.order_id;

-- diverge --
UPDATE orders SET upstream = coalesce(upstream, document) WHERE order_id = ANY(texts($1));

-- write_act --
-- Who did what to an order, and why.
INSERT INTO order_act (order_id, act, actor, reason) VALUES ($1, $2, $3, $4);

-- remember_released --
INSERT INTO hold_released (order_id, hold_id, actor, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (order_id, hold_id) DO NOTHING;

-- released_holds --
-- Of these orders, the holds that somebody released.
SELECT order_id, hold_id FROM hold_released WHERE order_id = ANY($1::text[]);

-- wait_for_words --
INSERT INTO waits_for_words (shop, order_id) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (order_id) DO NOTHING;

-- waiting_for_words --
SELECT order_id FROM waits_for_words WHERE shop = ANY($1::text[]) ORDER BY order_id;

-- understood --
DELETE FROM waits_for_words WHERE order_id = ANY($1::text[]);

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
SELECT refused_id, door, place, cause, checkout_id, problems, at, taken FROM refused ORDER BY refused_id DESC LIMIT $1;

-- refused --
-- One of them, raw.
SELECT refused_id, door, place, cause, checkout_id, problems, at, taken, headers, raw
  FROM refused WHERE refused_id = $1;

-- retaken --
-- The order that was made of it after all.
UPDATE refused SET taken = $2 WHERE refused_id = $1;

-- accepted --
-- Orders, and when each was accepted: with that, what it was made of is found.
SELECT order_id, document, version, cancelled_version, accepted_at, upstream IS NOT NULL AS changed_here
  FROM orders WHERE order_id = ANY(texts($1));

-- raw_of --
-- The rows in which these orders stand; an order's own time names the day's part.
SELECT inputs FROM raw_batch WHERE at = ANY($1::timestamptz[]) AND texts(order_ids) && texts($2);

-- raw_between --
-- Which orders came in a time, page by page along the key.
SELECT at, order_id
  FROM (SELECT at, order_ids FROM raw_batch WHERE at >= greatest($1::timestamptz, $3::timestamptz) AND at < $2) AS b
 CROSS JOIN LATERAL unnest(texts(order_ids)) AS t (order_id)
 WHERE (at, order_id) > ($3, $4) ORDER BY at, order_id LIMIT $5;

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
       cancelled_version = coalesce(t.cancelled_version, o.cancelled_version),
       taken_back_version = greatest(t.taken_back_version, o.taken_back_version)
  FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[])
       AS t (order_id, document, version, cancelled_version, taken_back_version)
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

-- orders_page --
-- Along the index, so many rows at most; the last row says where it came to, whether it was wanted or not.
WITH looked_at AS (
    SELECT order_id, shop, document, version, cancelled_version, accepted_at, row_number() OVER () AS n
      FROM orders
     WHERE (accepted_at, order_id) < ($1::timestamptz, $2::text)
       AND ($3::timestamptz IS NULL OR accepted_at >= $3) AND ($4::timestamptz IS NULL OR accepted_at < $4)
     ORDER BY accepted_at DESC, order_id DESC LIMIT $10),
wanted AS (
    SELECT l.*, row_number() OVER (ORDER BY n) AS found
      FROM looked_at l, LATERAL (SELECT document::json AS d) AS read
     WHERE ($5::text IS NULL OR shop = $5)
       AND ($6::text IS NULL OR d->'payment'->>'status' = $6)
       AND ($7::text IS NULL OR EXISTS (SELECT FROM json_array_elements(d->'holds') h WHERE h->>'reason' = $7))
       AND ($8::text IS NULL OR EXISTS (SELECT FROM json_array_elements_text(d->'tags') tag WHERE tag = $8))
       AND ($9::text IS NULL OR lower(d->>'name') = lower($9) OR lower(d->'customer'->>'email') = lower($9)
            OR lower(d->'upstream'->>'name') = lower($9)
            OR EXISTS (SELECT FROM json_array_elements(d->'lines') l WHERE lower(l->>'sku') = lower($9)))
     ORDER BY n LIMIT $11)
SELECT l.order_id, l.accepted_at, w.document, w.version, w.cancelled_version,
       (SELECT count(*) FROM looked_at) < $10 AS is_last
  FROM looked_at l LEFT JOIN wanted w USING (order_id)
 WHERE w.order_id IS NOT NULL
    OR l.n = (SELECT max(n) FROM looked_at) AND (SELECT count(*) FROM wanted) < $11
 ORDER BY l.n;

-- order_versions --
SELECT version, at, changes, fields, reason, actor, replaced FROM order_version WHERE order_id = $1 ORDER BY version;

-- order_acts --
SELECT act, actor, reason, at FROM order_act WHERE order_id = $1 ORDER BY act_id;

-- registry_stamp --
-- With every batch: whether anything was registered since the registry was read.
SELECT stamp FROM shop_registry;

-- registry --
-- All shops with what opens their doors, as of one stamp: one statement, so that they are of one moment.
SELECT r.stamp, s.shop, s.document,
       ARRAY(SELECT secret FROM shop_secret k WHERE k.shop = s.shop ORDER BY newest DESC) AS secrets,
       ARRAY(SELECT hash FROM shop_key k WHERE k.shop = s.shop) AS keys
  FROM shop_registry r LEFT JOIN shop s ON true;

-- new_registry_stamp --
UPDATE shop_registry SET stamp = gen_random_uuid();

-- shop --
-- One shop as it is registered. Who changes it holds its lock.
SELECT shop, document, version, updated_at FROM shop WHERE shop = $1;

-- shops --
-- All of them, with how many secrets and keys each has.
SELECT s.shop, s.document, s.version, s.updated_at,
       (SELECT count(*) FROM shop_secret k WHERE k.shop = s.shop) AS secrets,
       (SELECT count(*) FROM shop_key k WHERE k.shop = s.shop) AS keys
  FROM shop s ORDER BY s.shop;

-- save_shop --
-- The version guards: a shop is changed from the version it was read at, or not at all.
INSERT INTO shop (shop, document, version, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (shop) DO UPDATE
   SET document = excluded.document, version = excluded.version, updated_at = excluded.updated_at
 WHERE shop.version = excluded.version - 1
RETURNING version;

-- shop_secrets --
-- To be changed; what is shown of them is only when each was set.
SELECT secret, set_at FROM shop_secret WHERE shop = $1 ORDER BY newest DESC;

-- secrets_set --
SELECT set_at FROM shop_secret WHERE shop = $1 ORDER BY newest DESC;

-- forget_shop_secrets --
DELETE FROM shop_secret WHERE shop = $1;

-- add_shop_secrets --
INSERT INTO shop_secret (shop, newest, secret, set_at)
SELECT $1, newest, secret, set_at FROM unnest($2::bool[], $3::text[], $4::timestamptz[]) AS t (newest, secret, set_at);

-- shop_keys --
SELECT key_id, note, made_at FROM shop_key WHERE shop = $1 ORDER BY made_at, key_id;

-- add_shop_key --
INSERT INTO shop_key (hash, key_id, shop, note, made_at) VALUES ($1, $2, $3, $4, $5);

-- drop_shop_key --
DELETE FROM shop_key WHERE shop = $1 AND key_id = $2 RETURNING key_id;

-- write_shop_act --
-- Who changed what of a shop, and why; never a secret.
INSERT INTO operator_act (act, actor, reason, detail, at) VALUES ('shop', $1, $2, $3::jsonb, $4);

-- shop_acts --
-- What was done to a shop last.
SELECT actor, reason, detail, at FROM operator_act
 WHERE act = 'shop' AND detail ->> 'shop' = $1 ORDER BY act_id DESC LIMIT $2;

-- save_facts --
-- The newest state of each bit counts, in whatever sequence they are read.
INSERT INTO upstream_fact (order_id, kind, fact_id, at, document)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (order_id, kind, fact_id) DO UPDATE SET at = excluded.at, document = excluded.document
 WHERE upstream_fact.at <= excluded.at;

-- facts_of --
SELECT order_id, document FROM upstream_fact WHERE order_id = ANY($1::text[]);
