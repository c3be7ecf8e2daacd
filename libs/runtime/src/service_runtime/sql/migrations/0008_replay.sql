-- migrate:up

-- What became of each item of a replay job here: one row for ever, whoever reads the record how often.
-- `item` is an event's id, or where its record stands, or an order; 'due' is the one outcome that still changes.
CREATE TABLE replay_result (
    replay_id text NOT NULL,
    item      text NOT NULL,
    outcome   text NOT NULL CHECK (outcome IN ('handled', 'done', 'due', 'waiting', 'parked', 'parked_again',
                                               'superseded', 'too_old', 'refused', 'republished', 'missing')),
    reason    text,
    at        timestamptz NOT NULL DEFAULT now(),
    seq       bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (replay_id, item)
);
CREATE INDEX replay_result_seq ON replay_result (replay_id, seq);
CREATE INDEX replay_result_at ON replay_result (at);

-- migrate:down
DROP TABLE replay_result;
