-- migrate:up
CREATE TABLE counted (order_id text PRIMARY KEY, count integer NOT NULL, said integer[] NOT NULL);
CREATE TABLE tried (id text PRIMARY KEY, tries integer NOT NULL);
CREATE TABLE heard (ce_id text NOT NULL, body text NOT NULL, conflict boolean NOT NULL);
-- migrate:down
DROP TABLE counted, tried, heard;
