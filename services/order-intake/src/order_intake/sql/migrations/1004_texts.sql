-- migrate:up

-- Documents are written by us and read whole: nobody needs PostgreSQL to look into each.
ALTER TABLE orders ALTER COLUMN document TYPE text;
ALTER TABLE shipment ALTER COLUMN lines TYPE text;

-- A column of many rows, sent as one text: its values joined by a character that neither an id nor JSON can hold. What
-- is empty is null.
CREATE FUNCTION texts(joined text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(joined, E'\x1f', '');

-- migrate:down
DROP FUNCTION texts;
ALTER TABLE shipment ALTER COLUMN lines TYPE json USING lines::json;
ALTER TABLE orders ALTER COLUMN document TYPE json USING document::json;
