import pytest

from baesong.bench.figures import medians, percentile, rounded, spread


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile([*range(100, 0, -1)], share) == value


def test_the_99th_of_few_values_is_the_largest():
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_spread_names_the_middle_and_both_ends():
    assert spread([3.0, 1.0, 2.00049]) == {"median": 2.0, "least": 1.0, "most": 3.0}


def test_a_process_that_one_run_lacks_counts_nothing_there():
    assert medians([{"a": 4.0}, {"a": 2.0, "b": 6.0}, {"a": 3.0}]) == {"a": 3.0, "b": 0.0}


def test_what_does_not_apply_stays_so():
    assert rounded(None) is None
    assert rounded(1.26) == 1.3
