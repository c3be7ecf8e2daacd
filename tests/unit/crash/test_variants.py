"""Each variant replaces something that is there; else a control would break nothing and the suite prove nothing."""

import subprocess
import sys

APPLIED = "from baesong.crash.variants import VARIANTS; [apply() for apply in VARIANTS.values()]"


def test_every_variant_finds_what_it_replaces() -> None:
    subprocess.run([sys.executable, "-c", APPLIED], check=True)
