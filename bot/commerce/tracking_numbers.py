"""Which carrier a tracking number is of, and whether its check digit is right. Pure.

The formats are the carriers' own, as they print them; the UPU's S10 for every post office's registered items. Some
numbers fit several carriers' formats: all of them are given, those with a check digit first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel.core import get_global

Check = Callable[["re.Match[str]"], bool]


@dataclass(frozen=True)
class NumberFormat:
    """One way that a carrier writes its numbers, without blanks; `check` says whether the last digit is right."""

    id: str
    carrier: str
    pattern: "re.Pattern[str]"
    check: Check | None = None


def recognise(number: str) -> list[str]:
    """The carriers whose number it may be, the likeliest first; [] for none."""
    found = [each for each in FORMATS if is_valid(number, each)]
    found.sort(key=lambda each: each.check is None)
    return list(dict.fromkeys(each.carrier for each in found))


def is_valid(number: str, one: NumberFormat) -> bool:
    """Whether a number has the format, and the check digit that it should have."""
    match = one.pattern.fullmatch("".join(number.split()).upper())
    return bool(match and (one.check is None or one.check(match)))


def find_format(format_id: str) -> NumberFormat:
    """The format with that id. KeyError when there is none."""
    return _BY_ID[format_id]


def _value(sign: str) -> int:
    """A digit's value; letters count on from A = 2, as in UPS's numbers, round and round."""
    return int(sign) if sign.isdigit() else (ord(sign) - 63) % 10


def mod10(*, odd: int, even: int, prefix: str = "", unless: str = "", is_reversed: bool = False) -> Check:
    """Weights by place, from 0 (even); `prefix` stands before a serial that does not begin with `unless`."""

    def check(match: "re.Match[str]") -> bool:
        serial = match["serial"]
        serial = prefix + serial if prefix and not serial.startswith(unless or prefix) else serial
        signs = serial[::-1] if is_reversed else serial
        total = sum(_value(sign) * (odd if place % 2 else even) for place, sign in enumerate(signs))
        return (-total) % 10 == int(match["digit"])

    return check


def mod7(match: "re.Match[str]") -> bool:
    """The serial's rest by seven."""
    return int(match["serial"]) % 7 == int(match["digit"])


def weighted(weights: Sequence[int]) -> Check:
    """The weighted sum by eleven, then by ten."""

    def check(match: "re.Match[str]") -> bool:
        total = sum(int(sign) * weight for sign, weight in zip(match["serial"], weights, strict=True))
        return total % 11 % 10 == int(match["digit"])

    return check


def luhn(match: "re.Match[str]") -> bool:
    """As on payment cards."""
    doubled = [int(sign) * (2 - place % 2) for place, sign in enumerate(reversed(match["serial"]))]
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10 == int(match["digit"])


def mod37_36(match: "re.Match[str]") -> bool:
    """ISO/IEC 7064, MOD 37,36."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 36
    for sign in match["serial"]:
        rest += alphabet.index(sign)
        rest = rest - 36 if rest > 36 else rest
        rest *= 2
        rest = rest - 37 if rest > 36 else rest
    wanted = 37 - rest
    return alphabet[0 if wanted == 36 else wanted] == match["digit"]


def s10(match: "re.Match[str]") -> bool:
    """The UPU's check digit, and a country that there is."""
    total = sum(int(sign) * weight for sign, weight in zip(match["serial"], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    wanted = 11 - total % 11
    digit = {10: 0, 11: 5}.get(wanted, wanted)
    return digit == int(match["digit"]) and match["country"] in _TERRITORIES


_TERRITORIES = frozenset(get_global("territory_currencies")) - {"XX", "ZZ"}
_FEDEX_11 = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
_FEDEX_13 = (1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
_USPS_ROUTE = r"(?:420\d{5}(?:\d{4}(?=\d{22}$))?)?"


def _format(format_id: str, carrier: str, pattern: str, check: Check | None = None) -> NumberFormat:
    return NumberFormat(format_id, carrier, re.compile(pattern), check)


FORMATS: tuple[NumberFormat, ...] = (
    _format("s10", "post", r"[A-Z]{2}(?P<serial>\d{8})(?P<digit>\d)(?P<country>[A-Z]{2})", s10),
    _format("ups", "ups", r"1Z(?P<serial>[A-Z0-9]{15})(?P<digit>\d)", mod10(odd=2, even=1)),
    _format("UPS Waybill", "ups", r"[AHJKTV](?P<serial>\d{9})(?P<digit>\d)", mod10(odd=2, even=1)),
    _format("dpd", "dpd", r"(?P<serial>\d{27})(?P<digit>[0-9A-Z])", mod37_36),
    _format("dpd_14", "dpd", r"(?P<serial>\d{14})(?P<digit>[0-9A-Z])", mod37_36),
    _format("dhl_express", "dhl", r"(?P<serial>\d{9,10})(?P<digit>\d)", mod7),
    _format("dhl_express_piece_id", "dhl", r"J[A-Z]{2,3}\d{9,10}"),
    _format("dhl_ecommerce", "dhl", r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)(?=[A-Z]*\d)[0-9A-Z]{10,39}"),
    _format("dhl_ecommerce_14", "dhl", r"\d{14}"),
    _format("fedex_12", "fedex", r"(?P<serial>\d{11})(?P<digit>\d)", weighted(_FEDEX_11)),
    _format("fedex_34", "fedex", r"[0-8]\d{19}(?P<serial>\d{13})(?P<digit>\d)", weighted(_FEDEX_13)),
    _format("fedex_astra_32", "fedex", r"3\d{15}(?P<serial>\d{11})(?P<digit>\d)\d{4}", weighted(_FEDEX_11)),
    _format("fedex_ground", "fedex", r"(?P<serial>\d{14})(?P<digit>\d)", mod10(odd=3, even=1)),
    _format("fedex_ground_sscc_18", "fedex", r"\d{2}(?P<serial>\d{15})(?P<digit>\d)", mod10(odd=1, even=3)),
    _format("fedex_ground_96", "fedex", r"96\d{5}(?P<serial>\d{14})(?P<digit>\d)", mod10(odd=3, even=1)),
    _format("fedex_ground_gsn", "fedex", r"96\d{18}(?P<serial>\d{13})(?P<digit>\d)", weighted(_FEDEX_13)),
    _format("canada_post", "canada_post", r"(?P<serial>\d{15})(?P<digit>\d)", mod10(odd=1, even=3)),
    _format("canpar_22", "canpar", r"[CDKLSUXZ]\d{21}"),
    _format("purolator_numeric", "purolator", r"(?P<serial>[0-5]\d{10})(?P<digit>\d)", luhn),
    _format("purolator_alpha", "purolator", r"[A-Z]{3}\d{9}"),
    _format("usps_20", "usps", r"(?P<serial>\d{19})(?P<digit>\d)", mod10(odd=1, even=3)),
    _format(
        "usps_legacy", "usps", r"(?:420\d{5}(?:\d{4})?)?(?P<serial>(?:91)?\d{19})(?P<digit>\d)",
        mod10(odd=1, even=3, prefix="91"),
    ),
    _format(
        "usps_impb_c", "usps",
        _USPS_ROUTE + r"(?P<serial>(?:92(?=\d{3}9)|93(?=\d{3}[0-8])|95)\d{3}"
        r"(?:9\d{8}(?:\d{11}|\d{7})|[0-8]\d{5}(?:\d{14}|\d{10})))(?P<digit>\d)",
        mod10(odd=1, even=3),
    ),
    _format(
        "usps_impb_n", "usps",
        r"(?:420\d{5}(?=\d{22}$|\d{26}$)(?:\d{4}(?=\d{22}$))?)?"
        r"(?P<serial>94\d{3}(?:9\d{8}(?:\d{15}|\d{11}|\d{7})|[0-8]\d{5}(?:\d{14}|\d{10})))(?P<digit>\d)",
        mod10(odd=1, even=3, is_reversed=True),
    ),
    _format("ontrac_c", "ontrac", r"C(?P<serial>\d{13})(?P<digit>\d)", mod10(odd=2, even=1, prefix="4")),
    _format("ontrac_d", "ontrac", r"D(?P<serial>\d{13})(?P<digit>\d)", mod10(odd=2, even=1, prefix="5")),
    _format("Old Dominion", "old_dominion", r"(?P<serial>(?:77[78]|072|780)\d{7})(?P<digit>\d)", luhn),
    _format("Old Dominion Guaranteed Shipment", "old_dominion", r"(?P<serial>80\d{8})(?P<digit>\d)", luhn),
    _format("amazon_logistics", "amazon", r"TB[ACM]\d{12}"),
    _format("amazon_international", "amazon", r"[AFC]\d{10}"),
    _format("yodel", "yodel", r"JJ?D\d{16}"),
    _format("yunexpress", "yunexpress", r"YT\d{16}"),
    _format("gofo_us", "gofo", r"GFUS\d{14}"),
    _format("landmark_global", "landmark", r"LTN\d{8}N1"),
    _format("lasership_lx", "lasership", r"L[AIEHNX][1-3]\d{7}"),
    _format("lasership_1ls7", "lasership", r"1LS7[12]\d{10}"),
    _format("LaserShip 1LS7 (18)", "lasership", r"1LS7[12]\d{2}01[1-4]\d{6}-1"),
    _format("lasership_1lscx", "lasership", r"1LSCX[0-9A-Z]{10}"),
    _format("speedee", "speedee", r"SP\d{18}"),
)
_BY_ID: dict[str, NumberFormat] = {each.id: each for each in FORMATS}
