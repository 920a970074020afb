"""Customers with an account: found, read back, changed. Guests' are with their orders alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import phonenumbers

from bot.commerce.folding import fold, fold_code, fold_name
from bot.commerce.forms import require_address
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.shapes import ADDRESS, from_address, is_id, to_address, version_of
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.resolution.normalise import normalise_phone

_CHANGEABLE = {"first_name": "firstName", "last_name": "lastName", "email": "emailAddress", "phone": "phoneNumber"}
_MOST = 100  # who share a name and a postcode: more are not told apart anyway
_CUSTOMER = f"""
fragment Customer on Customer {{
  id firstName lastName emailAddress phoneNumber user {{ verified }} customFields {{ locale }}
  addresses {{ id {ADDRESS} country {{ code }} defaultShippingAddress }}
}}"""
_GET = "query($id: ID!) { customer(id: $id) { ...Customer } }" + _CUSTOMER
_FIND = """query($take: Int!, $filter: CustomerFilterParameter!) {
  customers(options: { take: $take, filter: $filter }) { items { ...Customer } }
}""" + _CUSTOMER
_UPDATE = """mutation($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { __typename ... on ErrorResult { errorCode message } }
}"""
_ADD_ADDRESS = """mutation($id: ID!, $input: CreateAddressInput!) {
  createCustomerAddress(customerId: $id, input: $input) { id } }"""
_PUT_ADDRESS = "mutation($input: UpdateAddressInput!) { updateCustomerAddress(input: $input) { id } }"
_REMOVE_ADDRESS = "mutation($id: ID!) { deleteCustomerAddress(id: $id) { success } }"


def get_customer(client: VendureClient, ref: str) -> ShopCustomer:
    """The customer with an account. NotFound."""
    said = client.read(_GET, id=ref)["customer"] if is_id(ref) else None
    if not said or not said["user"]:
        raise NotFound(f"customer {ref}")
    return _to_customer(said)


def find_customers(
    client: VendureClient, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; case, accents and the way a number is written do not matter."""
    wanted = _filter_for(email, phone, last_name, postcode)
    if not wanted:
        return []
    said = client.read(_FIND, take=_MOST, filter=wanted)["customers"]["items"]
    found = [_to_customer(each) for each in said if each["user"]]
    return [
        each for each in found
        if (not email or fold(each.email) == fold(email))
        and (not phone or normalise_phone(each.phone) == normalise_phone(phone))
        and (not first_name or fold_name(each.first_name, "") == fold_name(first_name, ""))
        and (not last_name or fold_name(each.last_name, "") == fold_name(last_name, ""))
        and (not postcode or fold_code(postcode) in {fold_code(home.postcode) for home in each.addresses})
    ]


def _filter_for(email: str, phone: str, last_name: str, postcode: str) -> dict[str, Any]:
    """The one value that Vendure finds fewest by; the rest is compared here."""
    if email.strip():
        return {"emailAddress": {"eq": email.strip().lower()}}
    if phone.strip():
        return {"phoneNumber": {"in": _spellings(phone)}}
    if postcode.strip():
        return {"postalCode": {"eq": postcode.strip()}}
    return {"lastName": {"contains": last_name.strip()}} if last_name.strip() else {}


def _spellings(phone: str) -> list[str]:
    """How people write the number: Vendure keeps what was typed."""
    number = normalise_phone(phone)
    if not number:
        return [phone.strip()]
    parsed = phonenumbers.parse(number)
    written = [phonenumbers.format_number(parsed, each) for each in (
        phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL
    )]
    return sorted({number, phone.strip(), *written, *(each.replace(" ", "") for each in written)})


def update_customer(client: VendureClient, ref: str, patch: Mapping[str, str], if_version: int) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    _require_version(get_customer(client, ref), if_version)
    values = {_CHANGEABLE[name]: value.strip() for name, value in patch.items()}
    unwrap(client.write(_UPDATE, input={"id": ref, **values})["updateCustomer"])
    return get_customer(client, ref)


def put_address(client: VendureClient, ref: str, address: Address, if_version: int | None) -> ShopCustomer:
    """Add an address, or replace the one with its id; a first is the default. FixInput, NotFound, Conflict. Writes."""
    address = require_address(address)
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    if address.id and address.id not in {each.id for each in customer.addresses}:
        raise NotFound(f"address {address.id}")
    if not any(each.is_default_shipping for each in customer.addresses if each.id != address.id):
        address = replace(address, is_default_shipping=True)
    values = {**from_address(address), "defaultShippingAddress": address.is_default_shipping}
    if address.id:
        client.write(_PUT_ADDRESS, input={"id": address.id, **values})
    else:
        client.write(_ADD_ADDRESS, id=ref, input=values)
    return get_customer(client, ref)


def remove_address(client: VendureClient, ref: str, address_id: str, if_version: int) -> ShopCustomer:
    """Take an address out of the book; the oldest of the others becomes the default. NotFound, Conflict. Writes."""
    customer = get_customer(client, ref)
    _require_version(customer, if_version)
    if address_id not in {each.id for each in customer.addresses}:
        raise NotFound(f"address {address_id}")
    client.write(_REMOVE_ADDRESS, id=address_id)
    after = get_customer(client, ref)
    if after.addresses and not after.addresses[0].is_default_shipping:
        client.write(_PUT_ADDRESS, input={"id": after.addresses[0].id, "defaultShippingAddress": True})
        after = get_customer(client, ref)
    return after


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def _to_customer(said: Mapping[str, Any]) -> ShopCustomer:
    addresses = sorted((to_address(each) for each in said["addresses"] or ()),
                       key=lambda each: (not each.is_default_shipping, len(each.id), each.id))
    return ShopCustomer(
        ref=CustomerRef(said["id"]), first_name=said["firstName"], last_name=said["lastName"],
        email=said["emailAddress"], phone=normalise_phone(said["phoneNumber"]) or "", addresses=tuple(addresses),
        locale=said["customFields"]["locale"] or "", email_verified=bool(said["user"]["verified"]),
        version=version_of(said),
    )
