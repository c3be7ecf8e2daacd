import threading
from pathlib import Path

import pytest

from baesong.cache import made_once


def test_a_thing_is_made_once_however_many_want_it(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("whole")

    threads = [threading.Thread(target=made_once, args=(tmp_path / "thing", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert (tmp_path / "thing").read_text() == "whole"


def test_half_a_thing_is_never_there_and_a_second_try_works(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.mkdir()
        (path / "half").touch()
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="went dead"):
        made_once(tmp_path / "thing", fail)
    assert not (tmp_path / "thing").exists()
    assert made_once(tmp_path / "thing", lambda path: path.mkdir()).is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".thing.lock", "thing"]
