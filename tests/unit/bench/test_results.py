import json

from baesong.bench.result import Result, line_of, markdown, written

MEASURED = {
    "spread": {"orders_per_s": {"median": 2000.0, "least": 1900.0, "most": 2100.0}},
    "cpu_us_by_process": {"kafka": 50.4, "postgres allocator": 20.0},
    "versions": {"commit": "abc1234"},
    "cores_busy_with_others": 1.23,
}


def test_a_result_has_every_figure_and_null_where_one_does_not_apply():
    said = json.loads(line_of(Result("intake", 10, orders_per_s=812.34).said()))
    wanted = {"orders", "orders_per_s", "cpu_us_per_order", "ratio_to_floor", "p50_ms", "p99_ms"}
    assert wanted <= said.keys()
    assert (said["orders_per_s"], said["ratio_to_floor"]) == (812.3, None)


def test_a_result_is_one_line():
    assert "\n" not in line_of(Result("intake", 10, more={"note": "two\nlines"}).said())


def test_the_table_shows_figures_spread_and_cost_by_process():
    page = markdown([Result("pipeline", 100_000, 2000.0, 700.0, 0.5, more=MEASURED).said()])
    assert "| pipeline | 100,000 | 2,000 | 1,900 – 2,100 | 700 | 0.50 | – | – | 1.2 |" in page
    assert "| kafka | 50 |" in page


def test_a_new_result_leaves_the_others_in_the_table(tmp_path):
    written(tmp_path, Result("floor", 10, 5000.0, more=MEASURED).said())
    written(tmp_path, Result("pipeline", 10, 2000.0, more=MEASURED).said())
    written(tmp_path, Result("pipeline", 10, 2500.0, more=MEASURED).said())
    page = (tmp_path / "README.md").read_text()
    assert "| floor | 10 | 5,000 |" in page
    assert "| pipeline | 10 | 2,500 |" in page
    assert "2,000" not in page.split("## CPU")[0].replace("1,900 – 2,100", "")


def test_a_benchmark_taken_at_several_paces_has_a_row_for_each():
    rates = [{"per_s": 500.0, "orders": 5, "p50_ms": 90.0}, {"per_s": 1000.0, "orders": 9, "p50_ms": 120.0}]
    page = markdown([Result("latency", 9, more={"rates": rates}).said()])
    assert "| latency, 500/s | 5 |" in page
    assert "| latency, 1000/s | 9 |" in page


def test_the_name_of_a_file_has_no_blanks(tmp_path):
    written(tmp_path, Result("hot-sku, 3 allocators", 1).said())
    assert (tmp_path / "hot-sku-3-allocators.json").exists()


def test_what_only_one_benchmark_finds_stands_below_the_table():
    floor = {"orders_per_s": 5200.0, "cpu_us_per_order": 290.0}
    page = markdown([Result("pipeline", 9, more={"cpu_ratio_to_floor": 2.1, "floor": floor}).said()])
    assert "- pipeline: times the floor's CPU 2.1, its floor 5,200 orders/s at 290 µs" in page
    assert "idle" not in page
