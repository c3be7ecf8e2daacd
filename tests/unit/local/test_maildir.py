from pathlib import Path

from baesong.mail.maildir import Maildir, key_of, mails, mails_with

MAIL = b"Message-ID: <a@example.test>\r\nSubject: one\r\n\r\nhello\r\n"


def test_a_key_does_not_depend_on_brackets_and_spaces() -> None:
    assert key_of(" <a@example.test> ") == key_of("a@example.test")


def test_mails_are_listed_in_the_order_they_came(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    for number in range(3):
        maildir.add(b"Message-ID: <%d@example.test>\r\n\r\n" % number)
    assert [mail.message()["Message-ID"] for mail in mails(tmp_path)] == [f"<{n}@example.test>" for n in range(3)]


def test_a_mail_is_found_by_id_key_and_message_id(tmp_path: Path) -> None:
    mail = Maildir(tmp_path).add(MAIL)
    assert [mail] == mails_with(tmp_path, mail.id) == mails_with(tmp_path, mail.key)
    assert [mail] == mails_with(tmp_path, "<a@example.test>")
    assert mails_with(tmp_path, "nothing") == []


def test_copies_are_counted_on_after_a_restart(tmp_path: Path) -> None:
    Maildir(tmp_path).add(MAIL)
    assert Maildir(tmp_path).holds(key_of("a@example.test"))
    assert Maildir(tmp_path).add(MAIL).copy == 1


def test_a_mail_without_message_id_is_known_by_its_content(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    assert [maildir.add(b"Subject: x\r\n\r\n").copy for _ in range(2)] == [0, 1]


def test_a_folder_that_is_not_there_holds_no_mails(tmp_path: Path) -> None:
    assert mails(tmp_path / "none") == []
