"""Where a customer can follow a package, by the carrier its packer named. Pure.

Source:
    The carriers' own public tracking pages; ups, usps, fedex, dhl, dpd, canada-post, purolator, ontrac and yodel as
    in jkeen/tracking_number_data.
"""

import unicodedata
from functools import lru_cache
from urllib.parse import quote

_TEMPLATES = {
    "ups": "https://www.ups.com/track?tracknum={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "dhl": "https://www.dhl.com/en/express/tracking.html?AWB={}",
    "dpd": "https://www.dpdgroup.com/nl/mydpd/my-parcels/track?lang=en&parcelNumber={}",
    "canadapost": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    "purolator": "https://www.purolator.com/en/shipping/tracker?searchValue={}",
    "ontrac": "https://www.ontrac.com/tracking/?number={}",
    "yodel": "https://www.yodel.co.uk/tracking/{}",
    "royalmail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "evri": "https://www.evri.com/track/parcel/{}",
    "correios": "https://rastreamento.correios.com.br/app/index.php?objetos={}",
    "cjlogistics": "https://trace.cjlogistics.com/next/tracking.html?wblNo={}",
    "koreapost": "https://service.epost.go.kr/trace.RetrieveDomRigiTraceList.comm?sid1={}",
    "hanjin": "https://www.hanjin.com/kor/CMS/DeliveryMgr/WaybillResult.do?mCode=MN038&schLang=KR&wblnumText2={}",
    "lotte": "https://www.lotteglogis.com/home/reservation/tracking/linkView?InvNo={}",
}
_ALSO_CALLED = {
    "unitedparcelservice": "ups",
    "unitedstatespostalservice": "usps",
    "federalexpress": "fedex",
    "dhlexpress": "dhl",
    "postescanada": "canadapost",
    "correiosbrazil": "correios",
    "cj": "cjlogistics",
    "cjkoreaexpress": "cjlogistics",
    "cj대한통운": "cjlogistics",
    "대한통운": "cjlogistics",
    "epost": "koreapost",
    "우체국": "koreapost",
    "우체국택배": "koreapost",
    "한진": "hanjin",
    "한진택배": "hanjin",
    "lotteglobal": "lotte",
    "lottegloballogistics": "lotte",
    "롯데택배": "lotte",
}


def tracking_url(carrier: str | None, number: str | None) -> str | None:
    """The page on which the carrier shows that number; None where carrier or number is not known."""
    if not carrier or not number or not (compact := "".join(number.split())):
        return None
    template = _template_of(carrier)
    return template.format(quote(compact, safe="")) if template else None


@lru_cache(maxsize=256)  # a partner names few carriers
def _template_of(carrier: str) -> str | None:
    name = "".join(sign for sign in unicodedata.normalize("NFKC", carrier).casefold() if sign.isalnum())
    return _TEMPLATES.get(_ALSO_CALLED.get(name, name))
