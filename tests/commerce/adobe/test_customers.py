"""Customers of Adobe Commerce's: what is changed, and what nobody asked to change stays as it was."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.types import CustomerRef, ShopCustomer
from bot.errors import Conflict, FixInput, NotAllowed, UnknownFate
from tests.contracts.commerce import HOME
from tests.servers.adobe.server import PlayedAdobe
from tests.servers.adobe.state import Person

NEW_YORK = replace(HOME, line1="350 5th Avenue", city="New York", postcode="10118", country="US", region_code="ny")


@pytest.fixture
def person(adobe: PlayedAdobe) -> Iterator[Person]:
    shop = adobe.shop
    anouk = shop._person("Anouk", "Le Bihan", f"anouk{shop.new()}@example.com", "06 11 22 33 44")
    anouk.addresses.append({**anouk.addresses[0], "id": shop.new(), "street": ["9 rue Haute"], "postcode": "29000"})
    for each in anouk.addresses[1:]:
        del each["default_shipping"], each["default_billing"]
    yield anouk
    del shop.people[anouk.number]


def _read(engine: AdobeEngine, person: Person) -> ShopCustomer:
    return engine.get_customer(CustomerRef(str(person.number)))


def test_keeps_every_address_when_a_name_is_changed(engine: AdobeEngine, person: Person) -> None:
    before, homes = _read(engine, person), [dict(each) for each in person.addresses]
    after = engine.update_customer(before.ref, {"last_name": "Kerrien"}, if_version=before.version)
    assert (after.last_name, after.addresses, person.addresses) == ("Kerrien", before.addresses, homes)


def test_keeps_the_phone_with_the_address_that_is_billed(engine: AdobeEngine, person: Person) -> None:
    before = _read(engine, person)
    after = engine.update_customer(before.ref, {"phone": "+33 6 99 88 77 66"}, if_version=before.version)
    assert (after.phone, [each.phone for each in after.addresses]) == (
        "+33699887766", ["+33699887766", "+33611223344"])
    person.addresses.clear()
    with pytest.raises(NotAllowed, match="phone"):
        engine.update_customer(before.ref, {"phone": "+33612345678"}, if_version=_read(engine, person).version)


def test_keeps_the_other_addresses_when_one_is_added_replaced_or_removed(
    engine: AdobeEngine, person: Person
) -> None:
    before = _read(engine, person)
    added = engine.put_address(before.ref, NEW_YORK, if_version=before.version)
    assert [each.id for each in added.addresses[:2]] == [each.id for each in before.addresses]
    assert (added.addresses[2].region_code, person.addresses[2]["region_id"]) == ("NY", 43)
    assert person.addresses[2]["telephone"] == "06 11 22 33 44"
    moved = engine.put_address(before.ref, replace(added.addresses[1], line1="10 rue Haute"))
    assert [each.line1 for each in moved.addresses] == ["4 quai Sadi-Carnot", "10 rue Haute", "350 5th Avenue"]
    left = engine.remove_address(before.ref, before.addresses[0].id, if_version=moved.version)
    assert [(each.line1, each.is_default_shipping) for each in left.addresses] == [
        ("10 rue Haute", True), ("350 5th Avenue", False)]


def test_wants_a_phone_for_the_first_address_of_who_has_none(engine: AdobeEngine, person: Person) -> None:
    person.addresses.clear()
    with pytest.raises(FixInput, match="phone"):
        engine.put_address(CustomerRef(str(person.number)), HOME)
    after = engine.put_address(CustomerRef(str(person.number)), replace(HOME, phone="+33612345678"))
    assert (after.phone, after.addresses[0].is_default_shipping) == ("+33612345678", True)


def test_sends_a_new_address_once_and_says_that_its_fate_is_not_known(
    adobe: PlayedAdobe, engine: AdobeEngine, person: Person
) -> None:
    adobe.lost.append("PUT /customers/")
    with pytest.raises(UnknownFate):
        engine.put_address(CustomerRef(str(person.number)), HOME)
    assert len(person.addresses) == 3


def test_changes_nothing_over_somebody_elses_change(engine: AdobeEngine, person: Person) -> None:
    before = _read(engine, person)
    person.addresses[1]["city"] = "Quimper"
    with pytest.raises(Conflict):
        engine.put_address(before.ref, HOME, if_version=before.version)


def test_finds_nobody_by_an_ending_of_a_number_that_is_anothers(engine: AdobeEngine, person: Person) -> None:
    assert [each.ref for each in engine.find_customers(phone="0033 6 11 22 33 44")] == [str(person.number)]
    assert engine.find_customers(phone="+49 611 22 33 44") == engine.find_customers(phone="44") == []
    assert engine.find_customers(postcode="29200") == []
