-- settled --
-- What these jobs already know of these items here.
SELECT r.replay_id, r.item, r.outcome, r.reason
  FROM unnest($1::text[], $2::text[]) AS t (replay_id, item)
  JOIN replay_result r ON r.replay_id = t.replay_id AND r.item = t.item;

-- settle --
-- Once for ever; only what was being run ('due') is still told how it ended.
INSERT INTO replay_result AS known (replay_id, item, outcome, reason)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    ON CONFLICT (replay_id, item) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, seq = DEFAULT
 WHERE known.outcome = 'due';

-- results --
-- What is being run is not told yet.
SELECT seq, item, outcome, reason FROM replay_result
 WHERE replay_id = $1 AND seq > $2 AND outcome <> 'due' ORDER BY seq LIMIT $3;

-- stands_apart --
-- Of events that were seen, those that are not done: parked, or queued with their order. The first of a queue failed.
SELECT t.event_id, p.error_class, p.times, coalesce(p.reason, b.reason) AS reason, p.parked_id IS NOT NULL AS parked,
       q.seq IS NOT NULL AND NOT EXISTS (SELECT FROM blocked_event f WHERE f.order_id = q.order_id AND f.seq < q.seq) AS first
  FROM unnest($1::text[], $2::text[]) AS t (event_id, order_id)
  LEFT JOIN parked p ON p.event_id = t.event_id AND p.state = 'parked'
  LEFT JOIN blocked_event q ON q.order_id = t.order_id AND q.event_id = t.event_id
  LEFT JOIN blocked b ON b.order_id = q.order_id
 WHERE p.parked_id IS NOT NULL OR q.seq IS NOT NULL;

-- unreadable --
-- Records that were parked because nobody could read them, by where they stand.
SELECT p.parked_id, p.state, p.topic, p.partition, p."offset", p.error_class, p.reason, p.times
  FROM unnest($1::text[], $2::int[], $3::bigint[]) AS t (topic, partition, "offset")
  JOIN parked p ON p.topic = t.topic AND p.partition = t.partition AND p."offset" = t."offset"
   AND p.event_id IS NULL;

-- still_unreadable --
UPDATE parked SET times = times + 1, reason = $2, parked_at = now() WHERE parked_id = $1;

-- forget_sights --
-- In the transaction that wrote them: what was overtaken was read and not taken.
DELETE FROM inbox WHERE id = ANY($1::uuid[]);

-- effects_of_order --
-- Those of the named ones that were done, and can be done again: what they say of a person is not emptied yet.
SELECT key FROM effect
 WHERE key = ANY($1::text[]) AND order_id = $2 AND kind = ANY($3::text[])
   AND state IN ('confirmed', 'failed', 'suppressed', 'unknown') AND payload IS NOT NULL AND payload <> '{}'
 ORDER BY key FOR UPDATE;

-- intend_again --
-- Named by an operator, under force; what was done before is in the effects topic.
UPDATE effect SET state = 'intent', due_at = $2, lease_until = NULL WHERE key = ANY($1::text[]) RETURNING key;

-- claim_effects --
-- Once a job, however many of its events belong to the order.
INSERT INTO replay_result (replay_id, item, outcome, reason)
SELECT $1, 'effect ' || key, 'handled', 'to be done once more' FROM unnest($2::text[]) AS t (key)
    ON CONFLICT (replay_id, item) DO NOTHING
RETURNING substr(item, 8) AS key;

-- acted_on --
SELECT event_id, state FROM parked WHERE event_id = ANY($1::text[]) AND state IN ('discarded', 'amended');

-- intended_before --
SELECT key FROM effect WHERE key = ANY($1::text[]);
