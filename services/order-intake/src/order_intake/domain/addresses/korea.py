"""Korea's 17 provinces under all the names they go by. Pure.

The library knows neither the names of 2023 and 2024 (강원특별자치도, 전북특별자치도) nor KR-11, nor what people write:
서울시, Seoul-si, Kyonggi, North Jeolla.
"""

import re

from order_intake.domain.addresses.spelling import plain

# Key in the library's data, ISO 3166-2 code, names in Hangul, stems in Latin letters (old romanisation after the new).
_PROVINCES = (
    ("서울특별시", "11", "서울 서울시", "Seoul"),
    ("부산광역시", "26", "부산 부산시 부산직할시", "Busan Pusan"),
    ("대구광역시", "27", "대구 대구시 대구직할시", "Daegu Taegu"),
    ("인천광역시", "28", "인천 인천시 인천직할시", "Incheon Inchon"),
    ("광주광역시", "29", "광주 광주직할시", "Gwangju Kwangju"),
    ("대전광역시", "30", "대전 대전시 대전직할시", "Daejeon Taejon"),
    ("울산광역시", "31", "울산 울산시", "Ulsan"),
    ("세종특별자치시", "50", "세종 세종시", "Sejong"),
    ("경기도", "41", "경기", "Gyeonggi Kyonggi Kyunggi"),
    ("강원도", "42", "강원 강원특별자치도", "Gangwon Kangwon"),
    ("충청북도", "43", "충북", "Chungcheongbuk Chungbuk Chungchongbuk Ch'ungch'ŏngbuk North_Chungcheong"),
    ("충청남도", "44", "충남", "Chungcheongnam Chungnam Chungchongnam South_Chungcheong"),
    ("전라북도", "45", "전북 전북특별자치도", "Jeollabuk Jeonbuk Chollabuk Chonbuk North_Jeolla"),
    ("전라남도", "46", "전남", "Jeollanam Jeonnam Chollanam Chonnam South_Jeolla"),
    ("경상북도", "47", "경북", "Gyeongsangbuk Gyeongbuk Kyongsangbuk Kyongbuk North_Gyeongsang"),
    ("경상남도", "48", "경남", "Gyeongsangnam Gyeongnam Kyongsangnam Kyongnam South_Gyeongsang"),
    ("제주특별자치도", "49", "제주 제주도", "Jeju Cheju"),
)
_OF_A_CITY = "", "-si", " City", " Special City", " Metropolitan City", "-gwangyeoksi", "-teukbyeolsi"
_OF_A_PROVINCE = "", "-do", " Province", " State", "-teukbyeoljachido", " Special Self-Governing Province"
_SEJONG = "-teukbyeoljachisi", " Special Self-Governing City", " Special Autonomous City"
_OTHER_CITIES = frozenset({"Gwangju-si", "Kwangju-si"})  # 광주시 is a city of 경기도
_ENDINGS = (*_OF_A_CITY, *_OF_A_PROVINCE, *_SEJONG, " Special Autonomous Province")
_WORD_ENDS = re.compile(r"[\s,]")
_CITIES = ("시", "군", "구")


def names_of_korea() -> dict[str, str]:
    """Every name of every province, as printed and plain, to its key in the library's data."""
    names: dict[str, str] = {}
    for key, code, hangul, latin in _PROVINCES:
        for stem in latin.split():
            names.update((plain(stem + ending), key) for ending in _ENDINGS if stem + ending not in _OTHER_CITIES)
        for name in (key, *hangul.split(), code, f"KR-{code}"):
            names[name] = names[plain(name)] = key
    return names


_HANGUL = tuple(
    sorted(
        ((name, key) for key, _, hangul, _ in _PROVINCES for name in (key, *hangul.split())),
        key=lambda pair: -len(pair[0]),
    )
)  # the longest name first: 강원특별자치도 before 강원


def province_at_head(line: str) -> tuple[str, str] | None:
    """The province's key and what follows it, where a line in Hangul begins with one.

    The name is a word, or runs on into a city (서울시강남구). 부산로 is a road, and 광주시 a city of 경기도.
    """
    for name, key in _HANGUL:
        if line.startswith(name):
            word = _WORD_ENDS.split(line, maxsplit=1)[0]
            rest = word[len(name) :]
            if not rest or (len(rest) > 1 and rest.endswith(_CITIES)):
                return key, line[len(name) :]
    return None


def is_a_city(province: str | None) -> bool:
    """Whether a province is itself a city (서울특별시, 세종특별자치시; 北京市 too): then it names a place."""
    return province is not None and province.endswith(("시", "市"))
