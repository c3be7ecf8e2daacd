import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from baesong.api import load_stock
from baesong.connection import Connection
from baesong.errors import BaesongError


class Allocator(ThreadingHTTPServer):
    """Stands in for the allocator: notes what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.heard: list[tuple[str, dict[str, str], dict[str, list[object]]]] = []
        self.status = 200


class Answers(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, Allocator)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b'{"error": "no such location"}')

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def allocator() -> Iterator[Allocator]:
    with Allocator() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def connection(allocator: Allocator, tmp_path: Path) -> Connection:
    url = f"http://127.0.0.1:{allocator.server_port}"
    where = {"state": tmp_path, "maildir": tmp_path, "mark": "test", "topic_prefix": "", "partners": ("swift",)}
    none = {"bootstrap": "", "admin_dsn": "", "dsns": {}, "replay_key": "", "smtp_url": None, "smtp_find_url": None}
    return Connection(**where, **none, urls={"allocator": [url]}, api_keys={"allocator": "key"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locations.csv").write_text("location_id,name,country,zip,lat,lon\nA,Ah,KR,04524,37.5,127\n")
    (tmp_path / "skus.csv").write_text("sku,weight_g,title\nx,10,X\n")
    (tmp_path / "stock.csv").write_text("sku,location_id,on_hand\n" + "".join(f"x{n},A,2\n" for n in range(4100)))
    (tmp_path / "rates.json").write_text('{"currency": "KRW", "parcel": 3000, "per_kg": 1, "per_100km": 1}')
    return tmp_path


async def test_locations_come_first_then_skus_then_levels_in_parts(
    allocator: Allocator, connection: Connection, folder: Path
) -> None:
    steps: list[tuple[int, int]] = []
    loaded = await load_stock(connection, folder, lambda done, of: steps.append((done, of)))
    assert loaded == {"locations": 1, "skus": 1, "levels": 4100, "units": 8200}
    assert [path for path, _, _ in allocator.heard] == ["/locations", *["/stock"] * 4]
    assert [len(body["levels"]) for _, _, body in allocator.heard[1:]] == [0, 2000, 2000, 100]
    assert {headers["Authorization"] for _, headers, _ in allocator.heard} == {"Bearer key"}
    assert len({headers["Idempotency-Key"] for _, headers, _ in allocator.heard}) == 5
    assert steps[-1] == (5, 5)


async def test_what_the_allocator_refuses_is_said_with_its_reason(
    allocator: Allocator, connection: Connection, folder: Path
) -> None:
    allocator.status = 422
    with pytest.raises(BaesongError, match=r"allocator refused PUT /locations \(422\): .*no such location"):
        await load_stock(connection, folder, lambda _done, _of: None)


async def test_an_allocator_that_is_away_is_named(allocator: Allocator, connection: Connection, folder: Path) -> None:
    allocator.shutdown()
    allocator.server_close()
    with pytest.raises(BaesongError, match=r"allocator does not answer at http://127\.0\.0\.1"):
        await load_stock(connection, folder, lambda _done, _of: None)
