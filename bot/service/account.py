"""Stage A4: a wish to change the account -> a checked change, its summary, the write, what the shop holds after it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, UnknownFate
from bot.service.answers import find_email, find_postcode, simplify
from bot.service.identify import read_name
from bot.service.policy import AccountField

ADDRESS_PARTS = ("line1", "postcode", "city")
_ADDRESS = re.compile(
    r"^(?P<line1>[^,\n]+(?:,\s*[^,\n]+)*?)[,\n]\s*(?P<postcode>[\w-]*\d[\w-]*)\s+(?P<city>[^\d,\n]+)", re.UNICODE
)
_ADDRESS_CITY_FIRST = re.compile(
    r"^(?P<line1>[^\n]+?)[,\n]\s*(?P<city>[^\d,\n]+?),?\s+(?:(?P<region>[A-Z]{2})\s+)?"
    r"(?P<postcode>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|\d{4,5}(?:-\d{4})?)\s*$"
)
_LINE2 = re.compile(
    r"^(?P<line1>.+?),?\s+(?P<line2>(?:suite|apt\.?|apartment|unit|floor|appartement|appt\.?|bat\.?|bâtiment|étage)\s.+)$",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<![#\w-])\d{1,5}\s?(?:bis|ter|[a-d]\b)?,?\s+(?!(?:au|to|a|à|for|pour|in|en)\b)[^\W\d].*",
    re.DOTALL | re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![#\w-])\d{1,5}\b")
_AFTER_ADDRESS = re.compile(  # what is said besides, or done with it
    r",?\s+(?:and|but|et)\s+(?:also |then |please )*"
    r"(?:use|send|ship|make|update|change|set|have|deliver|put|let|utilise\w*|envoy\w*|livr\w*)\b.*$"
    r"|(?<=\d{5})\s*[.!?]\s.*$|\s+-\s+.*$",
    re.IGNORECASE | re.DOTALL,
)
_POLITE = re.compile(
    r",?\s*(?:\b(?:usa|united states|please|pls|svp|s'il vous plaît|thanks|merci|too|as well|also|instead|from now on|"
    r"now|aussi|également|désormais)\b[\s.!,]*)*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\s*(?:(?:ma|mon|la|my|the)?\s*(?:nouvelle?|new)?\s*(?:adresse|address)(?:\s+de\s+livraison)?\s*(?:est|is|:)?\s*"
    r"|j'habite(?:\s+(?:au|a|à))?\s+|i live at\s+|c'est\s+(?:le\s+|au\s+)?|it's\s+)",
    re.IGNORECASE,
)
_COUNTRY_WORDS = {
    "france": "FR",
    "belgique": "BE",
    "belgium": "BE",
    "suisse": "CH",
    "switzerland": "CH",
    "luxembourg": "LU",
    "allemagne": "DE",
    "germany": "DE",
    "irlande": "IE",
    "ireland": "IE",
    "usa": "US",
    "etats-unis": "US",
    "united states": "US",
    "royaume-uni": "GB",
    "united kingdom": "GB",
    "uk": "GB",
}


@dataclass(frozen=True)
class Change:
    """One change of an account: the field, and its new values; of an address maybe only some parts so far."""

    field: AccountField
    values: Mapping[str, str]
    adds: bool = False  # an address beside the others, not in place of the default one
    keeps_default: bool = False  # an added address does not become the default one
    act: Literal["put", "default", "remove"] = "put"  # of an address: written; or one of the book, `address_id`
    address_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """The change as it is kept in a half-done request."""
        return {**asdict(self), "values": dict(self.values)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Change":
        """The change that `to_json` wrote."""
        return cls(**data)

    @property
    def kind(self) -> str:
        """What it is called in the books: `change_email`, `remove_address`, `default_address`."""
        return f"{'change' if self.act == 'put' else self.act}_{self.field}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Which parts of an address are still to be told."""
        if self.field != "address" or self.act != "put":
            return ()
        return tuple(part for part in ADDRESS_PARTS if not self.values.get(part))

    def digest(self, customer: ShopCustomer) -> str:
        """What a code confirms: this change, of this customer, over this version."""
        text = json.dumps([customer.ref, customer.version, self.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def find_field(text: str, entities: Mapping[str, tuple[str, ...]]) -> AccountField | None:
    """Which field a wish is about; None when it names none."""
    said = simplify(text)
    words: tuple[tuple[AccountField, tuple[str, ...]], ...] = (
        ("email", ("e-mail", "email", "mail", "courriel", "adresse mail", "@")),
        ("phone", ("telephone", "phone", "mobile", "portable", "numero de tel")),
        ("address", ("adresse", "address", "demenage", "moved", "moving", "rue ", "street")),
        ("name", ("prenom", "nom ", "nom", "name", "surname", "marie", "married")),
    )
    for field, names in words:
        if any(
            re.search(rf"(?<!\w){re.escape(name.strip())}(?!\w)", said) or name == "@" and "@" in text for name in names
        ):
            return field
    kinds: tuple[tuple[str, AccountField], ...] = (
        ("email", "email"),
        ("phone", "phone"),
        ("postcode", "address"),
        ("person_name", "name"),
    )
    return next((field for kind, field in kinds if entities.get(kind)), None)


def read_change(
    field: AccountField,
    text: str,
    entities: Mapping[str, tuple[str, ...]],
    customer: ShopCustomer,
    *,
    adds: bool = False,
) -> Change | None:
    """The change that words ask for; None when they hold no new value. FixInput when it is not a possible one."""
    first = {name: values[0] for name, values in entities.items() if values}
    match field:
        case "email":
            found = find_email(text) or find_email(first.get("email", ""))
            return Change(field, {"email": check_email(found)}) if found else None
        case "phone":
            return _read_phone(text, first, customer)
        case "name":
            return _read_name(text, first.get("person_name", ""))
        case "address":
            values = find_address(text) or read_address(text)
            return Change(field, values, adds) if values else None


def check_email(email: str) -> str:
    """The address as it is written to. FixInput when it cannot be one."""
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise FixInput("email", str(error)) from error


def check_phone(text: str, country: str) -> str:
    """The number in E.164. FixInput when nobody can have it."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        raise FixInput("phone", str(error)) from error
    if not phonenumbers.is_valid_number(number):
        raise FixInput("phone", "is not a number that exists")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(phone: str) -> str:
    """A number as people write it, "" for none."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def read_address(text: str) -> dict[str, str]:
    """The parts of a postal address in words; {} when there is no street in them."""
    bare = _LEAD.sub("", text.replace("’", "'").strip()).strip(" .")
    bare, country = _split_country(bare)
    for pattern in (_ADDRESS, _ADDRESS_CITY_FIRST):
        found = pattern.match(bare)
        if found:
            parts = {name: value.strip(" ,") for name, value in found.groupdict().items() if value}
            region = parts.pop("region", "")
            return _without_empty({**parts, "region_code": region, "country": country})
    if re.match(r"^\d+\s*(?:bis|ter|[a-d])?,?\s+[^\W\d]", bare, re.IGNORECASE):
        return _without_empty({"line1": bare.strip(" ,"), "country": country})
    return {}


def find_address(text: str) -> dict[str, str]:
    """The postal address that stands somewhere in a sentence, its second line apart; {} for none."""
    tails = [_bare(text[at.start() :]) for at in _NUMBERS.finditer(text)]
    streets = [match.group(0) for tail in tails if (match := _STREET.match(tail))]
    values = next((found for found in map(read_address, streets) if found.get("postcode")), {})
    values = values or next((found for found in map(read_address, streets) if found), {})
    parts = _LINE2.match(values.get("line1", ""))
    return {**values, **{name: value.strip(" ,") for name, value in parts.groupdict().items()}} if parts else values


def _bare(tail: str) -> str:
    """What begins with a number, without what is said after the address or politely."""
    return _POLITE.sub("", _AFTER_ADDRESS.sub("", tail)).rstrip(" .!")


def complete_address(change: Change, text: str) -> Change:
    """The change with what was asked for last: a whole address, or the part that was missing."""
    whole = find_address(text) or read_address(text)
    if whole.get("postcode") or not change.values:
        return replace(change, values={**change.values, **whole})
    missing = change.missing
    postcode = find_postcode(text)
    values = dict(change.values)
    if "line1" in missing:
        values["line1"] = text.strip()
    elif "postcode" in missing and postcode:
        values["postcode"] = postcode
        rest = text.replace(postcode, "").strip(" ,.")
        if rest and not values.get("city") and len(rest.split()) < 5:
            values["city"] = rest
    elif "city" in missing and not postcode:
        values["city"] = text.strip(" ,.")
    return replace(change, values=values)


def show_old(change: Change, customer: ShopCustomer) -> str:
    """What the shop holds now, "" for nothing."""
    match change.field:
        case "email":
            return customer.email
        case "phone":
            return show_phone(customer.phone)
        case "name":
            return f"{customer.first_name} {customer.last_name}".strip()
        case "address":
            old = default_address(customer)
            return show_address(old) if old else ""


def show_new(change: Change, customer: ShopCustomer) -> str:
    """What it shall be."""
    match change.field:
        case "email":
            return change.values["email"]
        case "phone":
            return show_phone(change.values["phone"])
        case "name":
            return f"{change.values['first_name']} {change.values['last_name']}"
        case "address":
            return show_address(_chosen(change, customer) or plan_address(change, customer))


def show_address(address: Address) -> str:
    """An address on one line."""
    town = f"{address.postcode} {address.city}"
    if address.country in ("US", "GB", "IE"):
        town = " ".join(part for part in (f"{address.city},", address.region_code, address.postcode) if part)
    return ", ".join(part for part in (address.line1, address.line2, town) if part)


def default_address(customer: ShopCustomer) -> Address | None:
    """Where parcels go unless told otherwise."""
    return next((each for each in customer.addresses if each.is_default_shipping), next(iter(customer.addresses), None))


def choose_address(act: Literal["default", "remove"], address: Address) -> Change:
    """The change that makes one of the book the default one, or takes it out."""
    return Change("address", address_parts(address), act=act, address_id=address.id)


def address_parts(address: Address) -> dict[str, str]:
    """The parts of an address that are told and asked for, empty ones left out."""
    names = ("line1", "line2", "city", "region_code", "postcode", "country")
    return _without_empty({name: getattr(address, name) for name in names})


def next_default(customer: ShopCustomer, change: Change) -> Address | None:
    """The address that becomes the default one when the present one is taken out; None where that one stays."""
    old = default_address(customer)
    if change.act != "remove" or old is None or old.id != change.address_id:
        return None
    return next((each for each in customer.addresses if each.id != old.id), None)


def _chosen(change: Change, customer: ShopCustomer) -> Address | None:
    """The address of the book that is meant."""
    return next((each for each in customer.addresses if change.address_id and each.id == change.address_id), None)


def plan_address(change: Change, customer: ShopCustomer) -> Address:
    """The address that the shop shall hold; in the place of the default one unless the change adds one."""
    old = default_address(customer)
    values = change.values
    known = next((each for each in customer.addresses if _is_same_place(each, values)), None)
    replaced = known or (None if change.adds else old)
    return Address(
        id=replaced.id if replaced else "",
        first_name=customer.first_name,
        last_name=customer.last_name,
        line1=values.get("line1", ""),
        line2=values.get("line2", ""),
        city=values.get("city", ""),
        postcode=values.get("postcode", ""),
        country=values.get("country") or (old.country if old else "FR"),
        region_code=values.get("region_code", ""),
        phone=old.phone if old else "",
        is_default_shipping=not change.keeps_default or replaced is not None and replaced.is_default_shipping,
    )


def write_change(
    commerce: CommerceEngine, customer_ref: CustomerRef, change: Change, *, if_version: int
) -> ShopCustomer:
    """Write the change over the version that was summed up, and read back what the shop holds after it. Writes.

    A lost answer is read back, never repeated. Conflict when somebody else changed the account meanwhile,
    UnknownFate when the shop cannot tell.
    """
    before = commerce.get_customer(customer_ref)
    if has_landed(before, change):
        return before
    if before.version != if_version:
        raise Conflict("the account was changed meanwhile")
    try:
        _write(commerce, before, change)
    except UnknownFate:
        after = commerce.get_customer(customer_ref)
        if has_landed(after, change):
            return after
        raise
    return commerce.get_customer(customer_ref)


def _write(commerce: CommerceEngine, before: ShopCustomer, change: Change) -> None:
    chosen = _chosen(change, before)
    if change.field != "address":
        commerce.update_customer(before.ref, dict(change.values), if_version=before.version)
    elif change.act == "remove":
        commerce.remove_address(before.ref, change.address_id, if_version=before.version)
    elif change.act == "default" and chosen is None:
        raise Conflict("the address is not in the book any more")
    else:
        address = replace(chosen, is_default_shipping=True) if chosen else plan_address(change, before)
        commerce.put_address(before.ref, address, if_version=before.version)


def has_landed(customer: ShopCustomer, change: Change) -> bool:
    """Whether the shop holds what the change wanted."""
    if change.field == "address":
        return _has_landed_address(customer, change)
    return all(getattr(customer, name).lower() == value.lower() for name, value in change.values.items())


def _has_landed_address(customer: ShopCustomer, change: Change) -> bool:
    address = default_address(customer)
    if change.act == "remove":
        return _chosen(change, customer) is None
    if change.act == "default":
        return address is not None and address.id == change.address_id
    if change.keeps_default:
        return any(_is_same_place(each, change.values) for each in customer.addresses)
    return bool(address and _is_same_place(address, change.values))


def _read_phone(text: str, first: Mapping[str, str], customer: ShopCustomer) -> Change | None:
    digits = re.search(r"\+?\d[\d\s().-]{6,}\d", text)
    written = digits.group(0) if digits else first.get("phone", "")
    if not written:
        return None
    address = default_address(customer)
    return Change("phone", {"phone": check_phone(written, address.country if address else "FR")})


def _read_name(text: str, entity: str) -> Change | None:
    said = simplify(text)
    asks_only = any(word in said for word in ("changer", "change", "modifier", "update", "corriger", "correct"))
    first, last = read_name(entity) if entity else ("", "") if asks_only else read_name(text)
    return Change("name", {"first_name": first, "last_name": last}) if last else None


def _split_country(text: str) -> tuple[str, str]:
    head, _, tail = text.rpartition(",")
    code = _COUNTRY_WORDS.get(simplify(tail), "") if head else ""
    return (head, code) if code else (text, "")


def _is_same_place(address: Address, values: Mapping[str, str]) -> bool:
    parts = (*ADDRESS_PARTS, "line2")
    return all(simplify(getattr(address, part)) == simplify(values.get(part, "")) for part in parts)


def _without_empty(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parts.items() if value}
