import pytest

from baesong.commands.up import replicas_in
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.supervisor import pause_before


def test_the_pause_before_a_restart_doubles_up_to_five_seconds() -> None:
    assert [pause_before(n) for n in range(6)] == [0.5, 1, 2, 4, 5, 5]


def test_replicas_are_read_with_hyphen_or_underscore() -> None:
    assert replicas_in(["allocator=3", "order-intake=2"]) == {"allocator": 3, "order_intake": 2}


@pytest.mark.parametrize("word", ["allocator", "allocator=many", "console=2"])
def test_replicas_that_make_no_sense_are_refused(word: str) -> None:
    with pytest.raises(BaesongError, match="say SERVICE=NUMBER with one of order_intake"):
        replicas_in([word])


def test_a_spec_survives_being_said_and_heard() -> None:
    spec = InstanceSpec(mark="test", replicas={"allocator": 2}, own={"notifier": {"A": "b"}})
    assert InstanceSpec.heard(spec.said()) == spec
