"""What a batch said comes out of its row byte for byte, packed or not."""

from hypothesis import given
from hypothesis import strategies as st

from service_runtime.packing import WORTH_PACKING, packed, packed_rows, unpacked, unpacked_rows
from service_runtime.ports import Outgoing

HEADERS = st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=40)), max_size=4).map(tuple)
ROWS = st.builds(
    Outgoing, st.text(), st.integers(0, 9), st.text(), st.text(), st.none() | st.binary(), HEADERS, st.binary()
)


@given(HEADERS)
def test_headers_come_out_as_they_went_in(headers: tuple[tuple[str, bytes], ...]) -> None:
    assert unpacked(packed(headers)) == headers


def test_headers_of_before_are_read_too() -> None:
    assert unpacked(b'[["a","\xc3\xbf"],["b",""]]') == (("a", b"\xff"), ("b", b""))


@given(st.lists(ROWS, max_size=5), st.sampled_from([0, WORTH_PACKING]))
def test_rows_come_out_as_they_went_in_however_many_bytes_they_are(rows: list[Outgoing], more: int) -> None:
    rows.append(Outgoing("c", 0, "e", "t", None, (), b"x" * more))
    assert unpacked_rows(packed_rows(rows)) == rows


def test_few_bytes_are_kept_as_they_are_and_many_are_packed() -> None:
    small, large = (packed_rows([Outgoing("c", 0, "e", "t", b"k", (), b"x" * size)]) for size in (10, 50_000))
    assert len(small) < 100
    assert len(large) < 1_000
