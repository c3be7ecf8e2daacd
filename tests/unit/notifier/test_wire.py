"""What goes over a connection to a mail server, without one."""

import asyncio
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.mail.wire import Refused, Reply, Wire, body, envelope

COMMANDS = envelope("shop@example.test", "mina@example.test")
TAKEN = b"250 sender ok\r\n250 recipient ok\r\n354 go on\r\n"


class Line:
    """A transport that notes what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, said: bytes) -> None:
        self.written.append(said)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def wire_on(line: Line, *, pipelining: bool = True) -> Wire:
    return Wire(cast(Any, line), pipelining=pipelining)


async def asked(wire: Wire, replies: bytes) -> Reply:
    asking = asyncio.create_task(wire.ask(COMMANDS))
    await asyncio.sleep(0)
    wire.data_received(replies)
    return await asking


async def test_where_the_server_takes_several_commands_they_go_out_together() -> None:
    line = Line()
    assert await asked(wire_on(line), TAKEN) == Reply(354, "go on")
    assert line.written == [b"MAIL FROM:<shop@example.test>\r\nRCPT TO:<mina@example.test>\r\nDATA\r\n"]


async def test_where_it_does_not_each_waits_for_the_reply_to_the_one_before() -> None:
    line = Line()
    wire = wire_on(line, pipelining=False)
    asking = asyncio.create_task(wire.ask(COMMANDS))
    for n, reply in enumerate(TAKEN.splitlines(keepends=True), 1):
        await asyncio.sleep(0)
        assert len(line.written) == n
        wire.data_received(reply)
    assert await asking == Reply(354, "go on")


@given(st.lists(st.integers(1, len(TAKEN) - 1)))
def test_replies_are_the_same_in_whatever_pieces_they_come(cuts: list[int]) -> None:
    async def told() -> Reply:
        wire = wire_on(Line())
        asking = asyncio.create_task(wire.ask(COMMANDS))
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(TAKEN)], strict=True):
            await asyncio.sleep(0)
            wire.data_received(TAKEN[start:end])
        return await asking

    assert asyncio.run(told()) == Reply(354, "go on")


@pytest.mark.parametrize(
    ("replies", "verb", "code"),
    [
        (b"450 not now\r\n503 no\r\n503 no\r\n", "MAIL", 450),
        (b"250 ok\r\n550-no such\r\n550 mailbox\r\n503 no\r\n", "RCPT", 550),
        (b"250 ok\r\n550 no such mailbox\r\n354 go on all the same\r\n", "RCPT", 550),
        (b"250 ok\r\n250 ok\r\n452 full\r\n", "DATA", 452),
        (b"250 ok\r\n250 ok\r\n250 what?\r\n", "DATA", 250),
        (b"354 what?\r\n", "MAIL", 354),
    ],
)
async def test_the_first_command_that_is_not_taken_is_the_refusal(replies: bytes, verb: str, code: int) -> None:
    with pytest.raises(Refused) as refused:
        await asked(wire_on(Line()), replies)
    assert (refused.value.verb, refused.value.reply.code) == (verb, code)


async def test_a_connection_that_ends_is_told_to_who_waits_and_is_not_written_to_again() -> None:
    line = Line()
    wire = wire_on(line)
    asking = asyncio.create_task(wire.ask(COMMANDS))
    await asyncio.sleep(0)
    line.closed = True
    wire.connection_lost(None)
    for attempt in (asking, wire.ask(COMMANDS)):
        with pytest.raises(ConnectionResetError):
            await attempt
    assert len(line.written) == 1


@pytest.mark.parametrize("said", [b"421 good bye\r\n", b"what\r\n", b"250-" + b"x" * 40_000, b"250 a\r\n" * 20])
async def test_a_connection_on_which_the_server_says_what_nobody_asked_is_not_used(said: bytes) -> None:
    wire = wire_on(Line())
    assert wire.is_open
    wire.data_received(said)
    assert not wire.is_open


@pytest.mark.parametrize("to", ["a@b\r\nRCPT TO:<c@d>", "a@b>", "<a@b", "mina\x00@b", "김@b", "a@b\n"])
def test_an_address_cannot_say_a_command(to: str) -> None:
    with pytest.raises(ValueError, match="an address"):
        envelope("shop@example.test", to)


@given(st.lists(st.sampled_from([b"", b".", b"..", b".a", b"a.", b"a"]), min_size=1))
def test_no_line_of_a_letter_ends_it(lines: list[bytes]) -> None:
    said = body(b"".join([line + b"\r\n" for line in lines])).said
    *sent, dot, last = said.split(b"\r\n")
    assert (dot, last) == (b".", b"")
    assert b"." not in sent
    assert [line.removeprefix(b".") for line in sent] == lines


def test_a_letter_without_a_last_line_end_is_given_one() -> None:
    assert body(b"a").said == b"a\r\n.\r\n"
