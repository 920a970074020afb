"""Customers: found, read back, changed.

A change writes the customer whole, as it was read with what is to be another: Adobe deletes an address that is left
out, and takes whoever leaves out the rest at their word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.regions import RegionReader
from bot.commerce.adobe.shapes import Native, from_address, is_id, to_address
from bot.commerce.folding import digits_of, fold, fold_code, fold_name
from bot.commerce.forms import require_address, version_of
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, NotAllowed, NotFound
from bot.profile.resolution.normalise import normalise_phone

_CHANGEABLE = {"first_name": "firstname", "last_name": "lastname", "email": "email", "phone": "telephone"}
_MOST = 50  # who share a name: more are not told apart anyway
_SAME_ENDING = 9  # digits of a phone that are the same however its beginning is written


def get_customer(client: AdobeClient, ref: str) -> ShopCustomer:
    """The customer. NotFound."""
    return to_customer(get_native(client, ref))


def get_native(client: AdobeClient, ref: str) -> Native:
    """The customer as Adobe tells them. NotFound."""
    if not is_id(ref):
        raise NotFound(f"customer {ref}")
    said: Native = client.read(f"customers/{ref}")
    return said


def find_customers(
    client: AdobeClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    found = [to_customer(each) for each in _candidates(client, email, phone, first_name, last_name)]
    return [
        each for each in found
        if (not email or fold(each.email) == fold(email))
        and (not phone or normalise_phone(phone) in _phones_of(each))
        and (not first_name or fold_name(each.first_name, "") == fold_name(first_name, ""))
        and (not last_name or fold_name(each.last_name, "") == fold_name(last_name, ""))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _candidates(
    client: AdobeClient, email: str, phone: str, first_name: str, last_name: str
) -> Iterable[Native]:
    """By e-mail, else by the phone of the address that is billed, else by name; by a postcode alone nobody."""
    if email.strip():
        wanted = [Filter("email", email.strip())]
    elif len(digits := digits_of(phone)) >= _SAME_ENDING:
        wanted = [Filter("billing_telephone", f"%{'%'.join(digits[-_SAME_ENDING:])}", "like")]
    else:
        names = {"lastname": last_name.strip(), "firstname": first_name.strip()}
        wanted = [Filter(name, value) for name, value in names.items() if value]
    return client.search("customers/search", Search(wanted, sort=["entity_id"], size=_MOST))[0] if wanted else []


def _phones_of(customer: ShopCustomer) -> set[str]:
    return {customer.phone, *(each.phone for each in customer.addresses)} - {""}


def update_customer(
    client: AdobeClient, ref: str, patch: Mapping[str, str], if_version: int
) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound; NotAllowed
    ("no_address") for the phone of somebody without an address, where Adobe keeps it. Writes.
    """
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if not value.strip():
            raise FixInput(name, "must not be empty")
    native = _read_for_change(client, ref, if_version)
    values = {_CHANGEABLE[name]: value.strip() for name, value in patch.items() if name != "phone"}
    homes = list(native.get("addresses") or ())
    if "phone" in patch:
        homes = _with_phone(homes, patch["phone"].strip(), _billed_of(native))
    return _write(client, {**native, **values, "addresses": homes})


def _with_phone(homes: list[Native], phone: str, billed: str) -> list[Native]:
    if not homes:
        raise NotAllowed("no_address", "Adobe Commerce keeps a phone with an address")
    return [{**each, "telephone": phone} if str(each["id"]) == billed else each for each in homes]


def put_address(
    client: AdobeClient, regions: RegionReader, ref: str, address: Address, if_version: int | None
) -> ShopCustomer:
    """Add an address, or replace the one with its id; a default one unseats the former. FixInput, NotFound, Conflict.
    Writes.
    """
    address = require_address(address)
    native = _read_for_change(client, ref, if_version)
    homes = list(native.get("addresses") or ())
    former = next((each for each in homes if str(each["id"]) == address.id), None)
    if address.id and former is None:
        raise NotFound(f"address {address.id}")
    is_default = address.is_default_shipping or not homes
    written = _written(address, former, native, regions, is_default=is_default)
    kept = [written if each is former else each for each in homes] + ([] if former else [written])
    if is_default:
        kept = [each if each is written else _unseated(each) for each in kept]
    return _write(client, {**_without_default(native, is_default=is_default), "addresses": kept})


def _written(
    address: Address, former: Native | None, native: Native, regions: RegionReader, *, is_default: bool
) -> dict[str, Any]:
    """As Adobe takes it: it wants a name and a phone with every address, which are then the customer's own."""
    given = {**from_address(address), "firstname": address.first_name or native["firstname"],
             "lastname": address.last_name or native["lastname"]}
    given.setdefault("telephone", (former or {}).get("telephone") or _telephone_of(native))
    if not given["telephone"]:
        raise FixInput("phone", "Adobe Commerce wants one with an address")
    known = regions.fields_of(address)
    if known:
        given |= {"region": known, **({"region_id": known["region_id"]} if "region_id" in known else {})}
    kept = {name: value for name, value in (former or {}).items() if name not in ("region", "region_id")}
    return {**kept, **given, **({"default_shipping": True} if is_default else {})}


def _unseated(said: Native) -> Native:
    return {name: value for name, value in said.items() if name != "default_shipping"}


def _without_default(native: Native, *, is_default: bool) -> Native:
    """The address itself says that it is the default one; the customer's word of before would contradict it."""
    return {name: value for name, value in native.items() if not (is_default and name == "default_shipping")}


def remove_address(client: AdobeClient, ref: str, address_id: str, if_version: int) -> ShopCustomer:
    """Take an address out of the book, by leaving it out; where it was the default one, the next becomes it. NotFound,
    Conflict. Writes.
    """
    native = get_native(client, ref)
    homes = list(native.get("addresses") or ())
    gone = next((each for each in homes if str(each["id"]) == address_id), None)
    if gone is None:
        raise NotFound(f"address {address_id}")
    _require_version(to_customer(native), if_version)
    left = [each for each in homes if each is not gone]
    changed = dict(native)
    for name in ("default_shipping", "default_billing"):
        if gone.get(name):
            changed.pop(name, None)
            left = [{**each, name: True} if each is left[0] else each for each in left]
    return _write(client, {**changed, "addresses": left})


def _read_for_change(client: AdobeClient, ref: str, if_version: int | None) -> Native:
    native = get_native(client, ref)
    _require_version(to_customer(native), if_version)
    return native


def _write(client: AdobeClient, native: Native) -> ShopCustomer:
    """The customer, read back. The same twice is as once, but for an address that is new."""
    is_repeatable = all(each.get("id") for each in native["addresses"])
    client.write("PUT", f"customers/{native['id']}", {"customer": native}, is_repeatable=is_repeatable)
    return get_customer(client, str(native["id"]))


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def _billed_of(said: Native) -> str:
    """The address whose phone is the customer's: that which is billed, else the first."""
    homes = said.get("addresses") or ()
    billed = next((each for each in homes if each.get("default_billing")), homes[0] if homes else None)
    return str(billed["id"]) if billed else ""


def _telephone_of(said: Native) -> str:
    homes = said.get("addresses") or ()
    return next((str(each.get("telephone") or "") for each in homes if str(each["id"]) == _billed_of(said)), "")


def to_customer(said: Native) -> ShopCustomer:
    """The customer in our words, the default address first."""
    homes = sorted((to_address(each) for each in said.get("addresses") or ()), key=lambda each: int(each.id))
    homes.sort(key=lambda each: not each.is_default_shipping)
    phones = {each.id: each.phone for each in homes}
    customer = ShopCustomer(
        ref=CustomerRef(str(said["id"])), first_name=said["firstname"] or "", last_name=said["lastname"] or "",
        email=said["email"] or "", phone=phones.get(_billed_of(said), ""), addresses=tuple(homes),
    )
    return replace(customer, version=version_of(repr(customer)))
