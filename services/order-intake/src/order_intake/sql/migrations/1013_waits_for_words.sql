-- migrate:up

-- Orders that wait because a word of their shop was not understood; they are read again when its registration knows more.
CREATE TABLE waits_for_words (
    order_id text PRIMARY KEY,
    shop     text NOT NULL
);
CREATE INDEX waits_for_words_shop ON waits_for_words (shop);

-- migrate:down
DROP TABLE waits_for_words;
