"""The statements an auditor reads the services' databases with."""

UNDER_WAY = """
SELECT (SELECT count(*) FROM outbox_pending) AS "outbox rows pending",
       (SELECT count(*) FROM blocked WHERE due_at <= now() + make_interval(secs => $1)) AS "blocked orders due",
       (SELECT count(*) FROM effect WHERE state IN ('intent', 'leased')) AS "effects not settled"
"""

# What a service says of its effects to itself is on a compacted topic, where only the last of each is sure to stand.
EFFECTS_TOPICS = ".effects"
OUTBOX = "SELECT cause, event_id, topic FROM outbox"
OUTBOX_BATCHES = "SELECT rows FROM outbox_batch"

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
SELECT sku_key AS sku, location_id, on_hand, available, committed, reserved, damaged, safety_stock, quality_control,
       incoming
  FROM stock
"""

LEDGER = """
SELECT sku, location_id, bucket, sum(units)::bigint AS units
  FROM (SELECT sku, location_id, to_bucket AS bucket, quantity AS units FROM ledger WHERE to_bucket IS NOT NULL
         UNION ALL
        SELECT sku, location_id, from_bucket, -quantity FROM ledger WHERE from_bucket IS NOT NULL) AS moves
 GROUP BY sku, location_id, bucket
"""

# What came from outside the house, less what was counted away; what left to customers is told by shipments.
LOADED = """
SELECT sku, location_id, sum(CASE WHEN from_bucket IS NULL THEN quantity ELSE -quantity END)::bigint AS units
  FROM ledger
 WHERE (from_bucket IS NULL OR to_bucket IS NULL) AND reason <> 'order_fulfilled'
 GROUP BY sku, location_id
"""

# Units that left though the books had none: written down, not taken from what is on hand.
MISSING = """
SELECT sku, location_id, sum(missing)::bigint AS units
  FROM ledger WHERE missing > 0 AND to_bucket IS NULL GROUP BY sku, location_id
"""
