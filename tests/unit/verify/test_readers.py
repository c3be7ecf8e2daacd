"""Who must have read what before books can be proved."""

from baesong.verify.readers import Reader, readers

ALL = ("order_intake", "allocator", "fulfiller", "notifier")


def test_a_service_must_read_what_the_topic_files_name_it_for():
    assert readers({"order.placed"}, ALL, set()) == {
        Reader("allocator", "order.placed"),
        Reader("fulfiller", "order.placed"),
        Reader("notifier", "order.placed"),
    }


def test_what_comes_from_outside_is_read_in_a_group_of_its_own():
    topics = {"checkout.completed", "partner.swift.inbound"}
    assert readers(topics, ALL, set()) == {
        Reader("order-intake.outside", "checkout.completed"),
        Reader("fulfiller.outside", "partner.swift.inbound"),
    }


def test_a_partner_is_waited_for_once_it_ever_read():
    assert readers({"partner.swift.shipments"}, ALL, set()) == set()
    known = {"partner-swift", "partner-other"}
    assert readers({"partner.swift.shipments"}, ALL, known) == {Reader("partner-swift", "partner.swift.shipments")}


def test_a_service_that_is_not_part_of_the_instance_is_not_waited_for():
    assert readers({"order.placed"}, ["allocator"], set()) == {Reader("allocator", "order.placed")}


def test_nobody_waits_for_what_no_service_reads():
    assert readers({"customer.notified", "order.placed.dlq", "inventory.changed"}, ALL, set()) == set()
