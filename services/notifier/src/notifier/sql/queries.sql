-- A column of many rows comes as one text, its values joined (`texts`): an array costs asyncpg four times that.

-- eventful_among --
SELECT order_id FROM eventful WHERE order_id = ANY(texts($1));

-- held_orders --
SELECT order_id, version, doc, customer, ship_to, wishes FROM customer_order WHERE order_id = ANY(texts($1));

-- held_decisions --
SELECT doc FROM decision WHERE order_id = ANY(texts($1));

-- held_shipments --
SELECT doc FROM shipment WHERE order_id = ANY(texts($1));

-- told --
SELECT order_id, fact, about FROM message WHERE order_id = ANY(texts($1));

-- save_orders --
-- Never an older version over a newer one, whoever writes; the same version again may lower cancel_version.
INSERT INTO customer_order AS held (order_id, version, doc, customer, ship_to, wishes)
SELECT order_id, version::int, doc, customer, ship_to, wishes
  FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5), texts($6))
       AS t (order_id, version, doc, customer, ship_to, wishes)
    ON CONFLICT (order_id) DO UPDATE
   SET version = excluded.version, doc = excluded.doc,
       customer = excluded.customer, ship_to = excluded.ship_to, wishes = excluded.wishes
 WHERE held.version <= excluded.version;

-- save_decisions --
-- The same revision again may know of more shortages.
INSERT INTO decision AS held (order_id, revision, doc)
SELECT order_id, revision::int, doc
  FROM unnest(texts($1), texts($2), texts($3)) AS t (order_id, revision, doc)
    ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, doc = excluded.doc
 WHERE held.revision <= excluded.revision;

-- save_shipments --
INSERT INTO shipment AS held (order_id, shipment_id, version, doc)
SELECT order_id, shipment_id, version::int, doc
  FROM unnest(texts($1), texts($2), texts($3), texts($4)) AS t (order_id, shipment_id, version, doc)
    ON CONFLICT (order_id, shipment_id) DO UPDATE SET version = excluded.version, doc = excluded.doc
 WHERE held.version < excluded.version;

-- save_eventful --
INSERT INTO eventful (order_id) SELECT * FROM unnest(texts($1)) ON CONFLICT DO NOTHING;

-- claim --
-- All keys are free, as a rule: only those that were taken come back, and they are neither announced nor sent.
WITH wanted AS (
    SELECT * FROM unnest(texts($1), texts($2), texts($3), texts($4), texts($5), texts($6), texts($7), texts($8),
                         texts($9), texts($10), texts($11))
        AS t (order_id, fact, subject, message_id, about, wording, locale, recipient, reason, say, personal)
), claimed AS (
    INSERT INTO message (order_id, fact, subject, message_id, about, wording, locale, recipient, status, reason,
                         version, at, say, personal)
    SELECT order_id, fact, subject, message_id, about, wording, locale, recipient,
           CASE WHEN reason IS NULL THEN 'intended' ELSE 'suppressed' END, reason, (reason IS NOT NULL)::int,
           $12::timestamptz, say, personal
      FROM wanted
        ON CONFLICT DO NOTHING
    RETURNING message_id
)
SELECT message_id FROM wanted EXCEPT SELECT message_id FROM claimed;

-- settle --
-- The next version of each message, under its row's lock; nothing comes back where this was said already.
UPDATE message m SET status = t.status, reason = t.reason, provider_reference = t.reference, version = m.version + 1
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t (message_id, status, reason, reference)
 WHERE m.message_id = t.message_id AND m.status <> t.status
RETURNING m.message_id, m.version;

-- take_messages --
-- As they were announced: a message is known by its id, which is a hash of order, fact and subject.
INSERT INTO message AS held (order_id, fact, subject, message_id, about, wording, locale, recipient, status, reason,
                             provider_reference, version, at, say, personal)
SELECT order_id, fact, 'recovered ' || message_id, message_id, about, '', locale, recipient, status, reason, reference,
       version, at, NULL, NULL
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::int[], $11::timestamptz[])
       AS t (order_id, fact, message_id, about, locale, recipient, status, reason, reference, version, at)
    ON CONFLICT (message_id) DO UPDATE
   SET status = excluded.status, reason = excluded.reason, provider_reference = excluded.provider_reference,
       version = excluded.version
 WHERE held.version < excluded.version
RETURNING message_id;

-- messages_of --
SELECT message_id, fact, about, wording, locale, status, reason, provider_reference, at
  FROM message WHERE order_id = $1 ORDER BY at, fact, subject;

-- message --
SELECT message_id, order_id, fact, subject, about, wording, locale, recipient, status, reason, provider_reference, at,
       say, personal
  FROM message WHERE message_id = $1;

-- versions --
-- For replay: how far each thing of these orders is.
SELECT 'order/' || order_id AS subject, version FROM customer_order WHERE order_id = ANY($1::text[])
 UNION ALL SELECT 'allocation/' || order_id, revision FROM decision WHERE order_id = ANY($1::text[])
 UNION ALL SELECT 'shipment/' || shipment_id, version FROM shipment WHERE order_id = ANY($1::text[]);
