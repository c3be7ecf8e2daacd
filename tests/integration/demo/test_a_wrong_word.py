"""What `baesong demo` says to words it does not know."""

import asyncio
import sys
from pathlib import Path

BAESONG = str(Path(sys.executable).with_name("baesong"))


async def test_a_pace_that_is_no_number_is_one_clear_line() -> None:
    child = await asyncio.create_subprocess_exec(BAESONG, "demo", "--rate", "fast", stderr=asyncio.subprocess.PIPE)
    _, complained = await child.communicate()
    assert child.returncode == 1
    assert complained.decode().strip() == "baesong: --rate fast: say a number of records per second, or max"
