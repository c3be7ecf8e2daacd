-- migrate:up

-- Orders of which something was cancelled, could not be served, or left: of all others only the confirmation can be
-- due, and nothing that is held of them needs to be read.
CREATE TABLE eventful (order_id text PRIMARY KEY);
INSERT INTO eventful
SELECT order_id FROM customer_order WHERE cancel_version IS NOT NULL
 UNION SELECT order_id FROM decision WHERE doc::jsonb -> 'short' <> '[]'
 UNION SELECT order_id FROM shipment WHERE doc::jsonb -> 'packages' <> '[]';

-- Documents hold their parts as events do; what no statement looks at is in the document alone.
UPDATE customer_order SET doc = (doc::jsonb || jsonb_build_object('at', at, 'cancel_version', cancel_version, 'test', test,
    'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('line_id', line -> 'line_id', 'title', line -> 'title',
                                        'quantity', line -> 'quantity', 'price', jsonb_build_object(
                                        'amount', line -> 'amount', 'currency', line -> 'currency')) ORDER BY n), '[]')
                FROM jsonb_array_elements(doc::jsonb -> 'lines') WITH ORDINALITY AS t (line, n))))::json;
UPDATE decision SET doc = (doc::jsonb || jsonb_build_object('order_id', order_id, 'revision', revision,
    'order_version', order_version, 'at', at,
    'units', (SELECT coalesce(jsonb_agg(one || jsonb_build_object('expected_at', one -> 'expected') ORDER BY n), '[]')
                FROM jsonb_array_elements(doc::jsonb -> 'units') WITH ORDINALITY AS t (one, n)),
    'short', (SELECT coalesce(jsonb_agg(one || jsonb_build_object('expected_at', one -> 'expected') ORDER BY n), '[]')
                FROM jsonb_array_elements(doc::jsonb -> 'short') WITH ORDINALITY AS t (one, n))))::json;
UPDATE shipment SET doc = (doc::jsonb || jsonb_build_object('order_id', order_id, 'shipment_id', shipment_id,
    'version', version, 'revision', revision, 'at', at,
    'packages', (SELECT coalesce(jsonb_agg(package || jsonb_build_object('lines', (
                            SELECT coalesce(jsonb_agg(jsonb_build_object('line_id', item -> 0, 'quantity', item -> 1)
                                                      ORDER BY k), '[]')
                              FROM jsonb_array_elements(package -> 'contents') WITH ORDINALITY AS i (item, k)))
                        ORDER BY n), '[]')
                   FROM jsonb_array_elements(doc::jsonb -> 'packages') WITH ORDINALITY AS t (package, n))))::json;
ALTER TABLE customer_order DROP COLUMN at, DROP COLUMN cancel_version, DROP COLUMN test;
ALTER TABLE decision DROP COLUMN order_version, DROP COLUMN at;
ALTER TABLE shipment DROP COLUMN revision, DROP COLUMN at;

-- What is not sent has no words: they are made from what is held when somebody asks.
ALTER TABLE message ALTER COLUMN say DROP NOT NULL, ALTER COLUMN personal DROP NOT NULL;
UPDATE message SET say = NULL, personal = NULL WHERE subject = 'recovered ' || message_id;

-- migrate:down
DO $$ BEGIN RAISE EXCEPTION 'an older release cannot read these documents: put back a copy of the database'; END $$;
