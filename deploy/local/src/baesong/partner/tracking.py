"""Tracking numbers that pass their check: S10 of the posts and 1Z of UPS, drawn from a package's id.

Source:
    UPU S10-12 for the weights and remainders of S10; UPS's 1Z number is a sum modulo 10, every second place doubled.
"""

from hashlib import blake2b

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# A post that hands over S10 numbers, by the country it works in.
POSTS = {"KR": ("Korea Post", "EM", "KR"), "GB": ("Royal Mail", "RM", "GB"), "BR": ("Correios", "OJ", "BR")}
UPS_SHARE = 4  # one package in four goes by UPS


def s10_check_digit(serial: str) -> int:
    """Give the check digit of the eight digits of an S10 number."""
    rest = sum(int(digit) * weight for digit, weight in zip(serial, S10_WEIGHTS, strict=True)) % 11
    return {0: 5, 1: 0}.get(rest, 11 - rest)


def ups_check_digit(serial: str) -> int:
    """Give the check digit of the fifteen signs that follow `1Z`; a letter counts as (its ASCII code - 3) modulo 10."""
    values = [int(sign) if sign.isdigit() else (ord(sign) - 3) % 10 for sign in serial]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values))
    return -total % 10


def tracking_of(package_id: str, country_code: str) -> tuple[str, str]:
    """Give the carrier and the tracking number of a package, the same every time."""
    chance = int.from_bytes(blake2b(package_id.encode(), digest_size=8).digest(), "big")
    post = POSTS.get(country_code)
    if post is None or chance % UPS_SHARE == 0:
        return "UPS", ups_number(chance // UPS_SHARE)
    carrier, service, land = post
    serial = f"{chance // UPS_SHARE % 10**8:08d}"
    return carrier, f"{service}{serial}{s10_check_digit(serial)}{land}"


def ups_number(chance: int) -> str:
    """Give the UPS number drawn by a large number: shipper, ground service, package, check digit."""
    serial = f"A{chance % 10**5:05d}03{chance // 10**5 % 10**7:07d}"
    return f"1Z{serial}{ups_check_digit(serial)}"
