-- try_sweep --
-- One replica sweeps; another that comes meanwhile leaves it to that one.
SELECT pg_try_advisory_lock($1);

-- end_sweep --
SELECT pg_advisory_unlock($1);

-- wait_briefly --
-- While a part is being hung in or taken out, whoever comes after waits too: better to try again at the next sweep.
SELECT set_config('lock_timeout', '500', true);

-- make_inbox_part --
SELECT make_inbox_part($1);

-- make_outbox_part --
SELECT make_outbox_part($1);

-- drop_inbox_part --
SELECT drop_inbox_part($1);

-- drop_outbox_part --
SELECT drop_outbox_part($1);

-- make_part --
SELECT make_part($1, $2);

-- drop_part --
SELECT drop_part($1, $2);

-- forget_default --
-- What came while its day had no part: its rows all at once, and seldom any.
SELECT forget_default($1, $2);

-- parts --
-- The days that parts of a table begin with; a part's name ends in its day.
SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = $1::text::regclass AND c.relname ~ '_\d{8}$' ORDER BY day;

-- forget_outbox --
-- What parts that were dropped left behind, and what was said while its week had no part.
DELETE FROM outbox_default WHERE (cause, n, day) IN (
    SELECT o.cause, o.n, o.day FROM outbox_default o
     WHERE o.day < $1 AND NOT EXISTS (SELECT FROM outbox_pending p WHERE p.cause = o.cause AND p.n = o.n) LIMIT $2);

-- forget_outbox_batches --
DELETE FROM outbox_batch_default WHERE (topic, partition, last_offset, day) IN (
    SELECT b.topic, b.partition, b.last_offset, b.day
      FROM outbox_batch_default b JOIN progress p ON p.topic = b.topic AND p.partition = b.partition
     WHERE b.day < $1 AND b.last_offset < p.published_through LIMIT $2);

-- forget_inbox --
-- Ids of days that had no part when they were first seen.
DELETE FROM inbox_default WHERE id IN (SELECT id FROM inbox_default WHERE id < id_from($1) ORDER BY id LIMIT $2);

-- forget_inbox_outside --
DELETE FROM inbox_outside WHERE id IN (
    SELECT id FROM inbox_outside WHERE seen_at < $1 ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- forget_replies --
DELETE FROM idempotency WHERE key IN (
    SELECT key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- forget_replay_results --
-- A ticket is good for a day: nothing of a job that old can come again.
DELETE FROM replay_result WHERE (replay_id, item) IN (
    SELECT replay_id, item FROM replay_result WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- empty_effects --
-- The key stays for ever, so nothing is done twice; what it said of a person goes.
UPDATE effect SET payload = '{}' WHERE key IN (
    SELECT key FROM effect WHERE state = 'confirmed' AND payload <> '{}' AND created_at < $1
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- forget_parked --
-- What an operator settled long ago, and what was done to it; what is still parked waits as long as it takes.
WITH gone AS (
    SELECT parked_id FROM parked WHERE settled_at < $1 AND state <> 'parked'
     ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED
), acts AS (
    DELETE FROM operator_act WHERE parked_id IN (SELECT parked_id FROM gone)
)
DELETE FROM parked WHERE parked_id IN (SELECT parked_id FROM gone);
