-- migrate:up

-- Sales channels as they are registered. `shop` is the folded code; a document is written and read whole.
CREATE TABLE shop (
    shop       text PRIMARY KEY,
    document   text NOT NULL,
    version    integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL
);

-- What a shop's webhooks are signed with: readable, since an HMAC is made of the secret itself, and so as safe as this
-- database. Two at most: the newest and, while a shop changes over, the one before. Nothing here is checked or unique
-- by the secret, because PostgreSQL shows in its error and its log what breaks a rule.
CREATE TABLE shop_secret (
    shop   text NOT NULL REFERENCES shop,
    newest boolean NOT NULL,
    secret text NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (shop, newest)
);

-- The keys that a shop's own programs carry; of each only its hash.
CREATE TABLE shop_key (
    hash    bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    key_id  text NOT NULL UNIQUE,
    shop    text NOT NULL REFERENCES shop,
    note    text,
    made_at timestamptz NOT NULL
);
CREATE INDEX shop_key_shop ON shop_key (shop);

-- One row: whoever changes a shop, a secret or a key gives it another stamp, and who has read the registry sees by it
-- whether to read again.
CREATE TABLE shop_registry (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    stamp uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 10);
INSERT INTO shop_registry DEFAULT VALUES;

ALTER TABLE operator_act DROP CONSTRAINT operator_act_act_check;
ALTER TABLE operator_act ADD CONSTRAINT operator_act_act_check CHECK (act IN (
    'retry', 'amend', 'discard', 'resume', 'republish', 'snapshot', 'reinterpret', 'rebuild', 'shop'));
CREATE INDEX operator_act_shop ON operator_act ((detail ->> 'shop'), act_id) WHERE act = 'shop';

-- migrate:down
DROP INDEX operator_act_shop;
ALTER TABLE operator_act DROP CONSTRAINT operator_act_act_check;
DELETE FROM operator_act WHERE act = 'shop';
ALTER TABLE operator_act ADD CONSTRAINT operator_act_act_check CHECK (act IN (
    'retry', 'amend', 'discard', 'resume', 'republish', 'snapshot', 'reinterpret', 'rebuild'));
DROP TABLE shop_registry, shop_key, shop_secret, shop;
