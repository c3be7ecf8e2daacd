-- migrate:up

-- What was said is found by when it was said: to be said again, and by nothing else. What comes later stands later, so
-- a row costs one more leaf entry at the right edge; a batch, one for all it said.
CREATE INDEX outbox_said ON outbox (created_at);
CREATE INDEX outbox_batch_said ON outbox_batch (created_at);

-- What operators ordered that concerns no parked row.
ALTER TABLE operator_act DROP CONSTRAINT operator_act_act_check;
ALTER TABLE operator_act ADD CONSTRAINT operator_act_act_check CHECK (act IN (
    'retry', 'amend', 'discard', 'resume', 'republish', 'snapshot', 'reinterpret', 'rebuild'));

-- migrate:down
ALTER TABLE operator_act DROP CONSTRAINT operator_act_act_check;
DELETE FROM operator_act WHERE act NOT IN ('retry', 'amend', 'discard', 'resume');
ALTER TABLE operator_act ADD CONSTRAINT operator_act_act_check CHECK (act IN ('retry', 'amend', 'discard', 'resume'));
DROP INDEX outbox_said, outbox_batch_said;
