"""How a replay is shown on a terminal."""

import json
from typing import Any

import pytest

from baesong.commands.replay_showing import following, show_job, show_list, show_preview, show_report

JOB: dict[str, Any] = {
    "replay_id": "0199-a", "mode": "reprocess", "state": "ready", "says": "it is previewed", "actor": "kim",
    "selector": {"topic": "order.placed", "since": "2026-11-23T09:00:00+09:00", "parked": True, "orders": ["a", "b", "c", "d"]},
    "services": ["allocator"], "effects": [], "reason": "the [box]", "rate": 500, "progress": {"found": 7},
    "created_at": "2026-11-23T00:00:00+00:00", "approval": {"by": "mina", "alone": True},
    "preview": {
        "records": 7, "by_status": {"allocator": {"done": 5, "parked": 2}}, "errors": {"allocator": {"bug": 2}},
        "effects": {"mail": 1}, "says": {}, "rehearsed": {"allocator": {"handled": 2}}, "not_rehearsed": 3, "seconds": 1,
        "rate": 500, "obstacles": ["allocator is braked"],
        "diffs": {"o-1": [{"path": "lines.0.weight_g", "held": 300000, "today": 300}]},
        "dispatched": [{"order_id": "o-1", "dispatched": [{"line_id": "1", "quantity": 2}]}],
        "samples": [{"n": 1, "item": "e-1", "topic": "order.placed", "partition": 2, "offset": 7, "recorded_at": None,
                     "order_id": None, "subject": "order/[/1]", "version": 1, "standing": {"allocator": "parked"}}],
    },
    "items": {"settled": 6, "sent": 1}, "outcomes": {"allocator": {"handled": 6}},
    "acts": [{"at": "2026-11-23T00:00:00+00:00", "act": "apply", "actor": "kim", "reason": None, "detail": {}}],
}  # fmt: skip


def test_a_preview_says_all_that_matters_and_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    show_preview(JOB)
    said = capsys.readouterr().out
    for words in ("5 done, 2 parked", "2 bug", "1 mail", "in the way: allocator is braked", "the [box]", "3 were not rehearsed",
                  "4 orders", "300000 is 300 today", "has left, and stays: 2 of 1", "nothing is changed yet",
                  "baesong replay apply 0199-a"):  # fmt: skip
        assert words in said, words
    show_preview(JOB | {"state": "failed", "says": "nobody reads it", "preview": None})
    assert "nobody reads it" in capsys.readouterr().out


def test_a_job_and_its_report_say_what_it_came_to(capsys: pytest.CaptureFixture[str]) -> None:
    show_job(JOB | {"state": "running", "says": "it runs"})
    show_list([JOB])
    item = {"item": "e-1", "topic": "order.placed", "partition": 2, "offset": 7, "order_id": "o-1",
            "outcomes": {"allocator": {"outcome": "parked_again", "reason": "KeyError at weigh:3 [/nothing]"}}}  # fmt: skip
    show_report(json.dumps(JOB | {"counts": {"settled": 1}, "items": [item] * 60, "acts": []}))
    said = capsys.readouterr().out
    assert "6 settled, 1 sent" in said
    assert "approved  by mina, alone" in said
    assert "and 10 more" in said


def test_a_bar_follows_a_preview_and_a_run() -> None:
    with following("replay", silent=False) as tell:
        tell(JOB | {"state": "preview"})
        tell(JOB | {"state": "running"})
