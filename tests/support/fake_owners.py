"""Small stand-ins of what services serve for republish, reinterpret and rebuild, as ADR 0014's contract has it."""

from typing import Any

from fastapi import FastAPI

Json = dict[str, Any]


def publisher(rows: list[str], gone: set[str]) -> FastAPI:
    """Holds these rows of one topic, two to a page; some are gone when they are asked for; may say no results."""
    app, known = FastAPI(), dict[str, list[Json]]()
    app.state.silent, app.state.asked = False, []

    @app.post("/replay/said")
    async def said(body: Json) -> Json:
        found = [n for n in range(len(rows)) if n >= int(body["after"] or 0)][:2]
        there = [{"event_id": rows[n], "key": f"o{n}", "at": "2026-11-23T09:00:00+00:00"} for n in found]
        end = found[-1] + 1 if found else len(rows)
        return {"rows": there, "next": str(end) if end < len(rows) else None}

    @app.post("/replay/{replay_id}/republish")
    async def republish(replay_id: str, body: Json) -> Json:
        results = known.setdefault(replay_id, [])
        app.state.asked.append(body["event_ids"])
        before = {one["item"] for one in results}
        for id_ in body["event_ids"]:
            if id_ not in before:
                outcome = "missing" if id_ in gone else "republished"
                results.append({"seq": len(results) + 1, "item": id_, "outcome": outcome, "reason": None})
        return {"republished": len(results), "before": len(before), "missing": sorted(gone)}

    @app.get("/replay/{replay_id}/results")
    async def results(replay_id: str, after: int = 0) -> Json:
        there = [] if app.state.silent else known.get(replay_id, [])
        return {"results": [one for one in there if one["seq"] > after]}

    app.state.known = known
    return app


def interpreter(standing: dict[str, str]) -> FastAPI:
    """Has taken these orders in; those that differ are a gift message short."""
    app = FastAPI()
    app.state.applied = []

    @app.get("/raw-inputs")
    async def raw_inputs(after: str = "") -> Json:
        left = [one for one in sorted(standing) if one > after]
        return {"orders": [{"order_id": one, "at": "2026-11-23T09:00:00Z"} for one in left[:2]],
                "next": left[1] if len(left) > 2 else None}  # fmt: skip

    @app.post("/reinterpretations/preview")
    async def preview(body: Json) -> Json:
        return {"orders": [_interpreted(one, standing[one]) for one in body["order_ids"]]}

    @app.post("/replay/{replay_id}/reinterpret")
    async def reinterpret(replay_id: str, body: Json) -> Json:
        app.state.applied += body["order_ids"]
        done = {"differs": "handled", "same": "done"}
        return {"results": [{"order_id": one, "outcome": done.get(standing[one], "refused"), "reason": standing[one],
                             "version": 2} for one in body["order_ids"]]}  # fmt: skip

    return app


def _interpreted(order_id: str, standing: str) -> Json:
    differs = standing == "differs"
    diff = [{"path": "wishes.gift_message", "held": None, "today": "생일 축하해"}] if differs else []
    left = [{"line_id": "1", "quantity": 1}] if differs and order_id == "o-1" else []
    return {"order_id": order_id, "name": "#1", "standing": standing, "version": 1, "diff": diff, "dispatched": left}


def keeper(names: list[str]) -> FastAPI:
    """Keeps projections, and is done with each when it is looked at for the second time."""
    app, asked = FastAPI(), dict[str, list[str]]()

    @app.get("/projections")
    async def projections() -> Json:
        return {"projections": [{"name": name, "tables": [name], "topics": ["order.placed"]} for name in names]}

    @app.post("/projections/{name}/rebuild", status_code=202)
    async def rebuild(name: str, body: Json) -> Json:
        asked.setdefault(name, [body["replay_id"]])
        return {}

    @app.get("/projections/{name}")
    async def one(name: str) -> Json:
        asked[name].append("looked")
        state = "done" if len(asked[name]) > 2 else "running"
        return {"state": state, "replay_id": asked[name][0], "records": 7, "of": 7, "seconds": 1.5,
                "hash_before": "a", "hash_after": "a", "error": None}  # fmt: skip

    return app
