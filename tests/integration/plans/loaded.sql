-- Some thousands of rows in each table that grows: block by block, as the test puts them in.

-- runtime --
CREATE FUNCTION pg_temp.id_of(g integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT (lpad(to_hex(extract(epoch FROM now())::bigint * 1000 - g * 20000), 12, '0') || lpad(to_hex(g), 20, '0'))::uuid
$$;
INSERT INTO inbox
  SELECT pg_temp.id_of(g), 'order.placed', g % 12, g
  FROM generate_series(1, 5000) g;
INSERT INTO inbox_outside
  SELECT 'checkout.completed/' || g, 'h', 'checkout.completed', g % 12, g, now() - g * interval '5 minutes'
  FROM generate_series(1, 5000) g;
INSERT INTO progress
  SELECT 'topic' || g, p, 1, 1
  FROM generate_series(1, 10) g, generate_series(0, 11) p;
INSERT INTO outbox
  SELECT pg_temp.id_of(g)::text, 0, 'e', 'order.placed', 'k', '[]', repeat('x', 500)::bytea, now(), CURRENT_DATE
  - g % 14
  FROM generate_series(1, 5000) g;
INSERT INTO outbox_batch
  SELECT 'order.placed', g % 12, 100 * g, 100 * g + 99, repeat('x', 500)::bytea, now(), CURRENT_DATE - g % 14
  FROM generate_series(1, 5000) g;
INSERT INTO outbox_pending
  SELECT pg_temp.id_of(g)::text, 0, now() + (g - 50) * interval '1 second'
  FROM generate_series(1, 5000) g;
INSERT INTO blocked
  SELECT 'k' || g, 1, now() + (g - 50) * interval '1 minute', 'why'
  FROM generate_series(1, 5000) g;
INSERT INTO blocked_event (order_id, event_id, topic, partition, "offset", recorded_at, value, headers)
  SELECT 'k' || g, 'e' || g, 't', 0, g, 0, '{}', '[]'
  FROM generate_series(1, 5000) g;
INSERT INTO parked (topic, partition, "offset", recorded_at, headers, error_class, reason, event_id, order_id, state, settled_at)
  SELECT 't', 0, g, 0, '[]', 'bug', 'why', CASE WHEN g % 2 = 0 THEN 'k' || g END, 'k' || g,
  CASE WHEN g % 10 = 0 THEN 'parked' ELSE 'retried' END, CASE WHEN g % 10 > 0 THEN now() - g * interval '20 minutes' END
  FROM generate_series(1, 5000) g;
INSERT INTO operator_act (act, parked_id, actor)
  SELECT 'retry', parked_id, 'kim'
  FROM parked;
INSERT INTO timer
  SELECT 'k' || g, 'reminder', 'k' || g, now() + (g - 50) * interval '1 minute'
  FROM generate_series(1, 5000) g;
INSERT INTO effect (key, kind, order_id, payload, state, lease_until, due_at, created_at)
  SELECT 'k' || g, 'mail', 'k' || g, '{"to": "x"}', s.state, CASE s.state WHEN 'leased' THEN now() + (g - 50) *
  interval '1 second' END, now() + (g - 50) * interval '1 second', now() - g * interval '10 minutes'
  FROM generate_series(1, 5000) g, LATERAL (SELECT (ARRAY['intent', 'leased', 'confirmed', 'confirmed', 'confirmed'])[1 + g % 5] AS state) s;
INSERT INTO idempotency
  SELECT 'k' || g, 'h', 201, '{}', now() - g * interval '2 minutes'
  FROM generate_series(1, 5000) g;
INSERT INTO replay_result (replay_id, item, outcome)
  SELECT 'k' || g % 7, 'k' || g, 'done'
  FROM generate_series(1, 5000) g;

-- order_intake --
INSERT INTO orders
  SELECT 'k' || g, 'shop', g, 2, CASE WHEN g % 50 = 0 THEN 2 END, sha256(g::text::bytea), now(),
  jsonb_build_object('name', g)
  FROM generate_series(1, 5000) g;
INSERT INTO raw_batch
  SELECT now() - g * interval '1 minute', 'k' || g, 'k' || g, 'packed'
  FROM generate_series(1, 5000) g;
INSERT INTO shop_counter
  SELECT 'shop' || g, 2000
  FROM generate_series(1, 5) g;
INSERT INTO shipment
  SELECT 'k' || g, 'k' || g || '-F1', 1, 'open', '[]'
  FROM generate_series(1, 5000) g;
INSERT INTO refused
  SELECT gen_random_uuid(), 'http', 'p', 'c', 'x', '[]', 'raw', '[]', now()
  FROM generate_series(1, 5000) g;
INSERT INTO order_version
  SELECT 'k' || g, 2, now(), '{edited}', '{tags}', NULL, 'shop', '{}'
  FROM generate_series(1, 5000) g;
INSERT INTO order_act (order_id, act, actor)
  SELECT 'k' || g, 'edit', 'mina'
  FROM generate_series(1, 5000) g;
INSERT INTO hold_released
  SELECT 'k' || g, 'h', now(), 'mina'
  FROM generate_series(1, 5000) g;
INSERT INTO waits_for_words
  SELECT 'k' || g, 'shop-' || g % 7
  FROM generate_series(1, 5000) g;
INSERT INTO upstream_fact
  SELECT 'k' || g, 'refund', 'r', now(), '{}'
  FROM generate_series(1, 5000) g;

-- allocator --
INSERT INTO location
  SELECT 'l' || g, 'name', 'KR', NULL, NULL, NULL, 'manual', NULL
  FROM generate_series(1, 4) g;
INSERT INTO sku
  SELECT 'k' || g, 'K' || g, 100, 'title'
  FROM generate_series(1, 5000) g;
INSERT INTO stock (sku_key, location_id, sku, available)
  SELECT 'k' || g, 'l' || l, 'K' || g, 9
  FROM generate_series(1, 5000) g, generate_series(1, 2) l;
INSERT INTO ledger (key, sku, location_id, to_bucket, quantity, missing, reason, reference, event_id, at)
  SELECT 'key' || g, 'K' || g, 'l1', 'available', 9, 0, 'r', 'r', 'e', now()
  FROM generate_series(1, 5000) g;
INSERT INTO allocation
  SELECT 'k' || g, 'k' || g, '{}', now()
  FROM generate_series(1, 5000) g;
INSERT INTO waiting
  SELECT 'k' || g, 'k' || g, now() - g * interval '1 minute'
  FROM generate_series(1, 5000) g;

-- fulfiller --
INSERT INTO orders
  SELECT 'k' || g, 1, 'n', NULL, 's', NULL, '{}', NULL, '{}'
  FROM generate_series(1, 5000) g;
INSERT INTO decision
  SELECT 'k' || g, 1, 1, '[]'
  FROM generate_series(1, 5000) g;
INSERT INTO shipment
  SELECT 'k' || g, 'k' || g, 'n', 'k' || g % 20, 'merchant', NULL, 'open', 'unsubmitted', NULL, '[]', 1, 's',
  NULL, '{}', NULL, '{}', 1, 1, 1, 1
  FROM generate_series(1, 5000) g;
INSERT INTO package
  SELECT 'k' || g, 'k' || g, 1, '[]', NULL, NULL, NULL, '[]'
  FROM generate_series(1, 5000) g;
INSERT INTO partner_message
  SELECT 'k' || g, 'k' || g, 'h'
  FROM generate_series(1, 5000) g;
INSERT INTO refused
  SELECT 'k' || g, 'p', 'm', NULL, '[]', 'raw', now()
  FROM generate_series(1, 5000) g;
INSERT INTO refusal
  SELECT 'p', 'k' || g, 1
  FROM generate_series(1, 5000) g;

-- notifier --
INSERT INTO eventful
  SELECT 'k' || g
  FROM generate_series(1, 5000) g;
INSERT INTO customer_order
  SELECT 'k' || g, 1, '{}', '{}', '{}', '{}'
  FROM generate_series(1, 5000) g;
INSERT INTO decision
  SELECT 'k' || g, 1, '{}'
  FROM generate_series(1, 5000) g;
INSERT INTO shipment
  SELECT 'k' || g, 'k' || g || '-F1', 1, '{}'
  FROM generate_series(1, 5000) g;
INSERT INTO message
  SELECT 'k' || g, 'confirmed', 's', 'k' || g, '[]', 'w', 'ko', NULL, 'sent', NULL, NULL, 1, now(), '{}', '{}'
  FROM generate_series(1, 5000) g;
