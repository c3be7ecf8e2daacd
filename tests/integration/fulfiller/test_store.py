"""What the fulfiller keeps, on real PostgreSQL."""

from datetime import timedelta

import asyncpg
import pytest
from tests.unit.fulfiller.given import (
    NOW,
    SEOUL,
    a_decision,
    a_message,
    a_submitted,
    an_order,
    at_bench,
    at_partner,
    dispatched,
    event,
    given,
    shipments_of,
    told,
)

from fulfiller import store
from fulfiller.domain.fulfilment import advance
from fulfiller.domain.held import Order
from fulfiller.store import RefusedMessage, VersionLostError
from order_events import Instructions, Problem, Property, Wishes


async def saved(conn, *shipments, before=()):
    by_order = {"o1": list(before)}
    await store.save(conn, by_order, list(shipments))


def one_version_on(shipment):
    return shipment._replace(version=shipment.version + 1)


async def test_a_query_is_prepared_against_the_migrated_tables(conn):
    for name, sql in store.SQL.blocks.items():
        assert await conn.prepare(sql), name


async def kept(conn, *ones):
    """Orders or decisions that are stored as a handler would."""
    held = await store.held_of(conn, [one.order_id for one in ones])
    keep = store.keep_orders if isinstance(ones[0], Order) else store.keep_decisions
    return await keep(conn, held, ones)


async def test_the_highest_version_of_an_order_stays(conn):
    second, third = an_order(version=2, hold="fraud"), an_order(version=3)
    assert await kept(conn, second) == {"o1": second}
    assert await kept(conn, an_order(version=1)) == {}
    assert await kept(conn, an_order(version=2)) == {}
    assert (await store.held_of(conn, ["o1"])).orders == {"o1": second}
    assert await kept(conn, third) == {"o1": third}
    assert (await store.held_of(conn, ["o1"])).orders == {"o1": third}


async def test_the_highest_revision_of_a_decision_stays(conn):
    second = a_decision(at_partner(given("1", 3, asked=1)), at_bench(given("2", 2)), revision=2)
    third = a_decision(at_bench(given("2", 3)), revision=3)
    assert await kept(conn, second) == {"o1": second}
    assert await kept(conn, a_decision(revision=1)) == {}
    assert (await store.held_of(conn, ["o1"])).decisions == {"o1": second}
    assert await kept(conn, third) == {"o1": third}
    assert (await store.held_of(conn, ["o1"])).decisions == {"o1": third}


async def test_an_order_comes_back_as_it_was_kept(conn):
    order = an_order(
        fulfil_by=NOW, instructions=Instructions(gift_wrap=True, sample_skus=("TEA-S",), packaging="box-m"),
        wishes=Wishes(gift_message="생일 축하해!", properties=(Property(name="a", value="b"),)),
    )  # fmt: skip
    nowhere = an_order(ship_to=None)._replace(order_id="o2")
    await kept(conn, order, nowhere)
    assert (await store.held_of(conn, ["o1", "o2"])).orders == {"o1": order, "o2": nowhere}


async def test_a_shipment_comes_back_as_it_was_saved(conn):
    first = a_submitted()
    second = one_version_on(
        told(first, dispatched(1, carrier="UPS", number="1Z"), dispatched(2, "P2"), event("in_transit", 5))
    )
    await saved(conn, first)
    await saved(conn, second, before=[first])
    assert await store.shipments_of(conn, ["o1"]) == {"o1": [second]}


async def test_shipments_come_back_oldest_first_whatever_their_number(conn):
    many = [a_submitted()._replace(shipment_id=f"o1-F{n}") for n in range(1, 13)]
    await saved(conn, *reversed(many))
    assert [one.shipment_id for one in (await store.shipments_of(conn, ["o1"]))["o1"]] == [
        f"o1-F{n}" for n in range(1, 13)
    ]


async def test_packages_come_back_in_the_order_in_which_they_left(conn):
    await saved(conn, told(a_submitted(), dispatched(1, "P9"), dispatched(1, "P10"), dispatched(1, "P1")))
    ((shipment,),) = (await store.shipments_of(conn, ["o1"])).values()
    assert [one.package_id for one in shipment.packages] == ["P9", "P10", "P1"]


async def test_a_milestone_is_added_to_the_package_that_is_there(conn):
    first = told(a_submitted(), dispatched(3))
    second = one_version_on(told(first, event("delivered", 60)))
    await saved(conn, first)
    await saved(conn, second, before=[first])
    ((shipment,),) = (await store.shipments_of(conn, ["o1"])).values()
    assert [one.status for one in shipment.packages[0].milestones] == ["dispatched", "delivered"]


async def test_a_shipment_is_saved_only_one_version_on(conn):
    first = a_submitted()
    await saved(conn, first)
    for wrong in (first, first._replace(version=3)):
        with pytest.raises(VersionLostError, match="o1-F1"):
            await saved(conn, wrong, before=[first])


async def test_a_shipment_is_added_once(conn):
    await saved(conn, a_submitted())
    with pytest.raises(asyncpg.UniqueViolationError):
        await saved(conn, a_submitted())


async def test_a_new_address_of_a_shipment_is_saved(conn):
    first = a_submitted()
    moved = first.delivery._replace(ship_to=SEOUL.model_copy(update={"city": "부산"}).model_dump_json(), fulfil_by=NOW)
    await saved(conn, first)
    second = one_version_on(first)._replace(delivery=moved)
    await saved(conn, second, before=[first])
    assert (await store.shipments_of(conn, ["o1"]))["o1"] == [second]


async def test_units_that_are_open_and_a_shipment_that_is_over_cannot_be_stored_together(conn):
    await saved(conn, a_submitted())
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute("UPDATE shipment SET status = 'closed'")


async def test_a_message_that_was_believed_is_remembered_once(conn):
    await store.remember_messages(conn, {("o1-F1", "m1"): b"one", ("o1-F1", "m2"): b"two"})
    await store.remember_messages(conn, {("o1-F1", "m1"): b"other"})
    heard = await store.messages_heard(conn, [("o1-F1", "m1"), ("o1-F2", "m1")])
    assert heard == {("o1-F1", "m1"): b"one"}


def a_refusal(record_id, message_id="m1", partner_id="swift"):
    problems = (Problem(field="kind", rule="not_allowed", message="no"),)
    return RefusedMessage(record_id, partner_id, message_id, None, problems, b"\x00 raw", NOW)


async def test_refusals_of_one_message_id_are_counted_per_partner(conn):
    first = await store.keep_refused(conn, [a_refusal("r1"), a_refusal("r2"), a_refusal("r3", partner_id="rival")])
    again = await store.keep_refused(conn, [a_refusal("r4"), a_refusal("r5", "m2")])
    assert (first, again) == ([1, 2, 1], [3, 1])


async def test_what_was_refused_is_kept_as_it_came(conn):
    await store.keep_refused(conn, [a_refusal("r1")])
    row = await conn.fetchrow("SELECT body, problems FROM refused")
    assert row["body"] == b"\x00 raw"
    assert "not_allowed" in row["problems"]


async def held(conn, order, decision):
    await kept(conn, order)
    await kept(conn, decision)
    changes = advance(order, decision, [])
    await saved(conn, *changes.shipments)
    return changes.shipments


async def ready(conn, location_id="bench", **more):
    found = await store.work_at(conn, location_id, more.get("status"), more.get("limit", 50), ready=True)
    return [one.shipment_id for one in found]


async def test_a_bench_sees_what_it_can_pack_now(conn):
    await held(conn, an_order(), a_decision(at_bench(given()), at_partner(given("2"), location_id="hub")))
    assert await ready(conn) == ["o1-F1"]
    assert await ready(conn, status="in_progress") == []
    assert await ready(conn, location_id="hub") == []
    everything = await store.work_at(conn, "hub", None, 50, ready=False)
    assert [one.shipment_id for one in everything] == ["o1-F2"]


@pytest.mark.parametrize("order", [an_order(hold="fraud"), an_order(version=2)], ids=["on hold", "not decided"])
async def test_a_bench_does_not_see_what_is_barred(conn, order):
    await held(conn, order, a_decision(at_bench(given())))
    assert await ready(conn) == []


async def test_work_at_a_bench_is_found_by_an_index(conn):
    orders = [an_order()._replace(order_id=f"o{n}") for n in range(2000)]
    await kept(conn, *orders)
    await kept(conn, *[a_decision()._replace(order_id=one.order_id) for one in orders])
    (bench,) = shipments_of(at_bench(given()))
    many = [bench._replace(order_id=one.order_id, shipment_id=f"{one.order_id}-F1") for one in orders]
    await saved(conn, *[one._replace(location_id=f"bench-{n % 50}") for n, one in enumerate(many)])
    await conn.execute("ANALYZE")
    ready = True
    plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {store.SQL.work_at}", "bench-7", "open", ready, 50))
    assert "shipment_work" in plan, plan


async def test_a_message_at_the_edge_of_time_and_text_is_kept(conn):
    shipment = told(a_submitted(), dispatched(3))
    later = told(shipment, a_message("event", package_id="P1", milestone="delayed", message="🌧" * 5000,
                                     happened_at=NOW + timedelta(days=60000)))  # fmt: skip
    await saved(conn, shipment)
    await saved(conn, one_version_on(later), before=[shipment])
    assert (await store.shipments_of(conn, ["o1"]))["o1"] == [one_version_on(later)]
