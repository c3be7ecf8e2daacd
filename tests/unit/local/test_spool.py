import os
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baesong.mail.spool import NAME, Spool, key_of, mails, mails_with

MAIL = b"Message-ID: <a@example.test>\r\nSubject: one\r\n\r\nhello\r\n"


def test_a_key_does_not_depend_on_brackets_and_spaces() -> None:
    assert key_of(" <a@example.test> ") == key_of("a@example.test")


def test_mails_are_listed_in_the_order_they_came(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(3):
        spool.add(b"Message-ID: <%d@example.test>\r\n\r\n" % number)
    assert [mail.message()["Message-ID"] for mail in mails(tmp_path)] == [f"<{n}@example.test>" for n in range(3)]


def test_a_mail_is_found_by_id_key_and_message_id(tmp_path: Path) -> None:
    mail = Spool(tmp_path).add(MAIL)
    assert [mail] == mails_with(tmp_path, mail.id) == mails_with(tmp_path, mail.key)
    assert [mail] == mails_with(tmp_path, "<a@example.test>")
    assert mails_with(tmp_path, "nothing") == []


def test_copies_are_counted_on_after_a_restart(tmp_path: Path) -> None:
    Spool(tmp_path).add(MAIL)
    assert Spool(tmp_path).holds(key_of("a@example.test"))
    assert Spool(tmp_path).add(MAIL).copy == 1


def test_a_mail_without_message_id_is_known_by_its_content(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert [spool.add(b"Subject: x\r\n\r\n").copy for _ in range(2)] == [0, 1]


def test_a_folder_that_is_not_there_holds_no_mails(tmp_path: Path) -> None:
    assert mails(tmp_path / "none") == []


def test_what_is_being_written_is_no_mail_yet_and_what_a_kill_left_half_is_cut_off(tmp_path: Path) -> None:
    Spool(tmp_path).add(MAIL)
    whole = (tmp_path / NAME).read_bytes()
    for half in range(1, len(whole)):
        (tmp_path / NAME).write_bytes(whole + whole[:half])
        assert len(mails(tmp_path)) == 1
    assert Spool(tmp_path).add(MAIL).copy == 1
    assert [mail.message()["Subject"] for mail in mails(tmp_path)] == ["one", "one"]


def test_a_mail_there_is_no_room_for_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, write = Spool(tmp_path), os.write
    monkeypatch.setattr(os, "write", lambda to, content: write(to, content[:50]))
    with pytest.raises(OSError, match="no room"):
        spool.add(MAIL)
    assert not spool.holds(key_of("a@example.test"))
    monkeypatch.undo()
    assert spool.add(MAIL).copy == 0
    assert len(mails(tmp_path)) == 1


def test_mails_that_had_a_file_each_are_taken_over_once_whenever_a_kill_comes(tmp_path: Path) -> None:
    key, files = key_of("a@example.test"), tmp_path / "new"
    for killed_before_the_files_were_gone in (True, False):
        files.mkdir(exist_ok=True)
        for copy in range(2):
            (files / f"{key}.{copy}").write_bytes(MAIL)
        Spool(tmp_path)
        assert [mail.copy for mail in mails(tmp_path)] == [0, 1], killed_before_the_files_were_gone
        assert not list(files.iterdir())


@given(st.lists(st.binary(max_size=200)))
def test_every_mail_is_given_back_byte_for_byte(contents: list[bytes]) -> None:
    with TemporaryDirectory() as folder:
        spool, begun = Spool(Path(folder)), datetime.now(UTC)
        kept = [spool.add(content) for content in contents]
        found = mails(Path(folder))
        assert [mail.content() for mail in found] == contents
        assert found == kept
        assert all(mail.received_at >= begun for mail in found)
