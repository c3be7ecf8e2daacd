-- migrate:up

-- An effect belongs to the trace of the event that wanted it, and what comes of it is said in that trace.
ALTER TABLE effect ADD COLUMN traceparent text;

-- What an operator must decide is counted at each scrape; settled effects are many, and kept for ever.
CREATE INDEX effect_unknown ON effect (key) WHERE state = 'unknown';

-- migrate:down
DROP INDEX effect_unknown;
ALTER TABLE effect DROP COLUMN traceparent;
