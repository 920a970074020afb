"""Customers and their address book: found, read back, changed. V3 tells people in lists, whoever is asked for.

BigCommerce's book has no default address: which one is, is kept in a note of our own, else it is the first.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.bigcommerce import notes
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.shapes import Native, book_address, from_book_address, is_id, is_same_place
from bot.commerce.folding import fold, fold_code, fold_name
from bot.commerce.forms import joined, phone_of, require_address, version_of
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.resolution.normalise import normalise_phone

_CHANGEABLE = ("first_name", "last_name", "email", "phone")
_MOST = 50  # who share a name or a phone: more are not told apart anyway


def get_customer(client: BigCommerceClient, ref: str) -> ShopCustomer:
    """The customer. NotFound."""
    if is_id(ref):
        for said in client.read("v3/customers", {"id:in": ref, "include": "addresses"}):
            return _complete(client, said)
    raise NotFound(f"customer {ref}")


def _complete(client: BigCommerceClient, native: Native) -> ShopCustomer:
    known = notes.read_notes(client, f"customers/{native['id']}").get(notes.DEFAULT_ADDRESS)
    return to_customer(native, _book_of(client, native), known.value if known else "")


def _book_of(client: BigCommerceClient, native: Native) -> list[Native]:
    """Every address, as they were made: with a customer come ten at most."""
    told = list(native.get("addresses") or ())
    if int(native.get("address_count") or 0) > len(told):
        told = list(client.read_every("v3/customers/addresses", {"customer_id:in": native["id"]}))
    return sorted(told, key=lambda each: int(each["id"]))


def find_customers(
    client: BigCommerceClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    found = [
        _complete(client, each) for each in _candidates(client, email, phone, first_name, last_name)
        if _may_be(each, email, first_name, last_name)
    ]
    return [
        each for each in found
        if (not phone or each.phone == normalise_phone(phone))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _may_be(said: Native, email: str, first_name: str, last_name: str) -> bool:
    return (
        (not email or fold(said["email"]) == fold(email))
        and (not first_name or fold_name(said["first_name"] or "", "") == fold_name(first_name, ""))
        and (not last_name or fold_name(said["last_name"] or "", "") == fold_name(last_name, ""))
    )


def _candidates(
    client: BigCommerceClient, email: str, phone: str, first_name: str, last_name: str
) -> list[Native]:
    """By e-mail, else by phone as people type it, else by the rarer name; nobody is searched by postcode."""
    words = last_name.strip() or first_name.strip()
    if email.strip():
        asked = {"email:in": email.strip().lower()}
    elif phone.strip():
        asked = {"phone:in": joined(dict.fromkeys([phone.strip(), normalise_phone(phone) or phone.strip()]))}
    elif words:
        asked = {"name:like": words}
    else:
        return []
    found, _ = client.read_page("v3/customers", 1, _MOST, {**asked, "include": "addresses"})
    return found


def update_customer(client: BigCommerceClient, ref: str, patch: Mapping[str, str], if_version: int) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    _require_version(get_customer(client, ref), if_version)
    values: dict[str, Any] = {name: value.strip() for name, value in patch.items()}
    _require_own_email(client, ref, values.get("email", ""))
    client.write("PUT", "v3/customers", [{"id": int(ref), **values}], is_repeatable=True)
    return get_customer(client, ref)


def _require_own_email(client: BigCommerceClient, ref: str, email: str) -> None:
    """FixInput where the address is somebody else's: BigCommerce's own refusal does not say which field it is."""
    told = client.read("v3/customers", {"email:in": email.lower()}) if email else ()
    if any(str(each["id"]) != ref for each in told):
        raise FixInput("email", "belongs to another account")


def put_address(
    client: BigCommerceClient, ref: str, address: Address, if_version: int | None
) -> ShopCustomer:
    """Add an address, or replace the one with its id; a default one unseats the former. FixInput, NotFound, Conflict.
    Writes.
    """
    address = require_address(address)
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    kept = {each.id: each for each in customer.addresses}
    if address.id and address.id not in kept:
        raise NotFound(f"address {address.id}")
    same = next((each.id for each in customer.addresses if is_same_place(each, address)), "")
    number = address.id or same or _add(client, ref, address)
    if address.id and not is_same_place(kept[address.id], address):
        body = {"id": int(address.id), **from_book_address(address)}
        client.write("PUT", "v3/customers/addresses", [body], is_repeatable=True)
    if address.is_default_shipping:
        notes.keep(client, f"customers/{ref}", notes.DEFAULT_ADDRESS, number)
    return get_customer(client, ref)


def _add(client: BigCommerceClient, ref: str, address: Address) -> str:
    """The number of a new address; one that is in the book already BigCommerce does not make again."""
    body = {"customer_id": int(ref), "address_type": "residential", **from_book_address(address)}
    made = client.write("POST", "v3/customers/addresses", [body], is_repeatable=True)
    return str(made[0]["id"]) if made else ""


def remove_address(client: BigCommerceClient, ref: str, address_id: str, if_version: int) -> ShopCustomer:
    """Take an address out; where it was the default one, the next becomes it. NotFound, Conflict. Writes."""
    customer = get_customer(client, ref)
    if address_id not in {each.id for each in customer.addresses}:
        raise NotFound(f"address {address_id}")
    _require_version(customer, if_version)
    client.write("DELETE", "v3/customers/addresses", query={"id:in": address_id}, is_repeatable=True)
    return get_customer(client, ref)


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def to_customer(said: Native, book: list[Native], default_id: str) -> ShopCustomer:
    """The customer in our words, the default address first; a number without a country is read as of that address."""
    numbers = [str(each["id"]) for each in book]
    default = default_id if default_id in numbers else next(iter(numbers), "")
    homes = sorted((book_address(each, default) for each in book), key=lambda each: not each.is_default_shipping)
    customer = ShopCustomer(
        ref=CustomerRef(str(said["id"])), first_name=said["first_name"] or "", last_name=said["last_name"] or "",
        email=said["email"] or "", phone=phone_of(said.get("phone") or "", homes[0].country if homes else "FR"),
        addresses=tuple(homes),
    )
    return replace(customer, version=version_of(repr(customer)))
