-- sight --
-- Only ids that were not there come back; a concurrent owner's uncommitted id makes this wait, then skip.
INSERT INTO inbox (id, topic, partition, "offset")
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[])
    ON CONFLICT (id) DO NOTHING
RETURNING id;

-- first_sights --
SELECT id, topic, partition, "offset" FROM inbox WHERE id = ANY($1::uuid[]);

-- sight_outside --
INSERT INTO inbox_outside (id, body_hash, topic, partition, "offset")
SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::int[], $5::bigint[])
    ON CONFLICT (id) DO NOTHING
RETURNING id;

-- first_sights_outside --
SELECT id, body_hash, topic, partition, "offset" FROM inbox_outside WHERE id = ANY($1::text[]);

-- lock_orders --
-- The order's lock, for as long as the transaction lasts; the caller sorts, so two batches never deadlock.
SELECT count(pg_advisory_xact_lock(lock)) FROM unnest($1::bigint[]) AS lock;

-- blocked_among --
SELECT order_id FROM blocked WHERE order_id = ANY($1::text[]);

-- block --
INSERT INTO blocked (order_id, attempts, due_at, reason)
SELECT * FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[])
    ON CONFLICT (order_id) DO UPDATE
   SET attempts = excluded.attempts, due_at = excluded.due_at, reason = excluded.reason;

-- queue --
INSERT INTO blocked_event (order_id, event_id, topic, partition, "offset", recorded_at, key, value, headers)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                     $7::bytea[], $8::bytea[], $9::bytea[]);

-- queued --
SELECT order_id, event_id, topic, partition, "offset", recorded_at, key, value, headers
  FROM blocked_event WHERE order_id = $1 ORDER BY seq;

-- unqueue --
DELETE FROM blocked_event WHERE order_id = $1 AND event_id = ANY($2::text[]);

-- unblock --
DELETE FROM blocked WHERE order_id = $1;

-- blocked_state --
SELECT order_id, attempts, due_at, reason FROM blocked WHERE order_id = $1;

-- due_orders --
SELECT order_id FROM blocked WHERE due_at <= $1 ORDER BY due_at LIMIT $2;

-- stored --
SELECT cause, n, event_id, topic, key, headers, payload FROM outbox WHERE cause = ANY($1::text[]) ORDER BY cause, n;

-- published_through --
SELECT p.topic, p.partition, p.published_through
  FROM unnest($1::text[], $2::int[]) AS wanted (topic, partition)
  JOIN progress p ON p.topic = wanted.topic AND p.partition = wanted.partition;

-- mark --
-- Sorted by the caller; never downward, whoever writes. The row as it then stands tells which fresh events lie below.
INSERT INTO progress (topic, partition, published_through, consumed_through)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
    ON CONFLICT (topic, partition) DO UPDATE
   SET published_through = greatest(progress.published_through, excluded.published_through),
       consumed_through = greatest(progress.consumed_through, excluded.consumed_through)
RETURNING topic, partition, published_through;

-- pend --
INSERT INTO outbox_pending (cause, n, lease_until)
SELECT cause, n, now() + interval '2 seconds' FROM unnest($1::text[], $2::int[]) AS t (cause, n)
    ON CONFLICT (cause, n) DO NOTHING;

-- published --
DELETE FROM outbox_pending p USING unnest($1::text[], $2::int[]) AS t (cause, n)
 WHERE p.cause = t.cause AND p.n = t.n;

-- lease_pending --
-- A lease, no lock held over the sending; any number of relays.
WITH leased AS (
    UPDATE outbox_pending SET lease_until = now() + interval '10 seconds'
     WHERE (cause, n) IN (SELECT cause, n FROM outbox_pending WHERE lease_until < now()
                           ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING cause, n
)
SELECT o.cause, o.n, o.event_id, o.topic, o.key, o.headers, o.payload
  FROM leased JOIN outbox o ON o.cause = leased.cause AND o.n = leased.n
 ORDER BY o.created_at, o.cause, o.n;

-- park --
INSERT INTO parked (topic, partition, "offset", recorded_at, key, value, headers, error_class, reason)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[],
                     $8::text[], $9::text[])
    ON CONFLICT (topic, partition, "offset") DO NOTHING
RETURNING topic, partition, "offset";

-- intend --
INSERT INTO effect (key, kind, order_id, payload)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
    ON CONFLICT (key) DO NOTHING;

-- lease_effects --
UPDATE effect SET state = 'leased', lease_until = now() + $2::interval, attempts = attempts + 1
 WHERE key IN (SELECT key FROM effect WHERE state = 'intent' AND due_at <= now()
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING key, kind, order_id, payload, attempts;

-- expired_effects --
-- Leases that ran out: nobody knows whether the call was made. Taken for another lease, to be looked up.
UPDATE effect SET lease_until = now() + $2::interval
 WHERE key IN (SELECT key FROM effect WHERE state = 'leased' AND lease_until < now()
                ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING key, kind, order_id, payload, attempts;

-- settle_effects --
-- Only a lease that is still the same try is settled: a late writer changes nothing.
UPDATE effect e SET state = t.state, provider_ref = t.provider_ref, reason = t.reason, lease_until = NULL,
       due_at = coalesce(t.due_at, e.due_at)
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       AS t (key, attempts, state, provider_ref, reason, due_at)
 WHERE e.key = t.key AND e.state = 'leased' AND e.attempts = t.attempts
RETURNING e.key;

-- remembered --
SELECT request_hash, status, body FROM idempotency WHERE key = $1;

-- remember --
INSERT INTO idempotency (key, request_hash, status, body) VALUES ($1, $2, $3, $4::jsonb);

-- lock_key --
SELECT pg_advisory_xact_lock($1);

-- take_ordinal --
-- Two numbers are a space of their own: no order's lock, which is one number, can be the same.
SELECT pg_try_advisory_lock(1, $1);
