-- try_lock --
-- Held by the connection that rebuilds: it goes with it, however that ends.
SELECT pg_try_advisory_lock($1, hashtext($2));

-- unlock --
SELECT pg_advisory_unlock($1, hashtext($2));

-- is_locked --
SELECT EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND objsubid = 2 AND classid::bigint = $1::bigint
                  AND objid::bigint = hashtext($2)::bigint & 4294967295
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));

-- begin --
INSERT INTO rebuild AS r (name, replay_id, state) VALUES ($1, $2, 'running')
    ON CONFLICT (name) DO UPDATE
   SET replay_id = excluded.replay_id, state = 'running', records = 0, "of" = 0, began_at = now(), ended_at = NULL,
       hash_before = NULL, hash_after = NULL, error = NULL;

-- progress --
UPDATE rebuild SET records = $2, "of" = $3 WHERE name = $1;

-- failed --
-- What is exchanged is done, whatever fails behind it.
UPDATE rebuild SET state = 'failed', ended_at = now(), error = $2 WHERE name = $1 AND state = 'running';

-- done --
UPDATE rebuild SET state = 'done', ended_at = clock_timestamp(), hash_after = $2 WHERE name = $1;

-- claim --
-- Once per job and projection.
INSERT INTO replay_result (replay_id, item, outcome, reason) VALUES ($1, $2, 'handled', $3)
    ON CONFLICT (replay_id, item) DO NOTHING;

-- was_done --
SELECT EXISTS (SELECT FROM replay_result WHERE replay_id = $1 AND item = $2);

-- hash_before --
UPDATE rebuild SET hash_before = $2 WHERE name = $1;

-- state --
SELECT replay_id, state, records, "of", hash_before, hash_after, error,
       extract(epoch FROM coalesce(ended_at, clock_timestamp()) - began_at)::float8 AS seconds
  FROM rebuild WHERE name = $1;

-- unhandled --
-- Of these events those that were read and are not handled: they wait behind their order, or were put aside.
SELECT event_id FROM blocked_event WHERE order_id = ANY($2::text[]) AND event_id = ANY($1::text[])
 UNION
SELECT event_id FROM parked WHERE event_id = ANY($1::text[]) AND state <> 'retried';

-- make_schemas --
SELECT make_schemas($1);

-- drop_schemas --
SELECT drop_schemas($1);

-- make_shadow --
SELECT make_shadow($1::text::regclass, $2);

-- wait_briefly --
-- Whoever comes after who waits for a table waits too. What is exchanged was not written through; the exchange is.
SELECT set_config('lock_timeout', '200', true), set_config('synchronous_commit', 'on', true);

-- lock_alone --
SELECT lock_alone($1);

-- exchange --
SELECT exchange($1::text::regclass, $2::text::regclass, $3);

-- sum_of --
SELECT rows, sum::text FROM sum_of($1::text::regclass, $2::text[]);
