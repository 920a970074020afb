"""Customers: found, read back, changed. Everyone who ordered has an account, which a code by e-mail opens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.commerce.folding import fold, fold_code, fold_name
from bot.commerce.forms import require_address, version_of
from bot.commerce.shopify.answers import require_done
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import ADDRESS, from_address, gid, is_id, quoted, ref_of, to_address
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.resolution.normalise import normalise_phone

_CHANGEABLE = {"first_name": "firstName", "last_name": "lastName", "email": "email", "phone": "phone"}
_MOST = 25  # who share a name: more are not told apart anyway
_CUSTOMER = f"""
fragment Customer on Customer {{
  id firstName lastName locale verifiedEmail
  defaultEmailAddress {{ emailAddress }} defaultPhoneNumber {{ phoneNumber }}
  defaultAddress {{ id }} addressesV2(first: 20) {{ nodes {{ id {ADDRESS} }} }}
}}"""
_GET = "query($id: ID!) { customer(id: $id) { ...Customer } }" + _CUSTOMER
_BY = "query($who: CustomerIdentifierInput!) { customerByIdentifier(identifier: $who) { ...Customer } }" + _CUSTOMER
_FIND = """query($query: String!, $first: Int!) {
  customers(first: $first, query: $query) { nodes { ...Customer } }
}""" + _CUSTOMER
_UPDATE = """mutation($input: CustomerInput!) {
  customerUpdate(input: $input) { customer { id } userErrors { field message } }
}"""
_ADD_ADDRESS = """mutation($id: ID!, $address: MailingAddressInput!, $default: Boolean!) {
  customerAddressCreate(customerId: $id, address: $address, setAsDefault: $default) {
    address { id } userErrors { field message } }
}"""
_PUT_ADDRESS = """mutation($id: ID!, $addressId: ID!, $address: MailingAddressInput!, $default: Boolean!) {
  customerAddressUpdate(customerId: $id, addressId: $addressId, address: $address, setAsDefault: $default) {
    address { id } userErrors { field message } }
}"""
_REMOVE_ADDRESS = """mutation($id: ID!, $addressId: ID!) {
  customerAddressDelete(customerId: $id, addressId: $addressId) { deletedAddressId userErrors { field message } }
}"""
_SEAT = """mutation($id: ID!, $addressId: ID!) {
  customerUpdateDefaultAddress(customerId: $id, addressId: $addressId) {
    customer { id } userErrors { field message } }
}"""


def get_customer(client: ShopifyClient, ref: str) -> ShopCustomer:
    """The customer. NotFound."""
    said = client.read(_GET, id=gid("Customer", ref))["customer"] if is_id(ref) else None
    if not said:
        raise NotFound(f"customer {ref}")
    return _to_customer(said)


def find_customers(
    client: ShopifyClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    found = [_to_customer(each) for each in _candidates(client, email, phone, first_name, last_name)]
    return [
        each for each in found
        if (not email or fold(each.email) == fold(email))
        and (not phone or normalise_phone(each.phone) == normalise_phone(phone))
        and (not first_name or fold_name(each.first_name, "") == fold_name(first_name, ""))
        and (not last_name or fold_name(each.last_name, "") == fold_name(last_name, ""))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _candidates(
    client: ShopifyClient, email: str, phone: str, first_name: str, last_name: str
) -> list[Mapping[str, Any]]:
    """By the one value that finds fewest; Shopify does not search by postcode alone."""
    number = normalise_phone(phone) if phone.strip() else ""
    if email.strip() or number:
        who = {"emailAddress": email.strip().lower()} if email.strip() else {"phoneNumber": number}
        said = client.read(_BY, who=who)["customerByIdentifier"]
        return [said] if said else []
    names = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    words = [f"{name}:{quoted(value)}" for name, value in names.items() if value]
    if not words or phone.strip():
        return []
    found: list[Mapping[str, Any]] = client.read(_FIND, query=" AND ".join(words), first=_MOST)["customers"]["nodes"]
    return found


def update_customer(client: ShopifyClient, ref: str, patch: Mapping[str, str], if_version: int) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    _require_version(get_customer(client, ref), if_version)
    values = {_CHANGEABLE[name]: value.strip() for name, value in patch.items()}
    told = client.write(_UPDATE, is_repeatable=True, input={"id": gid("Customer", ref), **values})
    require_done(told["customerUpdate"])
    return get_customer(client, ref)


def put_address(client: ShopifyClient, ref: str, address: Address, if_version: int | None) -> ShopCustomer:
    """Add an address, or replace the one with its id; a first is the default. FixInput, NotFound, Conflict. Writes."""
    address = require_address(address)
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    others = [each for each in customer.addresses if each.id != address.id]
    if address.id and len(others) == len(customer.addresses):
        raise NotFound(f"address {address.id}")
    if not any(each.is_default_shipping for each in others):
        address = replace(address, is_default_shipping=True)
    about: dict[str, Any] = {
        "id": gid("Customer", ref), "address": from_address(address), "default": address.is_default_shipping,
    }
    if address.id:
        told = client.write(_PUT_ADDRESS, is_repeatable=True, addressId=gid("MailingAddress", address.id), **about)
    else:
        told = client.write(_ADD_ADDRESS, **about)
    (payload,) = told.values()
    require_done(payload)
    return get_customer(client, ref)


def remove_address(client: ShopifyClient, ref: str, address_id: str, if_version: int) -> ShopCustomer:
    """Take an address out of the book; the oldest of the others becomes the default. NotFound, Conflict. Writes."""
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    others = [each for each in customer.addresses if each.id != address_id]
    if len(others) == len(customer.addresses):
        raise NotFound(f"address {address_id}")
    number = gid("Customer", ref)
    if others and not any(each.is_default_shipping for each in others):  # before: Shopify keeps the default one
        told = client.write(_SEAT, is_repeatable=True, id=number, addressId=gid("MailingAddress", others[0].id))
        require_done(told["customerUpdateDefaultAddress"])
    told = client.write(_REMOVE_ADDRESS, id=number, addressId=gid("MailingAddress", address_id))
    require_done(told["customerAddressDelete"])
    return get_customer(client, ref)


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def _to_customer(said: Mapping[str, Any]) -> ShopCustomer:
    default = (said["defaultAddress"] or {}).get("id", "")
    addresses = sorted(
        (to_address(each, default) for each in said["addressesV2"]["nodes"]),
        key=lambda each: (not each.is_default_shipping, len(each.id), each.id),
    )
    customer = ShopCustomer(
        ref=CustomerRef(ref_of(said["id"])), first_name=said["firstName"] or "", last_name=said["lastName"] or "",
        email=(said["defaultEmailAddress"] or {}).get("emailAddress") or "",
        phone=(said["defaultPhoneNumber"] or {}).get("phoneNumber") or "", addresses=tuple(addresses),
        locale=(said["locale"] or "")[:2], email_verified=said["verifiedEmail"],
    )
    return replace(customer, version=version_of(repr(customer)))
