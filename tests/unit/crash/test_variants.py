"""Each variant replaces something that is there; else a control would break nothing and the suite prove nothing."""

import subprocess
import sys

import pytest

from baesong.crash.variants import VARIANTS

APPLIES = "import sys; from baesong.crash.variants import VARIANTS; VARIANTS[sys.argv[1]]()"


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_finds_what_it_replaces(variant: str) -> None:
    subprocess.run([sys.executable, "-c", APPLIES, variant], check=True)
