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
-- The orders' locks, for as long as the transaction lasts; in the order of their keys, so two batches never deadlock.
SELECT count(pg_advisory_xact_lock(lock))
  FROM (SELECT DISTINCT hashtextextended(order_id, 0) AS lock FROM unnest($1::text[]) AS t (order_id) ORDER BY lock)
    AS sorted;

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
-- The batches that these places lie in; what else they said is left out by the caller.
SELECT b.rows
  FROM (SELECT topic, partition, min("offset") AS low, max("offset") AS high
          FROM unnest($1::text[], $2::int[], $3::bigint[]) AS seen (topic, partition, "offset")
         GROUP BY topic, partition) AS seen
  JOIN outbox_batch b ON b.topic = seen.topic AND b.partition = seen.partition
   AND b.last_offset >= seen.low AND b.first_offset <= seen.high
 ORDER BY b.created_at, b.topic, b.partition, b.last_offset;

-- published_through --
SELECT p.topic, p.partition, p.published_through
  FROM unnest($1::text[], $2::int[]) AS wanted (topic, partition)
  JOIN progress p ON p.topic = wanted.topic AND p.partition = wanted.partition;

-- consumed_through --
SELECT p.topic, p.partition, p.consumed_through
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

-- unsure --
-- Before a skip: what was said because of records at or above the mark may be unsaid, and nobody will read them again.
SELECT rows FROM outbox_batch
 WHERE topic = $1 AND partition = $2
   AND last_offset >= coalesce((SELECT published_through FROM progress WHERE topic = $1 AND partition = $2), 0)
 ORDER BY created_at, last_offset;

-- left_to_the_relay --
SELECT cause, n FROM outbox WHERE cause = ANY($1::text[]);

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

-- park_records --
INSERT INTO parked (topic, partition, "offset", recorded_at, key, value, headers, error_class, reason, event_id, order_id)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[],
                     $8::text[], $9::text[], $10::text[], $11::text[])
    ON CONFLICT (topic, partition, "offset") WHERE event_id IS NULL DO NOTHING
RETURNING topic, partition, "offset";

-- park_events --
-- An event that was tried again and failed again is the same row; only its first time comes back.
WITH put AS (
    INSERT INTO parked (topic, partition, "offset", recorded_at, key, value, headers, error_class, reason, event_id,
                        order_id)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[],
                         $8::text[], $9::text[], $10::text[], $11::text[])
        ON CONFLICT (event_id) DO UPDATE
       SET error_class = excluded.error_class, reason = excluded.reason, times = parked.times + 1, parked_at = now(),
           state = 'parked', settled_at = NULL
    RETURNING event_id, times
)
SELECT event_id FROM put WHERE times = 1;

-- settle_parked --
UPDATE parked SET state = 'retried', settled_at = now() WHERE event_id = ANY($1::text[]) AND state = 'parked';

-- intend --
-- A key is intended once for ever. One taken over from the effects topic knows no payload until its event comes again.
INSERT INTO effect (key, kind, order_id, payload, traceparent, due_at)
SELECT t.*, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $6::text[]) AS t
    ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, order_id = excluded.order_id
 WHERE effect.payload IS NULL AND effect.state IN ('intent', 'leased')
RETURNING key, xmax = 0 AS fresh;

-- brake --
SELECT release, reason FROM brake;

-- pull_brake --
INSERT INTO brake (release, reason) VALUES ($1, $2)
    ON CONFLICT (one) DO UPDATE SET release = excluded.release, reason = excluded.reason, at = now();

-- lift_brake --
DELETE FROM brake RETURNING release, reason;

-- set_timers --
INSERT INTO timer (key, kind, order_id, due_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
    ON CONFLICT (key) DO UPDATE
   SET kind = excluded.kind, order_id = excluded.order_id, due_at = excluded.due_at;

-- clear_timers --
DELETE FROM timer WHERE key = ANY($1::text[]);

-- take_timers --
DELETE FROM timer WHERE key = ANY($1::text[]) AND due_at <= $2 RETURNING key, kind, order_id, due_at;

-- due_timers --
SELECT key, kind, order_id, due_at FROM timer t
 WHERE due_at <= $1 AND NOT EXISTS (SELECT FROM blocked b WHERE b.order_id = t.order_id)
 ORDER BY due_at LIMIT $2;

-- take_effects --
-- Of what the service itself said: two versions a try, one for its lease and one for what came of it.
INSERT INTO effect AS held (key, kind, order_id, payload, state, provider_ref, attempts, lease_until)
SELECT key, kind, order_id, NULL, state, reference, attempts, CASE WHEN state = 'leased' THEN now() END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[])
       AS t (key, kind, order_id, state, reference, attempts, version)
    ON CONFLICT (key) DO UPDATE
   SET state = excluded.state, provider_ref = excluded.provider_ref, attempts = excluded.attempts,
       lease_until = excluded.lease_until
 WHERE 2 * held.attempts + (held.state <> 'leased')::int < 2 * excluded.attempts + (excluded.state <> 'leased')::int
RETURNING key;

-- effects_due --
SELECT EXISTS (SELECT FROM effect WHERE state = 'intent' AND due_at <= $1 AND payload IS NOT NULL);

-- lease_effects --
-- Due by the service's own clock, as it was set by it.
UPDATE effect SET state = 'leased', lease_until = now() + $2::interval, attempts = attempts + 1
 WHERE key IN (SELECT key FROM effect WHERE state = 'intent' AND due_at <= $3 AND payload IS NOT NULL
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING key, kind, order_id, payload, traceparent, attempts;

-- expired_effects --
-- Leases that ran out: nobody knows whether the call was made. Taken for another lease, to be looked up.
UPDATE effect SET lease_until = now() + $2::interval
 WHERE key IN (SELECT key FROM effect WHERE state = 'leased' AND lease_until < now() AND payload IS NOT NULL
                ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING key, kind, order_id, payload, traceparent, attempts;

-- settle_effects --
-- Only a lease that is still the same try is settled: a late writer changes nothing.
UPDATE effect e SET state = t.state, provider_ref = t.provider_ref, reason = t.reason, lease_until = NULL,
       due_at = coalesce(t.due_at, e.due_at)
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       AS t (key, attempts, state, provider_ref, reason, due_at)
 WHERE e.key = t.key AND e.state = 'leased' AND e.attempts = t.attempts
RETURNING e.key;

-- standing --
-- For the gauges: every count is of few rows by their nature, or of a partial index; settled effects are not counted.
SELECT (SELECT count(*) FROM blocked) AS blocked,
       (SELECT coalesce(extract(epoch FROM now() - min(blocked_at)), 0)::float8 FROM blocked) AS oldest_blocked_s,
       (SELECT count(*) FROM parked WHERE state = 'parked') AS parked,
       (SELECT count(*) FROM outbox_pending) AS unpublished,
       (SELECT count(*) FROM timer WHERE due_at <= now()) AS timers_due,
       (SELECT count(*) FROM effect WHERE state = 'intent') AS intent,
       (SELECT count(*) FROM effect WHERE state = 'leased') AS leased,
       (SELECT count(*) FROM effect WHERE state = 'unknown') AS unknown;

-- remembered --
SELECT key, request_hash, status, body FROM idempotency WHERE key = ANY($1::text[]);

-- remember --
-- The keys are locked and were not remembered: one that is there after all is a broken promise, and fails.
INSERT INTO idempotency (key, request_hash, status, body)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::int[], $4::json[]);

-- parked_of --
SELECT parked_id, topic, partition, "offset", error_class, split_part(reason, E'\n', 1) AS why, event_id, order_id,
       times, state, parked_at
  FROM parked WHERE state = ANY($1::text[]) AND parked_id > $2 AND ($4::text IS NULL OR error_class = $4)
 ORDER BY parked_id LIMIT $3;

-- parked_one --
SELECT parked_id, topic, partition, "offset", recorded_at, key, value, headers, error_class, reason, event_id, order_id,
       times, state, parked_at, settled_at
  FROM parked WHERE parked_id = $1;

-- parked_state --
SELECT state FROM parked WHERE parked_id = $1 FOR UPDATE;

-- settle_one_parked --
UPDATE parked SET state = $2, settled_at = now() WHERE parked_id = $1;

-- read_after_all --
-- What could not be read before is an event now: it is settled when that event is handled.
UPDATE parked SET event_id = $2, order_id = $3 WHERE parked_id = $1;

-- amend_queued --
UPDATE blocked_event SET event_id = $3, value = $4, headers = $5 WHERE order_id = $1 AND event_id = $2;

-- due_now --
UPDATE blocked SET due_at = $2, attempts = 0 WHERE order_id = $1;

-- write_act --
INSERT INTO operator_act (act, parked_id, actor, reason, detail) VALUES ($1, $2, $3, $4, $5::jsonb);

-- acts_on --
SELECT act, actor, reason, detail, at FROM operator_act WHERE parked_id = $1 ORDER BY act_id;

-- take_ordinal --
-- Two numbers are a space of their own: no order's lock, which is one number, can be the same.
SELECT pg_try_advisory_lock(1, $1);
