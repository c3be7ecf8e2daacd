"""Columns of many rows, each sent as one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.columns import BETWEEN, joined, joined_columns

VALUES = st.lists(st.text().filter(lambda text: BETWEEN not in text), min_size=1)


@given(VALUES)
def test_what_is_joined_comes_apart_again(values: list[str]) -> None:
    assert joined(values).split(BETWEEN) == values


@given(VALUES, st.integers(0), st.text())
def test_a_value_that_would_come_apart_is_refused(values: list[str], at: int, rest: str) -> None:
    values.insert(at % (len(values) + 1), BETWEEN + rest)
    with pytest.raises(ValueError, match=r"U\+001F"):
        joined(values)


def test_rows_are_sent_column_by_column() -> None:
    assert joined_columns([("a", "1"), ("b", "2")]) == [f"a{BETWEEN}b", f"1{BETWEEN}2"]
    assert joined([]) == ""
