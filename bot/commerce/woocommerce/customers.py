"""Customers: found, read back, changed. WooCommerce keeps one address to send to, and one to bill."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.folding import fold, fold_code, fold_name
from bot.commerce.forms import phone_of, require_address, version_of
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.commerce.woocommerce.client import WooCommerceClient
from bot.commerce.woocommerce.shapes import Native, from_address, is_id, is_same_place, to_address
from bot.errors import Conflict, FixInput, NotAllowed, NotFound
from bot.profile.resolution.normalise import normalise_phone

SHIPPING, BILLING = "shipping", "billing"  # ids of the two addresses
_CHANGEABLE = ("first_name", "last_name", "email", "phone")
_MOST = 25  # who share a name: more are not told apart anyway


def get_customer(client: WooCommerceClient, ref: str) -> ShopCustomer:
    """The customer. NotFound."""
    return to_customer(get_native(client, ref))


def get_native(client: WooCommerceClient, ref: str) -> Native:
    """The customer as WooCommerce tells them. NotFound."""
    if not is_id(ref):
        raise NotFound(f"customer {ref}")
    said: Native = client.read(f"customers/{ref}")
    return said


def find_customers(
    client: WooCommerceClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    found = [to_customer(each) for each in _candidates(client, email, first_name, last_name)]
    return [
        each for each in found
        if (not email or fold(each.email) == fold(email))
        and (not phone or each.phone == normalise_phone(phone))
        and (not first_name or fold_name(each.first_name, "") == fold_name(first_name, ""))
        and (not last_name or fold_name(each.last_name, "") == fold_name(last_name, ""))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _candidates(client: WooCommerceClient, email: str, first_name: str, last_name: str) -> Iterable[Native]:
    """By e-mail, else by the rarer name; WordPress searches people neither by phone nor by postcode."""
    if email.strip():
        found: list[Native] = client.read("customers", email=email.strip().lower(), role="all")
        return found
    words = last_name.strip() or first_name.strip()
    if not words:
        return []
    told: list[Native] = client.read("customers", search=words, role="all", per_page=_MOST)
    return told


def update_customer(client: WooCommerceClient, ref: str, patch: Mapping[str, str], if_version: int) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    _require_version(get_customer(client, ref), if_version)
    values: dict[str, Any] = {name: value.strip() for name, value in patch.items() if name != "phone"}
    billing = {name: values[name] for name in ("email",) if name in values}
    if "phone" in patch:
        billing["phone"] = patch["phone"].strip()
    body = {**values, BILLING: billing} if billing else values
    client.write("PUT", f"customers/{ref}", body, is_repeatable=True)
    return get_customer(client, ref)


def put_address(client: WooCommerceClient, ref: str, address: Address, if_version: int | None) -> ShopCustomer:
    """Where parcels go, or the address with its id. FixInput, NotFound, Conflict; NotAllowed("one_address") for a
    second one to send to. Writes.
    """
    address = require_address(address)
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    kept = {each.id for each in customer.addresses}
    if address.id and address.id not in kept:
        raise NotFound(f"address {address.id}")
    if not address.id and not address.is_default_shipping and SHIPPING in kept:
        raise NotAllowed("one_address", "WooCommerce keeps one address to send to")
    place = address.id or SHIPPING
    client.write("PUT", f"customers/{ref}", {place: from_address(address)}, is_repeatable=True)
    return get_customer(client, ref)


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def to_customer(said: Native) -> ShopCustomer:
    """The customer in our words; an address to bill that says the same as the other is not told twice."""
    customer = ShopCustomer(
        ref=CustomerRef(str(said["id"])), first_name=said["first_name"] or "", last_name=said["last_name"] or "",
        email=said["email"] or "", phone=phone_of(said[BILLING]["phone"] or "", said[BILLING]["country"] or ""),
        addresses=_addresses_of(said),
    )
    return replace(customer, version=version_of(repr(customer)))


def _addresses_of(said: Native) -> tuple[Address, ...]:
    shipping, billing = to_address(said[SHIPPING], SHIPPING), to_address(said[BILLING], BILLING)
    if not shipping:
        return (replace(billing, is_default_shipping=True),) if billing else ()
    is_one = billing is None or is_same_place(replace(billing, phone=""), shipping)
    return (shipping,) if billing is None or is_one else (shipping, billing)
