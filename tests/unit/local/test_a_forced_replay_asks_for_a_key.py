"""By force only on the word of an approver, whose key is never read from the command line."""

from pathlib import Path

import pytest

from baesong.commands import replay
from baesong.errors import BaesongError


def test_without_a_key_nothing_forced_is_ordered_or_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(replay.KEY, raising=False)
    with pytest.raises(BaesongError, match=replay.KEY):
        replay.new(reason="x", topic="order.placed", mode="force", state=tmp_path)
    with pytest.raises(BaesongError, match=replay.KEY):
        replay.approve("last", alone=True, state=tmp_path)
