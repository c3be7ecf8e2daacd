"""The audit on a real Kafka and real databases: what balances, what was broken by hand, what had not settled."""

import asyncio

from tests.integration.verify.put_there import ORDER, Scene, example

from baesong.mail.maildir import Maildir
from baesong.verify import Report, verify
from baesong.verify.report import BALANCED, BROKEN, UNSETTLED
from baesong.verify.rules import RULES
from order_events import OrderPlaced
from running_services import said, send


def broken(report: Report) -> dict[str, list[tuple[str, ...]]]:
    return {outcome.rule.name: [found.ids for found in outcome.breaks] for outcome in report.outcomes if outcome.breaks}


async def audited(scene: Scene) -> Report:
    return await verify(scene.view, 30, quiet_s=0.3)


async def test_books_that_are_right_balance_and_nearly_every_rule_looked_at_something(scene: Scene):
    report = await audited(scene)
    assert (broken(report), report.exit_status) == ({}, BALANCED)
    idle = {outcome.rule.name for outcome in report.outcomes if not outcome.checked}
    assert idle == {"garbage_is_parked", "every_ask_answered", "delayed_once", "unknown_effects_are_announced",
                    "what_stands_still_is_shown"}  # fmt: skip
    assert len(report.outcomes) == len(RULES)
    assert (report.figures["orders"], report.figures["packages"], report.figures["mails"]) == (1, 1, 2)


async def test_what_is_changed_in_databases_and_sink_behind_everybodys_back_is_found(scene: Scene):
    allocator, notifier, intake = (scene.databases[name] for name in ("allocator", "notifier", "order_intake"))
    await allocator.execute("UPDATE stock SET available = 7, damaged = 1")
    await notifier.execute("UPDATE message SET message_id = 'm-forged' WHERE message_id = 'm-confirmed'")
    await intake.execute("INSERT INTO outbox VALUES ('x', 0, 'never-said', 'order.changed', '', '[]', '{}')")
    Maildir(scene.sink).add(b"Message-ID: <m-shipped@example.test>\r\n\r\nonce more\r\n")
    report = await audited(scene)
    assert report.exit_status == BROKEN
    assert broken(report) == {
        "ledger_is_balance": [("tea-s", "ICN")],
        "every_mail_was_meant": [("m-confirmed",), ("m-shipped",)],
        "every_message_sent_is_a_mail": [("m-confirmed", ORDER, "confirmed")],
        "nothing_unpublished": [("never-said", "order_intake")],
    }


async def test_a_unit_that_left_without_a_shipment_and_one_committed_to_nobody_are_found(scene: Scene):
    await scene.databases["allocator"].execute("""
        UPDATE stock SET available = 6, committed = 1;
        INSERT INTO ledger (key, sku, location_id, from_bucket, to_bucket, quantity, missing, reason, reference, event_id, at)
        VALUES ('4', 'tea-s', 'ICN', 'available', null, 1, 0, 'order_fulfilled', 'nobody', '', now()),
               ('5', 'tea-s', 'ICN', 'available', 'committed', 1, 0, 'reservation_created', 'nobody', '', now())
    """)
    assert broken(await audited(scene)) == {
        "what_left_was_shipped": [("tea-s", "ICN")],
        "committed_is_allocated_not_shipped": [("tea-s", "ICN")],
    }


async def test_the_same_record_again_is_nothing_and_another_body_under_its_id_is_a_break(scene: Scene):
    placed = said(example(OrderPlaced, order_id="o-2"), 1, "again")
    await scene.say(placed, placed)
    before = broken(await audited(scene))
    assert "one_body_per_id" not in before
    await scene.say((placed[0], placed[1], placed[2].replace(b"TEA-S", b"TEA-X"), placed[3]))
    [(event_id,)] = broken(await audited(scene))["one_body_per_id"]
    assert event_id == dict(placed[3])["ce_id"].decode()


async def test_garbage_is_no_break_once_it_is_parked_and_is_then_listed_apart(scene: Scene):
    await scene.say(("checkout.completed", None, b"\x89 garbage", [("ce_id", b"\xff")]))
    report = await audited(scene)
    [(place,)] = broken(report)["garbage_is_parked"]
    topic, partition, offset = place.split("/")
    await scene.databases["order_intake"].execute(
        "INSERT INTO parked VALUES ($1, $2, $3, 0, null, null, '[]', 'poison', 'not JSON')",
        topic, int(partition), int(offset),
    )  # fmt: skip
    report = await audited(scene)
    assert report.balanced
    assert report.apart["parked"] == {"order_intake: poison: not JSON": (place,)}


async def test_what_is_unread_pending_due_or_under_way_keeps_the_books_from_being_read(scene: Scene):
    await send(scene.platform, scene.view.topic_prefix, [said(example(OrderPlaced, order_id="o-2"), 1, "unread")])
    await scene.databases["order_intake"].execute("INSERT INTO outbox_pending VALUES ('c', 0, now())")
    await scene.databases["allocator"].execute("INSERT INTO blocked VALUES ('o-1', 1, now() + interval '2 s', 'why')")
    await scene.databases["notifier"].execute("UPDATE effect SET state = 'intent' WHERE key LIKE '%shipped%'")
    report = await verify(scene.view, 0, quiet_s=3)
    assert report.exit_status == UNSETTLED
    assert set(report.waits) == {
        "allocator: 1 records of order.placed unread",
        "fulfiller: 1 records of order.placed unread",
        "notifier: 1 records of order.placed unread",
        "order_intake: 1 outbox rows pending",
        "allocator: 1 blocked orders due",
        "notifier: 1 effects not settled",
    }


async def test_topics_that_still_grow_have_not_settled(scene: Scene):
    stop = asyncio.Event()

    async def chatter() -> None:
        while not stop.is_set():
            await send(scene.platform, scene.view.topic_prefix, [("customer.notified", None, b"{}", [])])
            await asyncio.sleep(0.5)

    talking = asyncio.create_task(chatter())
    report = await verify(scene.view, 3, quiet_s=2)
    stop.set()
    await talking
    assert (report.exit_status, report.waits) == (UNSETTLED, ("topics that grew within the last seconds",))


async def test_a_service_that_never_read_a_topic_has_not_settled(scene: Scene):
    await send(scene.platform, scene.view.topic_prefix, [("partner.swift.inbound", None, b"{}", [("ce_id", b"1")])])
    report = await verify(scene.view, 0, quiet_s=3)
    assert report.waits == ("fulfiller.outside: 1 records of partner.swift.inbound unread",)
