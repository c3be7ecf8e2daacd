"""What is archived comes back byte for byte, whatever the bytes; and a file that is cut or changed says so."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.archive import Archive, DamagedError, Manifest, Stretch
from service_runtime.archive import blocks as blocks_
from service_runtime.archive.blocks import BlockWriter
from service_runtime.archive.checking import checked
from service_runtime.archive.days import line_of, record_of, title_line
from service_runtime.reading import Place, Record

DAY = date(2026, 11, 20)
BYTES = st.none() | st.binary() | st.text().map(str.encode)
RECORDS = st.builds(
    Record,
    place=st.builds(Place, st.just("t"), st.integers(0, 99), st.integers(0, 2**63 - 1)),
    key=BYTES,
    value=BYTES,
    headers=st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.binary())).map(tuple),
    timestamp=st.integers(-1, 2**53),
)


@given(RECORDS)
def test_a_record_comes_back_byte_for_byte(record: Record) -> None:
    line = line_of(record)
    assert record_of(line, "t") == record
    assert line.count(b"\n") == 1
    assert line.splitlines(keepends=True) == [line]


def written(folder: Path, values: list[bytes | None]) -> Path:
    path = folder / "t" / f"{DAY}.ndjson.zst"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        writer = BlockWriter(file)
        writer.write(title_line("t", DAY))
        for offset, value in enumerate(values):
            writer.write(line_of(Record(Place("t", 0, offset), b"k", value, (("h", b"\xff"),), 7)))
        writer.closed_with(Manifest("t", DAY, (Stretch(0, 0, len(values), len(values)),), None).line)
    return path


@given(st.lists(BYTES, max_size=20))
def test_a_file_holds_what_was_written(tmp_path_factory: pytest.TempPathFactory, values: list[bytes | None]) -> None:
    folder = tmp_path_factory.mktemp("archive")
    written(folder, values)
    archive = Archive(folder)
    assert checked(archive, "t", DAY).manifest.records == len(values)
    lines = [line for block in archive.blocks("t", DAY) for line in block if line.startswith(b'{"partition"')]
    assert [record_of(line, "t").value for line in lines] == values


@pytest.fixture
def three_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(blocks_, "BLOCK", 1000)
    return written(tmp_path, [b"x" * 400, b"y" * 400, b"z" * 400, b"w" * 400])


def test_a_file_cut_anywhere_is_found(three_blocks: Path, tmp_path: Path) -> None:
    whole = three_blocks.read_bytes()
    for length in range(len(whole)):
        three_blocks.write_bytes(whole[:length])
        with pytest.raises(DamagedError):
            checked(Archive(tmp_path), "t", DAY)


def test_a_file_with_any_byte_changed_is_found_or_says_the_same(three_blocks: Path, tmp_path: Path) -> None:
    """A bit of zstd's own that decides nothing may differ: then every line is still what was sealed."""
    whole = three_blocks.read_bytes()
    lines = [line for block in Archive(tmp_path).blocks("t", DAY) for line in block]
    found = 0
    for at in range(len(whole)):
        three_blocks.write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :])
        try:
            checked(Archive(tmp_path), "t", DAY)
        except DamagedError:
            found += 1
        else:
            assert [line for block in Archive(tmp_path).blocks("t", DAY) for line in block] == lines
    assert found > len(whole) * 0.95


def test_a_block_that_is_taken_out_is_found(three_blocks: Path, tmp_path: Path) -> None:
    whole = three_blocks.read_bytes()
    with three_blocks.open("rb") as file:
        (_, first), (second_at, second), *_ = blocks_.block_lengths(file)
    three_blocks.write_bytes(whole[: second_at - 0] + whole[second_at + 12 + second :])
    with pytest.raises(DamagedError, match="changed"):
        checked(Archive(tmp_path), "t", DAY)
    assert first


def test_a_file_under_another_days_name_is_found(three_blocks: Path, tmp_path: Path) -> None:
    three_blocks.rename(three_blocks.with_name("2026-11-21.ndjson.zst"))
    with pytest.raises(DamagedError, match="another topic or day"):
        checked(Archive(tmp_path), "t", date(2026, 11, 21))
