from baesong.crash.targets.put_back import Passed
from baesong.crash.wish import Wish


def test_of_12_000_orders_and_four_strikes_each_copy_is_2_000_orders_and_500_mails_behind() -> None:
    assert Passed.wanted(Wish(12_000, 4)) == Passed(2000, 500)


def test_all_strikes_together_want_fewer_orders_than_there_are() -> None:
    for orders in (10, 120, 600, 12_000):
        for kills in (1, 4, 12):
            assert kills * Passed.wanted(Wish(orders, kills)).orders <= max(orders, kills)


def test_a_copy_is_far_enough_behind_when_orders_and_mails_are() -> None:
    wanted, copied = Passed(2000, 500), Passed(100, 7)
    assert Passed(2100, 507).since(copied).reaches(wanted)
    assert not Passed(2099, 507).since(copied).reaches(wanted)
    assert not Passed(2100, 506).since(copied).reaches(wanted)
