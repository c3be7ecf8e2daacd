from baesong.bench.profiling import page, shares

STACKS = ["main (a.py:3);work (b.py:7) 6", "main (a.py:4);work (b.py:9);copy (c.py:1) 3", "main (a.py:4) 1"]


def test_a_function_is_counted_where_it_stands_and_where_it_is_at_the_top():
    within, alone = shares(STACKS)
    assert within == {"main (a.py)": 1.0, "work (b.py)": 0.9, "copy (c.py)": 0.3}
    assert alone == {"main (a.py)": 0.1, "work (b.py)": 0.6, "copy (c.py)": 0.3}


def test_a_function_that_calls_itself_counts_once_a_sample():
    assert shares(["f (a.py:1);f (a.py:1) 4"]) == ({"f (a.py)": 1.0}, {"f (a.py)": 1.0})


def test_a_page_gives_microseconds_an_order(tmp_path):
    (tmp_path / "allocator.stacks").write_text("\n".join(STACKS))
    said = page(tmp_path, {"allocator": 200.0})
    assert "## allocator, 200 µs" in said
    assert "| work (b.py) | 180 | 120 |" in said
    assert "| main (a.py) | 200 |" not in said
