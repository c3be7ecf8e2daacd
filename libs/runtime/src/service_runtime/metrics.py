"""Every metric, named in one place, with what it means when it rises."""

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("baesong_records_total", "Records handled, by what they were: fresh, seen, parked, waiting", ["kind"])
EMITTED = Counter("baesong_emitted_events_total", "Events said, by topic", ["topic"])
BATCH_SIZE = Histogram("baesong_batch_records", "Records in a polled batch", buckets=(1, 10, 50, 100, 250, 500))
BATCH_SECONDS = Histogram("baesong_batch_seconds", "From poll to the last acknowledgement; rises with load or locks")
FAILURES = Counter("baesong_infrastructure_failures_total", "Database or broker away; alert when it rises", ["what"])
LAG = Gauge("baesong_lag_messages", "Messages not yet read, by topic; rises when the service is too slow", ["topic"])
RELAYED = Counter("baesong_relayed_events_total", "Rows the relay had to publish; rises after crashes")
TIMERS = Counter("baesong_timers_total", "Timers fired")
EFFECTS = Counter("baesong_effects_total", "Outside effects settled, by kind and state", ["kind", "state"])
