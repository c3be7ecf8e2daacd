"""The rules an auditor holds the books against, in the order of an order's life."""

from baesong.verify.rules.decisions import (
    allocated_is_in_shipments,
    every_ask_answered,
    newest_order_version_decided,
    units_sum_to_ordered,
)
from baesong.verify.rules.door import (
    every_checkout_answered,
    garbage_is_parked,
    nothing_placed_that_was_not_sent,
    sent_is_placed_repeated_or_refused,
)
from baesong.verify.rules.effects import one_confirmed_effect_per_key, unknown_effects_are_announced
from baesong.verify.rules.identity import no_version_left_out, one_body_per_id, one_id_per_version
from baesong.verify.rules.messages import (
    confirmed_once,
    delayed_once,
    every_mail_was_meant,
    every_message_sent_is_a_mail,
    shipped_once,
)
from baesong.verify.rules.publishing import nothing_unpublished, what_stands_still_is_shown
from baesong.verify.rules.rule import Break, Outcome, Rule
from baesong.verify.rules.shipments import (
    packages_sum_to_shipped,
    packages_within_lines,
    partner_packages_exist_once,
)
from baesong.verify.rules.stock import (
    committed_is_allocated_not_shipped,
    ledger_is_balance,
    no_bucket_negative,
    on_hand_is_its_buckets,
    what_left_was_shipped,
)

RULES: tuple[Rule, ...] = (
    one_body_per_id,
    one_id_per_version,
    no_version_left_out,
    sent_is_placed_repeated_or_refused,
    nothing_placed_that_was_not_sent,
    every_checkout_answered,
    garbage_is_parked,
    newest_order_version_decided,
    units_sum_to_ordered,
    allocated_is_in_shipments,
    every_ask_answered,
    packages_within_lines,
    packages_sum_to_shipped,
    partner_packages_exist_once,
    what_left_was_shipped,
    committed_is_allocated_not_shipped,
    ledger_is_balance,
    no_bucket_negative,
    on_hand_is_its_buckets,
    confirmed_once,
    delayed_once,
    shipped_once,
    every_mail_was_meant,
    every_message_sent_is_a_mail,
    one_confirmed_effect_per_key,
    unknown_effects_are_announced,
    nothing_unpublished,
    what_stands_still_is_shown,
)

__all__ = ["RULES", "Break", "Outcome", "Rule"]
