"""Customers with an account: found, read back, changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.folding import fold, fold_code, fold_name
from bot.commerce.forms import require_address, version_of
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.shapes import Native, from_address, is_id, to_address
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.resolution.normalise import normalise_phone

_CHANGEABLE = frozenset({"first_name", "last_name", "email", "phone"})
_MOST = 50  # who share a name: more are not told apart anyway
_FIELDS = "id,email,first_name,last_name,phone,has_account,metadata,*addresses"


def get_customer(client: MedusaClient, ref: str) -> ShopCustomer:
    """The customer. NotFound, for a guest too: Medusa keeps one for each e-mail that ordered without an account."""
    return to_customer(get_native(client, ref))


def get_native(client: MedusaClient, ref: str) -> Native:
    """The customer as Medusa tells them. NotFound."""
    if not is_id(ref, "cus"):
        raise NotFound(f"customer {ref}")
    said: Native = client.read(f"admin/customers/{ref}", fields=_FIELDS)["customer"]
    if not said["has_account"]:
        raise NotFound(f"customer {ref}")
    return said


def find_customers(
    client: MedusaClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    found = [to_customer(each) for each in _candidates(client, email, phone, first_name, last_name)]
    return [
        each for each in found
        if (not email or fold(each.email) == fold(email))
        and (not phone or normalise_phone(each.phone) == normalise_phone(phone))
        and (not first_name or fold_name(each.first_name, "") == fold_name(first_name, ""))
        and (not last_name or fold_name(each.last_name, "") == fold_name(last_name, ""))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _candidates(client: MedusaClient, email: str, phone: str, first_name: str, last_name: str) -> list[Native]:
    """By the value that finds fewest: Medusa's `q` looks for words anywhere, whatever their case."""
    word = next((each.strip() for each in (email, _ending(phone), last_name, first_name) if each.strip()), "")
    if not word:
        return []
    said = client.read("admin/customers", q=word, has_account="true", limit=_MOST, fields=_FIELDS)
    found: list[Native] = said["customers"]
    return found


def _ending(phone: str) -> str:
    """What is the same of a number however it is written down without blanks: +33 6 ... and 06 ... end alike."""
    return (normalise_phone(phone) or "")[-8:] if phone.strip() else ""


def update_customer(client: MedusaClient, ref: str, patch: Mapping[str, str], if_version: int) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    require_version(get_customer(client, ref), if_version)
    values: dict[str, Any] = {name: value.strip() for name, value in patch.items()}
    client.write(f"admin/customers/{ref}", values, is_repeatable=True)
    return get_customer(client, ref)


def put_address(client: MedusaClient, ref: str, address: Address, if_version: int | None) -> ShopCustomer:
    """Add an address, or replace the one with its id; a first is the default. FixInput, NotFound, Conflict. Writes."""
    address = require_address(address)
    customer = get_customer(client, ref)
    require_version(customer, if_version)
    others = [each for each in customer.addresses if each.id != address.id]
    if address.id and len(others) == len(customer.addresses):
        raise NotFound(f"address {address.id}")
    if not any(each.is_default_shipping for each in others):
        address = replace(address, is_default_shipping=True)
    if address.is_default_shipping:
        _unseat(client, ref, others)
    body = {**from_address(address), "is_default_shipping": address.is_default_shipping}
    path = f"admin/customers/{ref}/addresses"
    client.write(f"{path}/{address.id}" if address.id else path, body, is_repeatable=bool(address.id))
    return get_customer(client, ref)


def remove_address(client: MedusaClient, ref: str, address_id: str, if_version: int) -> ShopCustomer:
    """Take an address out of the book; the oldest of the others becomes the default. NotFound, Conflict. Writes."""
    customer = get_customer(client, ref)
    others = [each for each in customer.addresses if each.id != address_id]
    if len(others) == len(customer.addresses):
        raise NotFound(f"address {address_id}")
    require_version(customer, if_version)
    client.remove(f"admin/customers/{ref}/addresses/{address_id}")
    if others and not any(each.is_default_shipping for each in others):
        seat = {"is_default_shipping": True}
        client.write(f"admin/customers/{ref}/addresses/{others[0].id}", seat, is_repeatable=True)
    return get_customer(client, ref)


def _unseat(client: MedusaClient, ref: str, others: list[Address]) -> None:
    """Medusa keeps one default address, and refuses a second one."""
    for each in others:
        if each.is_default_shipping:
            body = {"is_default_shipping": False}
            client.write(f"admin/customers/{ref}/addresses/{each.id}", body, is_repeatable=True)


def require_version(customer: ShopCustomer, if_version: int | None) -> None:
    """Conflict when the customer is another than the caller saw."""
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def to_customer(said: Native) -> ShopCustomer:
    """A customer in our words; `locale` is a piece of metadata where the shop keeps it."""
    addresses = sorted(
        (to_address(each) for each in said.get("addresses") or ()),
        key=lambda each: (not each.is_default_shipping, each.id),
    )
    locale = (said.get("metadata") or {}).get("locale") or ""
    customer = ShopCustomer(
        ref=CustomerRef(said["id"]), first_name=said.get("first_name") or "", last_name=said.get("last_name") or "",
        email=said.get("email") or "", phone=said.get("phone") or "", addresses=tuple(addresses),
        locale=str(locale)[:2],
    )
    return replace(customer, version=version_of(repr(customer)))
