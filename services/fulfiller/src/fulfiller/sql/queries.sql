-- A column of many rows comes as one text, its values joined (`texts`): an array costs asyncpg four times that.

-- held --
-- The newest version and decision of each order, as far as there are any, and whether it has shipments. Each table is
-- asked for the keys by itself: joined to them, tables of some thousand rows would be read whole.
SELECT order_id, o.version, o.name, o.hold, o.service, o.fulfil_by, o.instructions, o.ship_to, o.wishes,
       o.line_holds, d.revision, d.order_version, d.sites, s.order_id IS NOT NULL AS has_shipments
  FROM (SELECT * FROM orders WHERE order_id = ANY(texts($1))) AS o
  FULL JOIN (SELECT * FROM decision WHERE order_id = ANY(texts($1))) AS d USING (order_id)
  LEFT JOIN (SELECT DISTINCT order_id FROM shipment WHERE order_id = ANY(texts($1))) AS s USING (order_id);

-- save_orders --
-- Of orders that were held before; those that are new are added by COPY.
UPDATE orders
   SET version = new.version, name = new.name, hold = new.hold, service = new.service, fulfil_by = new.fulfil_by,
       instructions = new.instructions, ship_to = new.ship_to, wishes = new.wishes, line_holds = new.line_holds
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
              $9::text[], $10::text[])
    AS new (order_id, version, name, hold, service, fulfil_by, instructions, ship_to, wishes, line_holds)
 WHERE orders.order_id = new.order_id;

-- save_decisions --
-- Of orders that were decided before; those that are new are added by COPY.
UPDATE decision
   SET revision = new.revision, order_version = new.order_version, sites = new.sites
  FROM unnest($1::text[], $2::int[], $3::int[], $4::text[]) AS new (order_id, revision, order_version, sites)
 WHERE decision.order_id = new.order_id;

-- shipments_of --
-- Oldest first within an order: ids end in -F1, -F2, ..., -F10.
SELECT shipment_id, order_id, name, location_id, fulfilled_by, partner_id, status, request_status, reason, lines,
       service, fulfil_by, instructions, ship_to, wishes, order_version, revision, version, said
  FROM shipment WHERE order_id = ANY(texts($1))
 ORDER BY order_id, length(shipment_id), shipment_id;

-- packages_of --
-- In the order in which they left.
SELECT shipment_id, package_id, lines, carrier, number, url, milestones
  FROM package WHERE shipment_id = ANY(texts($1))
 ORDER BY shipment_id, n;

-- save_shipments --
-- Exactly one version on, else the order's lock was not held. Who and where a shipment is never changes. A reason is
-- any text, so it comes in an array.
UPDATE shipment
   SET status = new.status, request_status = new.request_status, reason = new.reason, lines = new.lines,
       open_units = new.open_units::bigint, order_version = new.order_version::int, revision = new.revision::int,
       version = new.version::int, said = new.said::int
  FROM unnest(texts($1), texts($2), texts($3), texts($4), $5::text[], texts($6), texts($7), texts($8), texts($9),
              texts($10), texts($11))
    AS new (order_id, shipment_id, status, request_status, reason, lines, open_units, order_version, revision, version,
            said)
 WHERE shipment.order_id = new.order_id AND shipment.shipment_id = new.shipment_id
   AND shipment.version = new.version::int - 1
RETURNING shipment.shipment_id;

-- save_deliveries --
-- Seldom: an order's address, wishes or date changed.
UPDATE shipment
   SET service = new.service, fulfil_by = new.fulfil_by, instructions = new.instructions, ship_to = new.ship_to,
       wishes = new.wishes
  FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
    AS new (order_id, shipment_id, service, fulfil_by, instructions, ship_to, wishes)
 WHERE shipment.order_id = new.order_id AND shipment.shipment_id = new.shipment_id;

-- save_packages --
-- Of packages that were held before; those that are new are added by COPY. Once it left, only what happened to it is news.
INSERT INTO package (shipment_id, package_id, n, lines, carrier, number, url, milestones)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    ON CONFLICT (shipment_id, package_id) DO UPDATE SET milestones = excluded.milestones;

-- messages_heard --
SELECT m.shipment_id, m.message_id, m.body_hash
  FROM unnest(texts($1), texts($2)) AS wanted (shipment_id, message_id)
  JOIN partner_message m ON m.shipment_id = wanted.shipment_id AND m.message_id = wanted.message_id;

-- remember_messages --
-- Some may be known: a recovery reads again what was heard.
INSERT INTO partner_message (shipment_id, message_id, body_hash)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
    ON CONFLICT (shipment_id, message_id) DO NOTHING;

-- count_refusals --
-- The caller sums per id and sorts, so that two batches never deadlock.
INSERT INTO refusal (partner_id, message_id, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
    ON CONFLICT (partner_id, message_id) DO UPDATE SET version = refusal.version + excluded.version
RETURNING partner_id, message_id, version;

-- keep_refused --
INSERT INTO refused (record_id, partner_id, message_id, shipment_id, problems, body, refused_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::bytea[], $7::timestamptz[])
    ON CONFLICT (record_id) DO NOTHING;

-- work_at --
-- What a location has to do, oldest first; with `ready` only what a bench can pack now.
SELECT s.shipment_id, s.order_id, s.name, s.location_id, s.fulfilled_by, s.partner_id, s.status, s.request_status,
       s.reason, s.lines, s.service, s.fulfil_by, s.instructions, s.ship_to, s.wishes, s.order_version, s.revision,
       s.version, s.said
  FROM shipment s
  JOIN orders o ON o.order_id = s.order_id
  JOIN decision d ON d.order_id = s.order_id
 WHERE s.location_id = $1
   AND ($2::text IS NULL OR s.status = $2)
   AND (NOT $3::boolean OR (s.fulfilled_by <> 'partner' AND s.status IN ('open', 'in_progress')
                            AND o.hold IS NULL AND o.version = d.order_version))
 ORDER BY s.created_at, s.shipment_id
 LIMIT $4;

-- take_shipments --
-- As they were announced, when a database was put back: the highest version stays; what partners were told of it comes
-- after it, at the same version.
INSERT INTO shipment (order_id, shipment_id, status, request_status, reason, lines, open_units, order_version, revision,
                      version, said, name, location_id, fulfilled_by, partner_id, service, fulfil_by, instructions,
                      ship_to, wishes)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::int[],
                     $9::int[], $10::int[], $11::int[], $12::text[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::timestamptz[], $18::text[], $19::text[], $20::text[])
    ON CONFLICT (order_id, shipment_id) DO UPDATE
   SET status = excluded.status, request_status = excluded.request_status, reason = excluded.reason,
       lines = excluded.lines, open_units = excluded.open_units, order_version = excluded.order_version,
       revision = excluded.revision, version = excluded.version, said = excluded.said, service = excluded.service,
       fulfil_by = excluded.fulfil_by, instructions = excluded.instructions, ship_to = excluded.ship_to,
       wishes = excluded.wishes
 WHERE shipment.version <= excluded.version;

-- orders_asked_back --
-- Whose partners were asked to let go and have not answered: what waits for them is in no event.
SELECT DISTINCT order_id FROM shipment WHERE request_status = 'cancellation_requested';

-- take_refusals --
-- What partners were told of refused messages; the message itself comes when it is read.
INSERT INTO refused (record_id, partner_id, message_id, shipment_id, problems, body, refused_at)
SELECT t.record_id, t.partner_id, t.message_id, t.shipment_id, t.problems, '', t.refused_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])
       AS t (record_id, partner_id, message_id, shipment_id, problems, refused_at)
    ON CONFLICT (record_id) DO NOTHING
RETURNING record_id;

-- take_refusal_counts --
INSERT INTO refusal (partner_id, message_id, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
    ON CONFLICT (partner_id, message_id) DO UPDATE SET version = greatest(refusal.version, excluded.version);

-- fill_refused --
-- Those of these records that were refused, with what they said.
UPDATE refused SET body = t.body
  FROM unnest($1::text[], $2::bytea[]) AS t (record_id, body) WHERE refused.record_id = t.record_id
RETURNING refused.record_id;

-- versions --
-- For replay: how far each thing of these orders is.
SELECT 'order/' || order_id AS subject, version FROM orders WHERE order_id = ANY($1::text[])
 UNION ALL SELECT 'allocation/' || order_id, revision FROM decision WHERE order_id = ANY($1::text[]);

-- open_shipments --
-- For a snapshot, page by page along the key.
SELECT order_id, shipment_id, version
  FROM shipment WHERE (order_id, shipment_id) > ($1, $2) AND open_units > 0
 ORDER BY order_id, shipment_id LIMIT $3;
