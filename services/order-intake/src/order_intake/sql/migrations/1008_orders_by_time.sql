-- migrate:up

-- Lists of orders go along it: an order keeps its place in it, whatever is written meanwhile.
CREATE INDEX orders_by_time ON orders (accepted_at, order_id);

-- migrate:down
DROP INDEX orders_by_time;
