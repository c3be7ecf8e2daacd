"""Which statements run with every batch, and which do not and why; a block is one or the other."""

EVERY_BATCH: dict[str, set[str]] = {
    "service_runtime": {
        "sight", "first_sights", "sight_outside", "first_sights_outside", "lock_orders", "blocked_among", "block", "queue",
        "queued", "unqueue", "unblock", "blocked_state", "due_orders", "stored", "published_through", "mark", "pend",
        "published", "lease_pending", "park_records", "park_events", "settle_parked", "intend", "set_timers", "clear_timers",
        "take_timers", "due_timers", "brake", "consumed_through", "effects_due", "lease_effects", "expired_effects", "settle_effects", "remembered",
        "remember",
    },
    # Not with every batch, but over tables that grow with every batch.
    "retention": {"forget_inbox", "forget_inbox_outside", "forget_replies", "forget_parked", "empty_effects"},
    "republish": {"said_rows", "said_batches", "whole_rows", "claim_items"},
    "order_intake": {
        "held_orders", "take_numbers", "add_orders", "keep_refused", "order_state", "cancelled_orders", "change_orders",
        "save_shipments", "shipments_of", "order_by_id", "order_by_name",
    },
    "allocator": {
        "lock_stock", "held", "stock_of", "known", "network_stamp", "save_stock", "save_allocations", "wait",
        "wait_no_more", "waiting_for", "stock_levels", "save_skus", "add_levels",
    },
    "fulfiller": {
        "held", "save_orders", "save_decisions", "shipments_of", "packages_of", "save_shipments", "save_deliveries", "save_packages", "messages_heard", "remember_messages", "count_refusals",
        "keep_refused", "work_at",
    },
    "notifier": {
        "eventful_among", "held_orders", "held_decisions", "held_shipments", "told", "save_orders", "save_decisions",
        "save_shipments", "save_eventful", "claim", "settle", "messages_of", "message",
    },
}  # fmt: skip

RARE: dict[str, dict[str, str]] = {
    "service_runtime": {
        "standing": "each scrape; counts what is few by its nature, and by a partial index what is not",
        "take_ordinal": "once, when a replica starts; reads no table",
        "take_effects": "only while a database that was put back is mended",
        "unsure": "an operator's skip, by key",
        "left_to_the_relay": "an operator's skip, by key",
        "pull_brake": "once, on one row",
        "lift_brake": "an operator's act, on one row",
        "parked_of": "an operator's list, page by page along its key",
        "parked_one": "one row an operator looks at, by its key",
        "parked_state": "an operator's act, by its key",
        "settle_one_parked": "an operator's act, by its key",
        "read_after_all": "an operator's act, by its key",
        "amend_queued": "an operator's act, on what waits behind one order",
        "due_now": "an operator's act, on one order",
        "write_act": "an operator's act",
        "acts_on": "what operators did to one row",
    },
    "retention": {
        "try_sweep": "reads no table",
        "end_sweep": "reads no table",
        "wait_briefly": "reads no table",
        "make_inbox_part": "once a day",
        "make_outbox_part": "once a week",
        "drop_inbox_part": "once a day",
        "drop_outbox_part": "once a week, by index",
        "parts": "reads the catalog",
        "forget_outbox": "once a week; the default part holds only what was put aside",
        "forget_outbox_batches": "once a week; the default part holds only what was put aside",
    },
    "republish": {},
    "order_intake": {
        "newest_refused": "an operator's list; walks the key backwards to its limit",
        "refused": "one row an operator looks at, by its key",
        "take_placed": "a recovery: it only inserts",
        "count_up_to": "a recovery: one row per shop",
        "take_changed": "a recovery, by key",
    },
    "allocator": {
        "rates": "one row, read again only when its stamp changes",
        "locations": "as many rows as the merchant has places",
        "save_locations": "an operator's act",
        "save_rates": "an operator's act, on one row",
        "new_stamp": "an operator's act, on one row",
        "how_many_wait": "one SKU an operator looks at",
        "unbalanced": "the audit: it reads ledger and stock whole",
        "missing": "an operator's list, by an index of such rows alone",
        "revisions": "a recovery, by key",
        "stock_versions": "a recovery, by key",
        "make_skus": "a recovery: it only inserts",
        "make_locations": "a recovery: it only inserts",
        "take_stock": "a recovery, by key",
    },
    "fulfiller": {
        "take_shipments": "a recovery: it only inserts, or updates by key",
        "orders_asked_back": "a recovery: reads the shipments whole, once",
        "take_refusals": "a recovery: it only inserts",
        "take_refusal_counts": "a recovery: it only inserts, or updates by key",
        "fill_refused": "a recovery, by key",
    },
    "notifier": {"take_messages": "only while a database that was put back is mended"},
}
