-- said_rows --
-- Row by row, in the sequence they were said. How many are looked at is bounded, however few of them are wanted; the
-- day is there so that only its parts are looked into.
SELECT created_at, cause, n, event_id, topic, key
  FROM outbox
 WHERE day BETWEEN $1 AND $2 AND created_at >= $3 AND created_at < $4 AND (created_at, cause, n) > ($3, $5, $6)
 ORDER BY created_at, cause, n LIMIT $7;

-- said_batches --
-- The same of what was said because of records, up to so many batches or bytes; the last one looked at is given again
-- where its rows were not all looked at ($8 is -1 then, else 0).
SELECT created_at, topic, partition, last_offset, rows, total
  FROM (SELECT *, sum(octet_length(rows)) OVER (ORDER BY created_at, topic, partition, last_offset) AS total
          FROM (SELECT created_at, topic, partition, last_offset, rows
                  FROM outbox_batch
                 WHERE day BETWEEN $1 AND $2 AND created_at >= $3 AND created_at < $4
                   AND (created_at, topic, partition, last_offset, 0) > ($3, $5, $6, $7, $8::int)
                 ORDER BY created_at, topic, partition, last_offset LIMIT $9) AS next) AS summed
 WHERE total - octet_length(rows) < $10
 ORDER BY created_at, topic, partition, last_offset;

-- whole_rows --
SELECT o.cause, o.n, o.event_id, o.topic, o.key, o.headers, o.payload
  FROM unnest($1::text[], $2::int[]) AS wanted (cause, n)
  JOIN outbox o ON o.cause = wanted.cause AND o.n = wanted.n;

-- claim_items --
-- Each item of a job once; those that come back are ours. Sorted by the caller, so that two runners never deadlock.
INSERT INTO replay_result (replay_id, item, outcome, reason)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
    ON CONFLICT (replay_id, item) DO NOTHING
RETURNING item;
