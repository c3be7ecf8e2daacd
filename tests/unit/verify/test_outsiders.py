"""The outsiders' lists and the sink, as their writers write them."""

import json
from pathlib import Path

from baesong.feed.evidence import FEEDER, PARTNER
from baesong.feed.sendings import Draft, sendings
from baesong.mail.maildir import Maildir
from baesong.verify.evidence import read_evidence
from baesong.verify.mails import message_ids


def test_the_feeders_list_is_read_as_the_feeder_writes_it(tmp_path: Path):
    body = {"shop": "s", "source": "web", "source_id": "G-1"}
    made = list(sendings("run", [Draft(body), Draft(body, door="http")]))
    (tmp_path / FEEDER).write_text("".join(sending.evidence() + "\n" for sending in made))
    rows = read_evidence(tmp_path).sent or []
    assert [(row.ce_id, row.door, row.expect) for row in rows] == [
        ("run-000000", "kafka", "placed"),
        ("run-000001", "http", "repeated"),
    ]
    assert {row.order_id for row in rows} == {made[0].order_id}


def test_the_partners_list_is_read_with_its_lines_sorted(tmp_path: Path):
    lines = [{"line_id": "2", "sku": "B", "quantity": 1}, {"line_id": "1", "sku": "A", "quantity": 3}]
    row = {"shipment_id": "o-F1", "package_id": "p", "carrier": "UPS", "number": "1Z", "lines": lines}
    (tmp_path / PARTNER).write_text(json.dumps(row) + "\n")
    assert read_evidence(tmp_path).partner_packages == [("o-F1", "p", (("1", 3), ("2", 1)))]


def test_a_list_that_is_not_there_is_no_empty_list(tmp_path: Path):
    evidence = read_evidence(tmp_path)
    assert (evidence.sent, evidence.partner_packages) == (None, None)


def test_a_mail_is_known_by_the_message_it_carries_and_a_second_copy_stands_twice(tmp_path: Path):
    sink = Maildir(tmp_path)
    for message_id in ("<one@x>", "<two@x>", "<two@x>"):
        head = f"X-Envelope-To: you\r\nmessage-id:\r\n {message_id}\r\n".encode()
        sink.add(head + b"\r\nMessage-ID: <not-this@x>\r\n")
    assert sorted(message_ids(tmp_path)) == ["one", "two", "two"]


def test_a_mail_without_a_message_id_is_named_by_its_file(tmp_path: Path):
    kept = Maildir(tmp_path).add(b"Subject: hello\r\n\r\nMessage-ID: <body@x>\r\n")
    assert message_ids(tmp_path) == [kept.path.name]
