"""The statements an auditor reads the services' databases with."""

UNDER_WAY = """
SELECT (SELECT count(*) FROM outbox_pending) AS "outbox rows pending",
       (SELECT count(*) FROM blocked WHERE due_at <= now() + make_interval(secs => $1)) AS "blocked orders due",
       (SELECT count(*) FROM effect WHERE state IN ('intent', 'leased')) AS "effects not settled"
"""

OUTBOX = "SELECT cause, event_id, topic FROM outbox"

PENDING = """
SELECT cause, coalesce(event_id, cause) AS event_id, coalesce(topic, 'no row of the outbox') AS topic
  FROM outbox_pending LEFT JOIN outbox USING (cause, n)
"""

BLOCKED = """
SELECT order_id, reason, count(seq) FROM blocked LEFT JOIN blocked_event USING (order_id) GROUP BY order_id, reason
"""

PARKED = 'SELECT topic, partition, "offset", key, error_class, reason FROM parked'

EFFECTS = "SELECT key, order_id, state, reason FROM effect"

# The fact that a message tells; it is the key of its effect.
MESSAGES = "SELECT message_id, order_id || '|' || fact || '|' || subject FROM message"

REPLY_PREFIX = "idempotency-key "
REPLIES = "SELECT key, status FROM idempotency"

BALANCES = """
SELECT sku, location_id, on_hand, available, committed, reserved, damaged, safety_stock, quality_control, incoming
  FROM stock
"""

LEDGER = """
SELECT sku, location_id, sum(on_hand) AS on_hand, sum(available) AS available, sum(committed) AS committed,
       sum(reserved) AS reserved, sum(damaged) AS damaged, sum(safety_stock) AS safety_stock,
       sum(quality_control) AS quality_control, sum(incoming) AS incoming
  FROM ledger GROUP BY sku, location_id
"""

LOADED = "SELECT sku, location_id, sum(on_hand) AS loaded FROM ledger WHERE reason = 'loaded' GROUP BY sku, location_id"
