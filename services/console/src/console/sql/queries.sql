-- add_job --
INSERT INTO replay_job (replay_id, mode, selector, services, effects, actor, reason, rate, state, created_at)
VALUES ($1, $2, $3::jsonb, $4::text[], $5::text[], $6, $7, $8, 'preview', $9);

-- job --
SELECT * FROM replay_job WHERE replay_id = $1;

-- job_locked --
SELECT * FROM replay_job WHERE replay_id = $1 FOR UPDATE;

-- jobs --
SELECT * FROM replay_job ORDER BY created_at DESC, replay_id DESC LIMIT $1;

-- at_work --
-- What the runner looks after: also what was stopped, until all that was sent by then has its result.
SELECT replay_id FROM replay_job j
 WHERE state IN ('preview', 'running')
    OR state IN ('paused', 'cancelled')
   AND EXISTS (SELECT FROM replay_item i WHERE i.replay_id = j.replay_id AND i.state = 'sent')
 ORDER BY replay_id;

-- take_job --
-- One runner a job, for as long as its connection lasts; 1 is the space of ordinals.
SELECT pg_try_advisory_lock(2, hashtext($1));

-- move --
UPDATE replay_job
   SET state = $2, was = $3, why = $4, rate = coalesce($5, rate), tolerant = tolerant OR $6,
       applied_at = CASE WHEN $2 = 'running' THEN coalesce(applied_at, $7) ELSE applied_at END,
       ended_at = CASE WHEN $2 IN ('done', 'failed', 'cancelled') THEN $7::timestamptz END
 WHERE replay_id = $1;

-- ask --
UPDATE replay_job SET asked_by = $2, asked_at = $3 WHERE replay_id = $1;

-- approve --
UPDATE replay_job SET approved_by = $2, alone = $3 WHERE replay_id = $1;

-- foresee --
UPDATE replay_job SET preview = $2::jsonb WHERE replay_id = $1;

-- progress --
UPDATE replay_job SET progress = $2::jsonb, why = $3 WHERE replay_id = $1;

-- waits --
UPDATE replay_job SET why = $2 WHERE replay_id = $1 AND state IN ('preview', 'running') AND why IS DISTINCT FROM $2;

-- begin_anew --
DELETE FROM replay_item WHERE replay_id = $1;

-- add_items --
INSERT INTO replay_item (replay_id, n, item, topic, partition, "offset", recorded_at, event_id, order_id, subject,
                         version, wants)
SELECT $1, t.n, t.item, t.topic, t.partition, t."offset", t.recorded_at, t.event_id, t.order_id, t.subject, t.version,
       CASE WHEN t.wants = '' THEN '{}' ELSE string_to_array(t.wants, ',') END
  FROM unnest($2::int[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
              $10::text[], $11::int[], $12::text[])
       AS t (n, item, topic, partition, "offset", recorded_at, event_id, order_id, subject, version, wants);

-- stand --
UPDATE replay_item i SET standing = i.standing || jsonb_build_object($2::text, t.standing)
  FROM unnest($3::int[], $4::text[]) AS t (n, standing)
 WHERE i.replay_id = $1 AND i.n = t.n;

-- standings --
SELECT key AS service, value AS standing, count(*) AS items
  FROM replay_item, jsonb_each_text(standing) WHERE replay_id = $1 GROUP BY key, value;

-- items --
SELECT * FROM replay_item WHERE replay_id = $1 AND n > $2 ORDER BY n LIMIT $3;

-- items_numbered --
SELECT * FROM replay_item WHERE replay_id = $1 AND n = ANY($2::int[]) ORDER BY n;

-- chosen --
-- What already has its results was sent by a runner that died before it could write so.
SELECT * FROM replay_item
 WHERE replay_id = $1 AND state = 'chosen' AND NOT (wants <> '{}' AND outcomes ?& wants) ORDER BY n LIMIT $2;

-- sent --
UPDATE replay_item SET state = 'sent', sent_at = $3
 WHERE replay_id = $1 AND n = ANY($2::int[]) AND state = 'chosen';

-- stale --
-- A ticket is good for a day: what nobody took in that time is signed and sent anew.
UPDATE replay_item SET state = 'chosen', sent_at = NULL
 WHERE replay_id = $1 AND state = 'sent' AND sent_at < $2;

-- told --
-- By its event's id or by where it stands: a record that one service reads and another cannot is called by both.
UPDATE replay_item i
   SET outcomes = i.outcomes || jsonb_build_object($2::text, jsonb_build_object('outcome', t.outcome, 'reason', t.reason))
  FROM unnest($3::text[], $4::text[], $5::text[]) AS t (item, outcome, reason)
 WHERE i.replay_id = $1 AND (i.item = t.item OR i.place = t.item)
   AND i.outcomes -> $2 ->> 'outcome' IS DISTINCT FROM t.outcome;

-- known --
-- Of those whose outcome is known here, without asking anybody again: nothing more is to come of them.
UPDATE replay_item i
   SET outcomes = i.outcomes || jsonb_build_object($2::text, jsonb_build_object('outcome', t.outcome, 'reason', t.reason)),
       state = 'settled'
  FROM unnest($3::int[], $4::text[], $5::text[]) AS t (n, outcome, reason)
 WHERE i.replay_id = $1 AND i.n = t.n;

-- settle --
UPDATE replay_item SET state = 'settled' WHERE replay_id = $1 AND state <> 'settled' AND outcomes ?& wants;

-- heard --
SELECT service, seq FROM replay_heard WHERE replay_id = $1;

-- hear --
INSERT INTO replay_heard (replay_id, service, seq) VALUES ($1, $2, $3)
    ON CONFLICT (replay_id, service) DO UPDATE SET seq = excluded.seq;

-- counts --
SELECT state, count(*) AS items FROM replay_item WHERE replay_id = $1 GROUP BY state;

-- outcomes --
SELECT key AS service, value ->> 'outcome' AS outcome, count(*) AS items
  FROM replay_item, jsonb_each(outcomes) WHERE replay_id = $1 GROUP BY 1, 2;

-- open_wants --
-- Whose results are still missing of what was sent.
SELECT DISTINCT w AS service FROM replay_item, unnest(wants) AS w
 WHERE replay_id = $1 AND state = 'sent' AND NOT outcomes ? w;

-- write_audit --
INSERT INTO audit (replay_id, act, actor, reason, detail) VALUES ($1, $2, $3, $4, $5::jsonb);

-- audit --
SELECT at, act, actor, reason, detail FROM audit WHERE replay_id = $1 ORDER BY audit_id;
