"""The notifier as it runs: from what the others say on Kafka to the mail in the box and the word about it."""

from tests.integration.notifier.conftest import Notifier, settings
from tests.integration.notifier.saying import cancelled, decided, edited, held, line, placed, updated

from baesong.platform_only import Platform
from notifier.app import build
from running_services import eventually, running, topics


def to(name: str) -> dict[str, object]:
    return {"customer": {"name": "김민아", "email": f"{name}@example.test"}}


async def test_an_order_is_told_from_its_confirmation_to_its_last_package(notifier: Notifier) -> None:
    await notifier.hears((updated("s1", 1), 3), (decided("s1", 1), 1), (placed("s1", **to("s1")), 1))
    shown = await notifier.until_told("s1", ("confirmed", "sent"), ("delayed", "sent"), ("shipped", "sent"))
    assert {m["fact"]: m["about"] for m in shown} == {"confirmed": [], "delayed": ["1"], "shipped": ["s1-F1/P1"]}
    assert len(notifier.mails_to("s1")) == 3
    notices = await notifier.until_said("s1", 3)
    assert {(n["fact"], n["status"], n["version"], n["channel"]) for n in notices} == {
        (fact, "sent", 1, "email") for fact in ("confirmed", "delayed", "shipped")
    }
    assert all(n["provider_reference"].startswith("OK queued") for n in notices)
    assert "example.test" not in str(notices)


async def test_a_mail_that_is_refused_for_now_is_sent_later_and_once(notifier: Notifier) -> None:
    await notifier.hears((placed("s2", **to("later")), 1))
    await notifier.until_told("s2", ("confirmed", "sent"))
    assert len(notifier.mails_to("later")) == 1
    assert notifier.office.tried.count("later@example.test") == 2


async def test_a_mail_that_is_refused_for_good_has_failed_and_says_why(notifier: Notifier) -> None:
    await notifier.hears((placed("s3", **to("nobody")), 1))
    (shown,) = await notifier.until_told("s3", ("confirmed", "failed"))
    assert "550" in shown["reason"]
    (notice,) = await notifier.until_said("s3", 1)
    assert (notice["status"], notice["reason"]) == ("failed", shown["reason"])


async def test_a_mail_nobody_knows_of_is_looked_up_and_found(notifier: Notifier) -> None:
    await notifier.hears((placed("s4", **to("cut")), 1))
    await eventually(lambda: notifier.mails_to("cut"))
    await let_the_lease_run_out(notifier, "s4")
    (shown,) = await notifier.until_told("s4", ("confirmed", "sent"))
    assert shown["provider_reference"].startswith("found ")
    assert len(notifier.mails_to("cut")) == 1


async def test_a_mail_nobody_knows_of_that_never_came_is_sent_again_under_the_same_id(notifier: Notifier) -> None:
    await notifier.hears((placed("s5", **to("cut-lost")), 1))
    await eventually(lambda: notifier.office.tried.count("cut-lost@example.test") == 1)
    await let_the_lease_run_out(notifier, "s5")
    await eventually(lambda: notifier.office.tried.count("cut-lost@example.test") == 2)
    assert [m["status"] for m in await notifier.messages("s5")] == ["intended"]


async def test_what_its_shop_or_nobody_tells_is_written_down_and_not_mailed(notifier: Notifier) -> None:
    by = [{"fact": "confirmed", "who": "shop"}, {"fact": "delayed", "who": "nobody"}, {"fact": "*", "who": "we"}]
    await notifier.hears((placed("s11", told_by=by, **to("s11")), 1), (decided("s11", 1), 1), (updated("s11", 1), 3))
    shown = await notifier.until_told(
        "s11", ("confirmed", "suppressed"), ("delayed", "suppressed"), ("shipped", "sent")
    )
    why = {m["fact"]: m["reason"] for m in shown}
    assert (why["confirmed"], why["delayed"]) == ("told_by_shop", "told_by_nobody")
    assert len(notifier.mails_to("s11")) == 1


async def let_the_lease_run_out(notifier: Notifier, order_id: str) -> None:
    expired = "UPDATE effect SET lease_until = now() - interval '1 s' WHERE state = 'leased' AND order_id = $1"
    await notifier.db.execute(expired, order_id)


async def test_a_cancel_is_told_in_one_mail_once_it_is_answered(notifier: Notifier) -> None:
    await notifier.hears((placed("s6", **to("s6")), 1), (decided("s6"), 1), (cancelled("s6", **to("s6")), 2))
    await notifier.hears((decided("s6", revision=2, order_version=2, asked=2), 2))
    await notifier.hears(
        (updated("s6", released=2, answered=2, revision=2), 2), (updated("s6", released=2, answered=2), 3)
    )
    await notifier.until_told("s6", ("confirmed", "sent"), ("cancelled", "sent"))
    assert sorted(mail["Subject"] for mail in notifier.mails_to("s6")) == [
        "주문 #1001 접수 완료",
        "주문 #1001 취소 완료",
    ]


async def test_a_changed_order_is_told_in_one_mail_once_what_was_taken_off_came_back(notifier: Notifier) -> None:
    less = edited("s9", "lines[0].cancelled", lines=[line(cancelled=1)], **to("s9"))
    await notifier.hears((placed("s9", **to("s9")), 1), (decided("s9"), 1), (less, 2), (less, 2))
    await notifier.hears((decided("s9", revision=2, order_version=2, asked=1), 2))
    await notifier.hears((updated("s9", released=1, answered=1, revision=2), 2), (less, 2))
    shown = await notifier.until_told("s9", ("confirmed", "sent"), ("order_changed", "sent"))
    assert {m["fact"]: m["about"] for m in shown} == {"confirmed": [], "order_changed": ["v2"]}
    (mail,) = [mail for mail in notifier.mails_to("s9") if mail["Subject"] == "주문 #1001 변경 완료"]
    text = mail.get_body(("plain",)).get_content()
    assert "주문에서 뺀 상품\n- 1 × 파란 머그컵" in text
    assert [n["fact"] for n in await notifier.until_said("s9", 2)].count("order_changed") == 1


async def test_a_customer_is_asked_to_pay_and_told_when_the_order_is_cancelled_for_it(notifier: Notifier) -> None:
    ours, theirs = held("awaiting_payment"), held("incorrect_address", "console:mina")
    await notifier.hears((placed("s10", holds=[ours, theirs], payment={"status": "pending"}, **to("s10")), 1))
    await notifier.until_told("s10", ("confirmed", "sent"), ("on_hold", "sent"))
    gone = cancelled("s10", payment={"status": "expired"}, **to("s10"))
    await notifier.hears((gone, 2), (decided("s10", 0, order_version=2), 1))
    await notifier.until_told(
        "s10", ("confirmed", "sent"), ("on_hold", "sent"), ("cancelled", "sent"), ("delayed", "suppressed")
    )
    subjects = {mail["Subject"] for mail in notifier.mails_to("s10")}
    assert {"주문 #1001 입금을 기다리고 있습니다", "주문 #1001 취소: 결제가 확인되지 않았습니다"} < subjects


async def test_a_test_order_gets_no_mail_and_that_is_said(notifier: Notifier) -> None:
    await notifier.hears((placed("s7", test=True, **to("s7")), 1))
    await notifier.until_told("s7", ("confirmed", "suppressed"))
    (notice,) = await notifier.until_said("s7", 1)
    assert (notice["status"], notice["reason"], notice["version"]) == ("suppressed", "test_order", 1)
    preview = (await notifier.http.get(f"/messages/{notice['message_id']}")).json()["preview"]
    assert preview["subject"] == "주문 #1001 접수 완료"
    assert notifier.mails_to("s7") == []


async def test_a_message_is_shown_as_its_customer_sees_it(notifier: Notifier) -> None:
    await notifier.hears((placed("s8", **to("s8")), 1))
    (shown,) = await notifier.until_told("s8", ("confirmed", "sent"))
    preview = (await notifier.http.get(f"/messages/{shown['message_id']}")).json()["preview"]
    (mail,) = notifier.mails_to("s8")
    assert preview["subject"] == mail["Subject"]
    assert preview["html"] == mail.get_body(("html",)).get_content().rstrip("\n")
    assert "생일 &lt;축하&gt;해!" in preview["html"]


async def test_what_is_not_there_is_answered_so_and_nothing_is_shown_without_the_key(notifier: Notifier) -> None:
    assert await notifier.messages("never-heard-of") == []
    assert (await notifier.http.get("/messages/none")).status_code == 404
    refused = await notifier.http.get("/orders/s1", headers={"Authorization": "Bearer other"})
    assert refused.status_code == 401


async def test_with_mail_off_everything_is_told_as_suppressed(platform: Platform) -> None:
    prefix, dsn = "noff-", await platform.database("notifier_off")
    await topics(platform, prefix, ["order.placed", "order.changed", "allocation.decided", "shipment.updated", "customer.notified"])  # fmt: skip
    async with running(build(settings(platform, dsn, prefix, mail="off"))) as it:
        told = Notifier(platform, prefix, it.store.pool, None, None)  # type: ignore[arg-type]
        await told.hears((placed("f1"), 1), (decided("f1"), 1), (updated("f1", 2), 2))
        notices = await told.until_said("f1", 2)
    assert {(n["fact"], n["status"], n["reason"]) for n in notices} == {
        ("confirmed", "suppressed", "mail_off"),
        ("shipped", "suppressed", "mail_off"),
    }
