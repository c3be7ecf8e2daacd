import sys
from pathlib import Path

import pytest

from baesong.services import WITH_CONSOLE

STAND_IN = """
import asyncio, json, os, signal, sys
name = os.path.basename(os.path.dirname(os.path.abspath(__file__))).upper()
behaviour = os.environ.get("STAND_IN", "")
if behaviour == "dies" or behaviour == "dies:" + name:
    sys.exit("ValueError: this stand-in was told to die")
async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    body = json.dumps(dict(os.environ)).encode()
    writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    await writer.drain()
    writer.close()
async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, os._exit, 0)
    server = await asyncio.start_server(answer, os.environ[name + "_HTTP_HOST"], int(os.environ[name + "_HTTP_PORT"]))
    await server.serve_forever()
asyncio.run(main())
"""


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that stand before the services' own on the path, ready at once, and tell their settings."""
    folder = tmp_path_factory.mktemp("stand_ins")
    for service in WITH_CONSOLE:
        (folder / service).mkdir()
        (folder / service / "__main__.py").write_text(STAND_IN)
        (folder / service / "__init__.py").touch()
    return folder


@pytest.fixture
def baesong() -> str:
    return str(Path(sys.executable).with_name("baesong"))
