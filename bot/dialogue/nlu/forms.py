"""Stage A2: a text -> the things in it that have a form of their own. Pure, but that dates count from today."""

import re
from typing import Callable, Dict, Iterator, List, Optional, Tuple

import dateparser
import phonenumbers

from bot.dialogue.nlu.sizes import find_paired_sizes, find_sizes
from bot.dialogue.nlu.text import Found, fold
from bot.dialogue.nlu.wordlists import CARRIERS, CITIES, NUMBERS, OCCASIONS, ORDINALS, PAYMENT_METHODS, REASONS

PHONE_REGIONS = ("FR", "BE", "CH", "CA", "LU", "GB", "IE", "IN", "US", "NG")
_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w#])(?:\+\d{1,3}|00\d{1,3}|0\d|\(\d{3}\)|\d{3}(?=[ .-]\d{3}[ .-]\d{4}))(?:[ ().-]{0,2}\d){6,12}(?!\w)"
)
_MARKED_ORDER = re.compile(r"#\s?([a-z]{0,4}-?\d[\da-z-]{1,14})\b")
_LETTERED_ORDER = re.compile(r"(?<![\w@.-])([a-z]{1,4}-?\d{4,12}(?:-\d+)?)(?![\w@])")
_NAMED_ORDER = re.compile(
    r"\b(?:commande|order|cmde?|colis|parcel|package|facture|invoice|numero|number|num|n°|no|ref(?:erence)?)\W{0,3}"
    r"(?:(?:est|is|c'est|numero|number|n°|no\.?|:|le|la|the|de|of)\W{0,3}){0,3}([a-z]{0,4}-?\d{3,12}(?:-\d+)?|\d{2,6}-\d{3,8})(?![\w@])"
    r"(?!\s?(?:units?|pieces?|items?|pcs|pairs?|exemplaires?|unites?|articles?|paires?)\b)"
)
_SPOKEN_ORDER = re.compile(  # "la 7731", "cancel 90022": a number that something is done to
    r"\b(?:la|ma|annule[rz]?|annuler la|cancel|track|return|suivre|invoice for|facture (?:de|pour)(?: la)?|about|on)\s+"
    r"(?!(?:19|20)\d{2}\b)(\d{4,8})(?![\w.,/-]*\d)(?!\s*(?:€|eur|\$|£|rue|avenue|road|street))"
)
_PLAIN_ORDER = re.compile(r"(?<![\w+.,@-])(\d{6,12})(?![\w.,@-]*\d)(?!\s*(?:€|eur|\$|£))")
# "la porte (B2741)", "flight AF1519": numbers of other things
_OTHER_NUMBER = re.compile(
    r"\b(?:code postal|porte|digicode|door code|vol|flight|pin ?code|postcode|zip|siret|siren|iban|imei|dossier fiscal)\b[^.!?]{0,60}$"
)
_UK_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\b")
_CANADIAN_POSTCODE = re.compile(r"\b([abceghj-nprstvxy]\d[a-z] ?\d[a-z]\d)\b")
_FIVE_DIGITS = re.compile(r"(?<![\w#+.,-])(\d{5})(?:-\d{4})?(?![\w€.-]|\s*(?:€|eur|\$|£|\d))")
_NAMED_POSTCODE = re.compile(
    r"\b(?:code postal|postcode|post code|postal code|zip(?: code)?|npa)\W{0,3}(?:est |is |: ?)?([a-z]?-?\d{4,6})\b"
)
_INDIAN_PIN = re.compile(r"\bpin(?: ?code)?\W{0,3}(?:is )?(\d{3} ?\d{3})\b")
_CURRENCY_BEFORE = r"(?:€|£|\$|₹|rs\.? ?|eur ?|chf ?|cad ?|inr ?)"
_CURRENCY = r"(?:€|£|\$|₹|e\b|euros?|eur|chf|francs?|dollars?|bucks?|pounds?|quid|balles|boules|rupees|rs|piastres|cad|gbp|naira)"
_AMOUNT = rf"(?:{_CURRENCY_BEFORE}?(\d{{1,5}}(?:[.,]\d{{1,2}})?)(?:\s?{_CURRENCY})?)"
_MONEY = rf"(?:{_CURRENCY_BEFORE}(\d{{1,5}}(?:[.,]\d{{1,2}})?)|(\d{{1,5}}(?:[.,]\d{{1,2}})?)\s?{_CURRENCY})"
_NO_TIME = r"(?!\s?(?:%|jours?|j\b|days?|weeks?|semaines?|h\b|heures?|hours?|min|mois|months?|ans?\b|years?|km|cm|kg|pieces?|articles?|items?|fois|times|-))"
_PRICE = re.compile(
    r"\b(?:(?:en |pour )?moins (?:de|d'|cher que)|max(?:imum|i)?(?: de)?|jusqu'a|pas plus (?:de|cher que)|(?:pas |rien )?(?:au[ -])?(?:dessus|dela) de"
    r"|(?:en )?dessous de|budget(?: de| of| is| max| environ| c'est| around)?|under|below|less than|up to|at most|no more than|(?:not|nothing|owt|anything) (?:over|above)"
    r"|cheaper than|au plus|plafond(?: de)?|ne depasse pas|sans depasser|cap(?:ped)? (?:is|at))\s*:?\s*"
    + _AMOUNT
    + r"(?!\w)"
    + _NO_TIME
)
_PRICE_WITH_CURRENCY = re.compile(
    r"\b(?:sous(?: les)?|within|over|for|pour|avec|dans les|autour de|around|about)\s+(?:max |about |les )?"
    + _MONEY
    + r"(?!\w)"
)
_PRICE_AFTER = re.compile(
    rf"(?<!\w){_CURRENCY_BEFORE}?(\d{{1,5}}(?:[.,]\d{{1,2}})?)\s?{_CURRENCY}?\s?(?:max(?:imum|i)?|au (?:plus|max)|tops|or less|or under|ou moins|at most|grand max)\b"
)
_QUANTITY = re.compile(
    r"(?:\b(?:x|qty|quantite|quantity|par)\s?:?\s?(\d{1,3})\b|\b(\d{1,3})\s?x\b(?!\d)|\b(\d{1,2}|[a-z]+)\s+(?:exemplaires?|pieces?|fois|paires?|pairs?|of (?:them|those|these|it)|copies|items|units?|articles)\b"
    r"|\b(?:ajoute[zrs]?|mets|mettez|mettre|add|put|prends|take|want|veux|voudrais|order|buy|j'en|m'en|it|make it)\s+(?:moi |me |m'en |en |j'en )?(\d{1,2}|deux|trois|quatre|cinq|six|two|three|four|five|six)\b(?!\s?(?:e|eme|th|nd|rd|€|eur|cm)\b))"
)
_ORDINAL = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, ORDINALS), key=len, reverse=True)) + r")\b(?! (?:hand|fois|main|time))"
)
_NUMBERED = re.compile(r"\b(?:numero|number|no|n°|option|choix|article|item|num)\s?(\d{1,2})\b")
_CODE = re.compile(r"(?<!\d)(\d{3})[ .-]?(\d{3})(?!\d)")
_NAME = re.compile(
    r"\b(?:je m'appelle|mon nom (?:c'est|est)|je suis|my name(?: is|'s)|name is|i am|i'm|this is|au nom de|under the name(?: of)?|name:|nom ?:)\s+"
    r"((?:[A-ZÀ-Ý][\w'’À-ÿ-]+)(?:\s+(?:de |du |van |von |le |la |d')?[A-ZÀ-Ý][\w'’À-ÿ-]+){0,3})"
)
_MONTHS = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|january|february|march|april|may|june|july"
    "|august|september|october|november|december|jan|feb|apr|aug|sept?|oct|nov|dec"
)
_DAYS = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DATE = re.compile(
    rf"\b(\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d{{1,2}}\.\d{{1,2}}\.\d{{2,4}}|(?:le )?\d{{1,2}}(?:er|st|nd|rd|th)? (?:of )?(?:{_MONTHS})(?: \d{{4}})?"
    rf"|(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|apres[- ]demain|demain|aujourd'hui|hier|tomorrow|today|yesterday"
    rf"|(?:next |last |this )?(?:{_DAYS})(?: (?:prochain|dernier))?)\b"
)


def find_forms(text: str, expects: str = "") -> List[Found]:
    """Every form in the text, none inside another of higher rank. `expects` tells what lone digits are."""
    plain = fold(text)
    taken: List[Tuple[int, int]] = []
    found: List[Found] = []
    for find in _FINDERS:
        for each in find(text, plain, expects):
            if not any(each.start < end and start < each.end for start, end in taken):
                found.append(each)
                taken.append((each.start, each.end))
    pairs = [
        each
        for each in find_paired_sizes(plain, found)
        if not any(each.start < end and start < each.end for start, end in taken)
    ]
    return [*found, *pairs, *_find_words(plain)]


def _group(name: str, match: "re.Match[str]", text: str, change: Callable[[str], str] = str) -> Found:
    at = (
        next(number for number in range(1, (match.re.groups or 0) + 1) if match.group(number)) if match.re.groups else 0
    )
    start, end = match.span(at)
    return Found(name, change(text[start:end]), start, end)


def _emails(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield _group("email", match, text, lambda value: value.strip(".'-"))


def _codes(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _CODE.finditer(plain) if expects == "code" else ():
        yield Found("code", "".join(match.groups()), *match.span())


def _dates(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _DATE.finditer(plain):
        value = read_date(text[match.start() : match.end()])
        if value:
            yield Found("date", value, *match.span())


def read_date(words: str) -> Optional[str]:
    """The day in ISO 8601, None when the words are none; days without a year lie ahead."""
    words = re.sub(r"^(?:le|next|this|last)\s+", "", words.strip(), flags=re.IGNORECASE)
    words = re.sub(r"\s+(?:prochain|dernier)$", "", words, flags=re.IGNORECASE)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        return words
    moment = dateparser.parse(
        words, languages=["fr", "en"], settings={"DATE_ORDER": "DMY", "PREFER_DATES_FROM": "future"}
    )
    return moment.date().isoformat() if moment else None


def _orders(text: str, plain: str, expects: str) -> Iterator[Found]:
    if expects == "postcode":
        return
    patterns = [_MARKED_ORDER, _NAMED_ORDER, _LETTERED_ORDER]
    if expects not in ("code", "phone", "address", "email_or_postcode"):
        patterns += [_SPOKEN_ORDER, _PLAIN_ORDER]
    for pattern in patterns:
        for match in pattern.finditer(plain):
            if not _OTHER_NUMBER.search(plain[: match.start(1)]):
                yield _order(match, text)


def _order(match: "re.Match[str]", text: str) -> Found:
    start, end = match.span(1)
    has_mark = start > 0 and text[start - 1] == "#"
    return Found(
        "order_number", ("#" if has_mark and not text[start].isdigit() else "") + text[start:end].upper(), start, end
    )


def _phones(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"[^\d+]", "", match.group())
        if any(_is_possible_phone(digits, region) for region in PHONE_REGIONS):
            yield Found("phone", digits, *match.span())


def _is_possible_phone(digits: str, region: str) -> bool:
    """Whether a number of so many digits can be dialled in the region: an order's number seldom can."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _postcodes(text: str, plain: str, expects: str) -> Iterator[Found]:
    for pattern in (_NAMED_POSTCODE, _INDIAN_PIN, _CANADIAN_POSTCODE, _UK_POSTCODE, _FIVE_DIGITS):
        for match in pattern.finditer(plain):
            yield Found("postcode", text[match.start(1) : match.end(1)].upper(), *match.span(1))
    if expects in ("postcode", "email_or_postcode") and (alone := re.fullmatch(r"\W*([a-z]?-?\d{4,6})\W*", plain)):
        yield Found("postcode", alone.group(1).upper(), *alone.span(1))


def _prices(text: str, plain: str, expects: str) -> Iterator[Found]:
    for pattern in (_PRICE, _PRICE_AFTER, _PRICE_WITH_CURRENCY):
        for match in pattern.finditer(plain):
            yield _group("price_max", match, text, lambda value: value.replace(",", "."))


def _ordinals(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _ORDINAL.finditer(plain):
        yield Found("ordinal", str(ORDINALS[match.group(1)]), *match.span(1))
    for match in _NUMBERED.finditer(plain):
        yield Found("ordinal", match.group(1), *match.span(1))


def _quantities(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in _QUANTITY.finditer(plain):
        word = next(group for group in match.groups() if group)
        number = word if word.isdigit() else str(NUMBERS.get(word, ""))
        if number and int(number) > 0:
            yield _group("quantity", match, text, lambda _, number=number: number)  # type: ignore[misc]


def _names(text: str, plain: str, expects: str) -> Iterator[Found]:
    for match in re.finditer(_NAME.pattern, text):
        yield Found("person_name", match.group(1), *match.span(1))
    if expects == "name" and re.fullmatch(r"[^\W\d_]+(?:[ '-][^\W\d_]+){0,4}", text.strip()):
        start = len(text) - len(text.lstrip())
        yield Found("person_name", text.strip(), start, start + len(text.strip()))


def _find_words(plain: str) -> Iterator[Found]:
    for name, (values, pattern) in _WORDS.items():
        for match in pattern.finditer(plain):
            yield Found(name, values[match.group()], *match.span())


def _any_of(values: Dict[str, str]) -> Tuple[Dict[str, str], "re.Pattern[str]"]:
    longest_first = sorted(map(re.escape, values), key=len, reverse=True)
    return values, re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")


_WORDS = {
    "carrier": _any_of(CARRIERS),
    "city": _any_of(CITIES),
    "occasion": _any_of(OCCASIONS),
    "payment_method": _any_of(PAYMENT_METHODS),
    "reason": _any_of(REASONS),
}
_FINDERS = (_emails, _codes, _dates, _prices, _phones, _orders, _postcodes, find_sizes, _ordinals, _quantities, _names)
