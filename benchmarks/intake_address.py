"""Microseconds a check of an address costs order-intake, by country; a phone number; and the first use of a country.

Run: .venv/bin/python benchmarks/intake_address.py
"""

import json
import time
import timeit

from order_intake.domain.addresses import Address, check, propose
from order_intake.domain.phones import check_phone

GOAL_US = 10.0
ROUNDS, EACH = 100, 200
ADDRESSES = {
    "US": Address(country_code="US", province_code="IL", city="Springfield", address1="742 Evergreen Terrace",
        address2="Apt 5", postal_code="62704", name="Homer Smith"),
    "KR": Address(country_code="KR", province="서울특별시", city="강남구", address2="101동 1203호",
        address1="테헤란로 152 (역삼동, 강남파이낸스센터)", postal_code="06236", name="김민준"),
    "KR, province in the line": Address(country_code="KR", address1="강원특별자치도 춘천시 중앙로 1",
        address2="101동 1203호", postal_code="24265", name="김민준"),
    "KR, romanised": Address(country_code="KR", province_code="KR-41", city="Seongnam-si, Bundang-gu",
        address1="235 Pangyoyeok-ro", postal_code="13494", name="Kim Minjun"),
    "BR": Address(country_code="BR", province_code="SP", city="São Paulo", address1="Rua das Flores, 10",
        address2="Jardim Paulista", postal_code="01310-100", name="Ana Silva"),
    "DE": Address(country_code="DE", city="München", address1="Willy-Brandt-Straße 6",
        postal_code="81829", name="Jörg"),
    "GB": Address(country_code="GB", city="London", address1="221B Baker Street",
        postal_code="nw1 6xe", name="S. Holm"),
    "FR": Address(country_code="FR", city="Paris", address1="12 rue de la Paix",
        postal_code="75002", name="Zoé Petit"),
    "JP": Address(country_code="JP", province="東京都", address1="千代田区丸の内1-1",
        postal_code="〒１００－０００５", name="佐藤"),
    "PO box": Address(country_code="US", province_code="IL", city="Springfield", address1="P.O. Box 12",
        postal_code="62704", name="Homer Smith"),
    "four warnings": Address(country_code="US", province="Foo", city="Springfield", address1="Somewhere",
        postal_code="9"),
}  # fmt: skip
HELD = Address(country_code="US", address1="5 Main St, Apt B", name="Homer Smith")


def microseconds(step: object, *arguments: object) -> float:
    """The best of many short rounds: a neighbour's load is no cost of ours."""
    timer = timeit.Timer(lambda: step(*arguments), timer=time.process_time)  # type: ignore[operator]
    return min(timer.repeat(repeat=ROUNDS, number=EACH)) / EACH * 1e6


def first_uses() -> dict[str, float]:
    """Milliseconds of a country's first address, which reads its rules into the table."""
    found = {}
    for code in ("US", "KR", "BR", "CN"):
        started = time.process_time()
        check(Address(country_code=code, city="x", address1="1"))
        found[code] = (time.process_time() - started) * 1e3
    return found


def main() -> None:
    """Print the table, and as its last line the same as JSON."""
    first = first_uses()
    checks = {name: microseconds(check, address) for name, address in ADDRESSES.items()}
    beside = {
        "held: check": microseconds(check, HELD),
        "held: propose a reading": microseconds(propose, HELD),
        "phone 010-1234-5678": microseconds(check_phone, "010-1234-5678", "KR"),
        "phone 0507-1234-5678 (safe number)": microseconds(check_phone, "0507-1234-5678", "KR"),
        "phone (217) 555-0123": microseconds(check_phone, "(217) 555-0123", "US"),
    }
    for name, us in {**checks, **beside}.items():
        print(f"{us:8.1f} us  {name}")
    for code, ms in first.items():
        print(f"{ms:8.1f} ms  first use of {code}")
    print(f"{max(checks.values()):8.1f} us  the dearest check; goal {GOAL_US}")
    print(json.dumps({"us_per_address": checks, "us_beside": beside, "ms_first_use": first}))


if __name__ == "__main__":
    main()
