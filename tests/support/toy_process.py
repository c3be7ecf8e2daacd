"""A toy as a process of its own, which a failpoint kills from inside."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from baesong.ports import free_ports
from toy_service import Toy


@asynccontextmanager
async def process(
    toy: Toy, failpoint: Path, port: int = 0, module: str = "timed_toy", **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The toy, ended with the block if it has not ended by itself."""
    environment = {
        **os.environ, "PYTHONPATH": str(Path(__file__).parent), "DATABASE_URL": toy.settings.database_url,
        "API_KEY": "key", "HTTP_PORT": str(port or free_ports(1)[0]),
        "KAFKA_BOOTSTRAP_SERVERS": toy.platform.bootstrap, "BAESONG_TOPIC_PREFIX": toy.prefix,
        "BAESONG_FAILPOINTS": str(failpoint), **more,
    }  # fmt: skip
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()
