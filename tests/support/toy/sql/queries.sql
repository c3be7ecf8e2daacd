-- lock_counts --
SELECT order_id FROM counted WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE;

-- tried --
-- The tries of an event outlive a rollback of nothing: a Retry commits.
INSERT INTO tried (id, tries) SELECT id, 1 FROM unnest($1::text[]) AS t (id)
    ON CONFLICT (id) DO UPDATE SET tries = tried.tries + 1
RETURNING id, tries;

-- count --
INSERT INTO counted (order_id, count, said) SELECT order_id, 1, ARRAY[n] FROM unnest($1::text[], $2::int[]) AS t (order_id, n)
    ON CONFLICT (order_id) DO UPDATE SET count = counted.count + 1, said = counted.said || excluded.said
RETURNING order_id, count;

-- hear --
INSERT INTO heard (ce_id, body, conflict) VALUES ($1, $2, $3);

-- versions --
SELECT 'ask/' || order_id AS subject, (SELECT max(n) FROM unnest(said) AS n) AS version FROM counted
 WHERE order_id = ANY($1::text[]);
