"""What lies off its country's road network, so that a parcel goes by sea or air. Facts only, as a table. Pure.

Where a bridge or a tunnel leads there it is not listed, whatever a carrier charges: the Korean list leaves out what was
bridged (압해, 자은, 임자, 고금, 신지), the Scottish one Skye. A postcode shared with the mainland is not listed either.
"""

from functools import cache

from order_intake.domain.addresses.spelling import codes

# Lands that belong to a state and lie away from it; they have codes of their own in ISO 3166-1.
TERRITORIES = codes(
    """AS GU MP PR UM VI  AC AI BM FK GG GS IM IO JE KY MS PN SH TA TC VG  AX FO GL SJ BV
    BL GF GP MF MQ NC PF PM RE TF WF YT  AW BQ CW SX  CC CX HM NF  CK NU TK"""
)

# How postcodes there begin, separators aside, alone or from-to.
_POSTCODES = {
    "AU": "7 2898 2899 5220-5223 6798 6799",  # Tasmania; Lord Howe, Norfolk, Kangaroo, Christmas, Cocos islands
    "BR": "53990",  # Fernando de Noronha
    "CO": "88",  # San Andrés and Providencia
    "DE": "18565 25849 25859 25863 25869"  # Hiddensee, Pellworm, Hooge, Langeneß, Gröde
    " 25938 25946 25980 25992 25996-25999"  # Föhr, Amrum, Sylt (a railway only)
    " 26465 26474 26486 26548 26571 26579 26757"  # Langeoog to Borkum
    " 27498 27499 83256",  # Helgoland, Neuwerk, the islands of the Chiemsee
    "DK": "3700-3790 5960 5970 5985 6720 8305 8592 9940",  # Bornholm, Ærø, Fanø, Samsø, Anholt, Læsø
    "EC": "20",  # Galápagos
    "EE": "92-94",  # Hiiumaa, Saaremaa
    "ES": "07 35 38 51 52",  # Balearic and Canary Islands, Ceuta, Melilla
    "FI": "22",  # Åland
    "FR": "20 97 98"  # Corsica, overseas
    " 17123 22870 29242 29253 29259 29990 56360 56590 85350",  # Aix, Bréhat, Ouessant to Sein, Belle-Île, Groix, Yeu
    "GB": "BT GY IM JE HS ZE KW15-KW17"  # Northern Ireland, Guernsey, Man, Jersey, Outer Hebrides, Shetland, Orkney
    " KA27 KA28 PA20 PA41-PA49 PA60-PA78 PH42-PH44"  # Arran, Cumbrae, Bute, Inner Hebrides, Small Isles
    " PO30-PO36 PO38-PO41 TR21-TR25",  # Wight, Scilly
    "GR": "70-74 81-85 801 28 29 49"  # Crete, the Aegean, Kythira, Kefalonia, Zakynthos, Corfu
    " 37002-37005 34007 18010 18020 18040 18050",  # Sporades, Skyros, Aegina, Poros, Hydra, Spetses
    "IT": "90-98 07 08 09 04027 04031 57031-57034 57036-57039 58012 71051"  # Sicily, Sardinia, Ponza … Elba, Tremiti
    " 80071 80073-80077 80079",  # Capri, Ischia, Procida
    "JP": "90 10001-10006 10011-10017 10021 10022"  # Okinawa, Izu and Ogasawara
    " 894 952 817 853 685",  # Amami, Sado, Tsushima, Goto, Oki
    "KR": "63 40200-40240"  # 제주, 울릉
    " 23008 23010 23100-23109 23124-23136"  # 강화 서도; 옹진 백령, 대청, 연평, 자월, 덕적
    " 53092-53104 54000 56347-56349 57068 57069"  # 통영 한산, 욕지, 사량; 군산 옥도; 부안 위도; 영광 낙월
    " 58843-58866 58953-58958"  # 신안 비금, 도초, 하의, 신의, 장산, 흑산; 진도 조도
    " 59137-59145 59149-59170 59784-59790",  # 완도 금당, 금일, 생일, 청산, 소안, 노화, 보길; 여수 남면, 삼산
    "MY": "87-91 93-98",  # Labuan, Sabah, Sarawak
    "NL": "1791-1797 8881-8899 9161-9166",  # Texel, Terschelling and Vlieland, Ameland and Schiermonnikoog
    "NO": "917 8099",  # Svalbard, Jan Mayen
    "PT": "9",  # Madeira, Azores
    "SE": "620-624",  # Gotland
    "TH": "84140 84280 84310 84320 84330 84360 23170",  # Samui, Phangan, Tao, Chang
    "TR": "17680 17760",  # Bozcaada, Gökçeada
    "TW": "209-212 880-885 890-896 929 951 952",  # Matsu, Penghu, Kinmen, Liuqiu, Lüdao, Lanyu
    "US": "006-009 967-969 995-999",  # Puerto Rico, Virgin Islands; Hawaii, the Pacific; Alaska
    "VE": "63",  # Margarita
}

# The same by the province's key in the library's data, for an address without a postcode.
ISLAND_PROVINCES = {
    "AU": frozenset({"TAS"}),
    "CO": frozenset({"San Andrés y Providencia"}),
    "ES": frozenset({"PM", "GC", "TF", "CE", "ML"}),
    "JP": frozenset({"沖縄県"}),
    "KR": frozenset({"제주특별자치도"}),
    "MY": frozenset({"Labuan", "Sabah", "Sarawak"}),
    "TW": frozenset({"金門縣", "連江縣", "澎湖縣"}),
    "US": frozenset({"AK", "AS", "FM", "GU", "HI", "MH", "MP", "PR", "PW", "VI"}),
    "VE": frozenset({"Nueva Esparta"}),
}
_INWARD = 3  # a British code ends with three signs of its own; PO3 0AA is in Portsmouth, PO30 on an island


def is_on_island(country_code: str, postcode: str) -> bool:
    """Whether a postcode, its letters and digits only, is one of its country's islands."""
    begins, lengths = _beginnings(country_code)
    code = postcode[:-_INWARD] if country_code == "GB" else postcode
    return any(code[:length] in begins for length in lengths)


@cache  # as many entries as countries
def _beginnings(country_code: str) -> tuple[frozenset[str], tuple[int, ...]]:
    begins = frozenset(each for part in _POSTCODES.get(country_code, "").split() for each in _each(part))
    return begins, tuple(sorted({len(begin) for begin in begins}))


def _each(part: str) -> list[str]:
    """Every beginning of a range, with its zeros; a beginning alone is itself."""
    first, _, last = part.partition("-")
    if not last:
        return [first]
    letters = first.rstrip("0123456789")
    digits = len(first) - len(letters)
    numbers = range(int(first[len(letters) :]), int(last[len(letters) :]) + 1)
    return [f"{letters}{number:0{digits}d}" for number in numbers]
