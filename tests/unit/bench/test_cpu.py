from baesong.bench.cpu import REST, TICKS_PER_S, Stat, Usage, backend_name, machine_busy, resident_mb, stat_of

FIELDS = "S 7 42 42 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 1 0 500 1000 300"


def test_a_stat_line_gives_parent_and_ticks():
    assert stat_of(f"42 (python) {FIELDS}") == Stat(parent=7, own=33, gone_children=77)


def test_a_process_name_may_hold_blanks_and_brackets():
    assert stat_of(f"42 (a (b) c) {FIELDS}").own == 33


def test_a_backend_is_counted_under_the_service_of_its_database():
    title = "postgres: role_a baesong_ab12_allocator 127.0.0.1(4711) idle in transaction"
    assert backend_name(title, {"baesong_ab12_allocator": "allocator"}) == "postgres allocator"


def test_what_works_for_all_databases_is_counted_apart():
    databases = {"baesong_ab12_allocator": "allocator"}
    titles = ("postgres: checkpointer", "postgres: autovacuum worker baesong_ab12_allocator", "postgres: walwriter", "")
    assert {backend_name(title, databases) for title in titles} == {"postgres (log, checkpoints, vacuum)"}


def test_what_was_spent_before_the_first_look_does_not_count():
    before, after = Usage({"a": 3 * TICKS_PER_S}), Usage({"a": 5 * TICKS_PER_S, "b": TICKS_PER_S})
    assert after.since(before) == {"a": 2.0, "b": 1.0}


def test_a_backend_that_ended_leaves_its_ticks_with_its_parent_and_the_sum_stays():
    before, after = Usage({"postgres x": 40, REST: 10}), Usage({REST: 60})
    assert after.since(before) == {"postgres x": 0.0, REST: 10 / TICKS_PER_S}


def test_the_machine_is_busy_with_all_but_idling_and_waiting():
    assert machine_busy("cpu  100 10 40 9999 500 1 2 3 0 0") == (153 / TICKS_PER_S, 3 / TICKS_PER_S)


def test_resident_memory_is_read_in_megabytes_and_a_zombie_has_none():
    assert resident_mb("Name:\tpython\nVmRSS:\t   51200 kB\nThreads:\t3") == 50.0
    assert resident_mb("Name:\tpython\nState:\tZ (zombie)") == 0.0
