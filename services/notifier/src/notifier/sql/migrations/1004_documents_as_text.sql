-- migrate:up

-- Documents are written by us and read whole: nobody needs PostgreSQL to look into each (2 us an order).
ALTER TABLE customer_order ALTER COLUMN doc TYPE text, ALTER COLUMN customer TYPE text,
                           ALTER COLUMN ship_to TYPE text, ALTER COLUMN wishes TYPE text;
ALTER TABLE decision ALTER COLUMN doc TYPE text;
ALTER TABLE shipment ALTER COLUMN doc TYPE text;
ALTER TABLE message ALTER COLUMN about TYPE text, ALTER COLUMN say TYPE text, ALTER COLUMN personal TYPE text;

-- A message's id is a hash of order, fact and subject: it alone makes a second message impossible.
ALTER TABLE message DROP CONSTRAINT message_pkey, DROP CONSTRAINT message_message_id_key, ADD PRIMARY KEY (message_id);
CREATE INDEX message_of_order ON message (order_id);

-- migrate:down
DROP INDEX message_of_order;
ALTER TABLE message DROP CONSTRAINT message_pkey, ADD PRIMARY KEY (order_id, fact, subject), ADD UNIQUE (message_id);
ALTER TABLE message ALTER COLUMN about TYPE json USING about::json,
                    ALTER COLUMN say TYPE json USING say::json,
                    ALTER COLUMN personal TYPE json USING personal::json;
ALTER TABLE shipment ALTER COLUMN doc TYPE json USING doc::json;
ALTER TABLE decision ALTER COLUMN doc TYPE json USING doc::json;
ALTER TABLE customer_order ALTER COLUMN doc TYPE json USING doc::json,
                           ALTER COLUMN customer TYPE json USING customer::json,
                           ALTER COLUMN ship_to TYPE json USING ship_to::json,
                           ALTER COLUMN wishes TYPE json USING wishes::json;
