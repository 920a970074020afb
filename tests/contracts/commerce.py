"""What every commerce engine must do: one suite, run over each engine by the test module of its folder.

A module under tests/commerce/<engine>/ subclasses `CommerceEngineContract` and gives a `stage`
fixture. See docs/engine.md.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Address,
    Cart,
    CartRef,
    CustomerRef,
    LocationRef,
    Order,
    OrderRef,
    ProductRef,
    ShopCustomer,
    Variant,
    VariantRef,
)
from bot.errors import Conflict, FixInput, InsufficientStock, NotAllowed, NotFound

HOME = Address(line1="1 rue du Contrat", city="Paris", postcode="75010", country="FR", first_name="A", last_name="B")


@dataclass(frozen=True)
class Stage:
    """A shop with something in it: what the suite cannot do through the protocol, the engine's module does here."""

    engine: CommerceEngine
    customer: CustomerRef  # has orders, a phone, an address
    other_customer: CustomerRef
    closing_customer: CustomerRef  # has orders; no other case speaks of them
    store: LocationRef
    other_store: LocationRef
    offer_code: str  # takes something off `take_variant()`
    take_variant: Callable[[], VariantRef]  # a variant that no other case uses, plenty of it everywhere
    set_stock: Callable[[VariantRef, str, int], None]  # location "web" is what gets delivered
    lose_reserved_item: Callable[[OrderRef], Any]
    deliver: Callable[[OrderRef], Any]  # the whole order reaches the customer
    send: Callable[[OrderRef], Any]  # the whole order leaves, and is on its way

    def key(self) -> str:
        """A fresh idempotency key."""
        return uuid4().hex

    def cart_with(self, variant: VariantRef, quantity: int = 1, customer: CustomerRef | None = None) -> Cart:
        """A basket with one line in it; a guest's when no customer is given."""
        cart = self.engine.open_cart(customer, idempotency_key=self.key())
        return self.engine.set_line(cart.ref, variant, quantity)

    def place(self, cart: CartRef, **values: Any) -> Order:
        """Order the basket as a guest, by card, to `HOME`, unless told otherwise."""
        given = {"payment": "card", "shipping_address": HOME, "idempotency_key": self.key(),
                 "email": "guest@example.com"}
        return self.engine.place_order(cart, **{**given, **values})

    def reserved_order(self, variant: VariantRef) -> Order:
        """An order of one piece, to be picked up at `store`."""
        cart = self.cart_with(variant)
        return self.place(cart.ref, shipping_address=None, pickup_location_ref=self.store)

    def variant(self, ref: VariantRef) -> Variant:
        """The variant behind a reference."""
        return next(each for each in self.engine.get_variant_product(ref).variants if each.ref == ref)

    def online(self, ref: VariantRef) -> int | None:
        """Pieces that can be delivered now."""
        return self.engine.get_availability([ref])[0].quantity

    def at(self, ref: VariantRef, location: LocationRef) -> int | None:
        """Pieces in one store now."""
        shelves = self.engine.get_availability([ref])[0].locations
        return next(each.quantity for each in shelves if each.location_ref == location)


class CommerceEngineContract:
    """Subclass it in a test module and give a `stage` fixture."""

    # customers
    def test_finds_nobody_when_nothing_is_given(self, stage: Stage) -> None:
        assert stage.engine.find_customers() == []

    def test_finds_nobody_when_one_value_belongs_to_another(self, stage: Stage) -> None:
        one, other = _both(stage)
        assert stage.engine.find_customers(email=one.email, phone=other.phone or "+33199000000") == []

    def test_finds_a_customer_by_email_whatever_its_case(self, stage: Stage) -> None:
        one, _ = _both(stage)
        assert [each.ref for each in stage.engine.find_customers(email=one.email.upper())] == [one.ref]

    def test_finds_a_customer_by_name_and_postcode(self, stage: Stage) -> None:
        one, _ = _both(stage)
        found = stage.engine.find_customers(
            first_name=one.first_name.upper(), last_name=one.last_name.lower(), postcode=one.addresses[0].postcode
        )
        assert one.ref in [each.ref for each in found]

    def test_raises_not_found_when_there_is_no_such_customer(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.engine.get_customer(CustomerRef("nobody"))

    def test_changes_nothing_when_the_version_is_stale(self, stage: Stage) -> None:
        before = stage.engine.get_customer(stage.customer)
        with pytest.raises(Conflict):
            stage.engine.update_customer(before.ref, {"first_name": "Zoé"}, if_version=before.version - 1)
        assert stage.engine.get_customer(before.ref) == before

    def test_refuses_a_field_that_is_not_the_customers_to_change(self, stage: Stage) -> None:
        before = stage.engine.get_customer(stage.customer)
        with pytest.raises(FixInput):
            stage.engine.update_customer(before.ref, {"version": "9"}, if_version=before.version)

    def test_refuses_an_email_that_belongs_to_another_account(self, stage: Stage) -> None:
        one, other = _both(stage)
        with pytest.raises((FixInput, Conflict)):
            stage.engine.update_customer(one.ref, {"email": other.email}, if_version=one.version)

    def test_reads_back_the_change_with_a_new_version(self, stage: Stage) -> None:
        before = stage.engine.get_customer(stage.customer)
        after = stage.engine.update_customer(before.ref, {"last_name": "Nouvelle-Née"}, if_version=before.version)
        assert after.last_name == "Nouvelle-Née" and after.version != before.version
        assert stage.engine.get_customer(before.ref) == after
        stage.engine.update_customer(before.ref, {"last_name": before.last_name}, if_version=after.version)

    def test_seats_the_new_default_address_first_when_one_is_put(self, stage: Stage) -> None:
        address = replace(HOME, line1="2 quai du Contrat", is_default_shipping=True)
        after = stage.engine.put_address(stage.other_customer, address)
        defaults = [each for each in after.addresses if each.is_default_shipping]
        assert [each.line1 for each in defaults] == ["2 quai du Contrat"]
        changed = stage.engine.put_address(after.ref, replace(defaults[0], line1="3 quai du Contrat"))
        assert len(changed.addresses) == len(after.addresses)
        assert changed.addresses[0].line1 == "3 quai du Contrat"

    def test_refuses_an_address_without_a_city(self, stage: Stage) -> None:
        with pytest.raises(FixInput):
            stage.engine.put_address(stage.other_customer, replace(HOME, city=" "))

    def test_puts_no_address_over_somebody_elses_change(self, stage: Stage) -> None:
        before = stage.engine.get_customer(stage.other_customer)
        with pytest.raises(Conflict):
            stage.engine.put_address(before.ref, HOME, if_version=before.version - 1)
        assert stage.engine.get_customer(before.ref) == before

    def test_removes_no_address_that_is_not_the_customers(self, stage: Stage) -> None:
        _require(stage, "address_remove")
        one, other = _both(stage)
        for address_id in ("no-such-address", other.addresses[0].id):
            with pytest.raises(NotFound):
                stage.engine.remove_address(one.ref, address_id, if_version=one.version)
        with pytest.raises(Conflict):
            stage.engine.remove_address(one.ref, one.addresses[0].id, if_version=one.version - 1)
        assert _both(stage) == (one, other)

    def test_seats_the_next_default_address_when_one_is_removed(self, stage: Stage) -> None:
        _require(stage, "address_remove")
        start = stage.engine.get_customer(stage.other_customer)
        added = stage.engine.put_address(start.ref, replace(HOME, line1="9 rue du Contrat", is_default_shipping=True))
        new = next(each for each in added.addresses if each.line1 == "9 rue du Contrat")
        after = stage.engine.remove_address(start.ref, new.id, if_version=added.version)
        assert {each.id for each in after.addresses} == {each.id for each in start.addresses}
        assert [each.is_default_shipping for each in after.addresses] == [True] + [False] * (len(after.addresses) - 1)
        assert after == stage.engine.get_customer(start.ref) and after.version != added.version

    # catalogue
    def test_finds_no_product_when_a_word_is_nowhere(self, stage: Stage) -> None:
        assert stage.engine.search_products("xyzzyplugh").items == ()

    def test_raises_not_found_when_there_is_no_such_product(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.engine.get_product(ProductRef("no-such-product"))
        with pytest.raises(NotFound):
            stage.engine.get_variant_product(VariantRef("no-such-variant"))
        assert stage.engine.get_products([ProductRef("no-such-product")]) == []

    def test_finds_a_product_by_its_name(self, stage: Stage) -> None:
        product = stage.engine.get_variant_product(stage.take_variant())
        for language, name in product.names.items():
            assert product.ref in [each.ref for each in stage.engine.search_products(name, language=language).items]

    def test_pages_through_everything_once(self, stage: Stage) -> None:
        seen: list[ProductRef] = []
        cursor = ""
        while True:
            page = stage.engine.search_products(limit=20, cursor=cursor)
            seen += [product.ref for product in page.items]
            cursor = page.cursor
            if not cursor:
                break
        assert len(seen) == len(set(seen)) >= 20

    def test_keeps_to_the_price_when_it_is_capped(self, stage: Stage) -> None:
        cap = stage.variant(stage.take_variant()).price_minor
        found = stage.engine.search_products(filters={"price_max_minor": cap}, limit=100).items
        assert found
        assert all(min(variant.price_minor for variant in product.variants) <= cap for product in found)

    def test_speaks_of_every_product_type_that_it_sells(self, stage: Stage) -> None:
        words = stage.engine.vocabulary()
        sold = {product.product_type for product in stage.engine.search_products(limit=1_000).items}
        assert sold == set(words["product_type"])
        assert all(names for kind in words.values() for names in kind.values())

    def test_tells_live_stock_when_it_moves(self, stage: Stage) -> None:
        variant = stage.take_variant()
        stage.set_stock(variant, "web", 0)
        told = stage.engine.get_availability([variant])[0]
        assert (told.state, told.is_sellable_online, told.quantity) == ("out_of_stock", False, 0)
        if "per_location_stock" in stage.engine.capabilities():
            stage.set_stock(variant, stage.store, 4)
            assert stage.at(variant, stage.store) == 4

    def test_tells_unknown_stock_when_the_variant_is_unknown(self, stage: Stage) -> None:
        told = stage.engine.get_availability([VariantRef("no-such-variant")])[0]
        assert (told.state, told.quantity, told.is_sellable_online) == ("unknown", None, False)

    # cart
    def test_gives_the_same_basket_when_the_key_is_the_same(self, stage: Stage) -> None:
        key = stage.key()
        assert stage.engine.open_cart(None, idempotency_key=key).ref == stage.engine.open_cart(
            None, idempotency_key=key
        ).ref
        one = stage.engine.open_cart(stage.customer, idempotency_key=stage.key())
        assert stage.engine.open_cart(stage.customer, idempotency_key=stage.key()).ref == one.ref

    def test_changes_nothing_when_a_line_is_set_twice(self, stage: Stage) -> None:
        cart = stage.engine.open_cart(None, idempotency_key=stage.key())
        variant = stage.take_variant()
        once = stage.engine.set_line(cart.ref, variant, 2, expected_version=cart.version)
        twice = stage.engine.set_line(cart.ref, variant, 2, expected_version=cart.version)
        assert (once.lines, once.version) == (twice.lines, twice.version)
        assert once.lines[0].quantity == 2

    def test_changes_nothing_when_the_basket_moved_on(self, stage: Stage) -> None:
        cart = stage.cart_with(stage.take_variant())
        with pytest.raises(Conflict):
            stage.engine.set_line(cart.ref, cart.lines[0].variant_ref, 3, expected_version=cart.version - 1)
        assert stage.engine.get_cart(cart.ref).lines[0].quantity == 1

    def test_says_how_many_are_left_when_there_are_not_enough(self, stage: Stage) -> None:
        variant = stage.take_variant()
        for place in ("web", *(each.ref for each in stage.engine.list_pickup_locations())):
            stage.set_stock(variant, place, 2)
        with pytest.raises(InsufficientStock) as caught:
            stage.cart_with(variant, 3)
        assert caught.value.available == 2

    def test_refuses_a_quantity_below_nothing(self, stage: Stage) -> None:
        cart = stage.engine.open_cart(None, idempotency_key=stage.key())
        with pytest.raises(FixInput):
            stage.engine.set_line(cart.ref, stage.take_variant(), -1)

    def test_raises_not_found_when_the_basket_or_the_variant_is_not_there(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.engine.get_cart(CartRef("no-such-cart"))
        cart = stage.engine.open_cart(None, idempotency_key=stage.key())
        with pytest.raises(NotFound):
            stage.engine.set_line(cart.ref, VariantRef("no-such-variant"), 1)

    def test_takes_a_line_out_when_its_quantity_is_nothing(self, stage: Stage) -> None:
        cart = stage.cart_with(stage.take_variant())
        emptied = stage.engine.set_line(cart.ref, cart.lines[0].variant_ref, 0)
        assert (emptied.lines, emptied.totals.grand_minor) == ((), 0)

    def test_adds_up_what_the_lines_cost(self, stage: Stage) -> None:
        cart = stage.cart_with(stage.take_variant(), 2)
        totals = cart.totals
        assert totals.items_minor == 2 * cart.lines[0].unit_price_minor == cart.lines[0].total_minor
        assert totals.grand_minor == totals.items_minor - totals.discount_minor + totals.shipping_minor

    def test_takes_an_offer_once_when_it_is_applied_twice(self, stage: Stage) -> None:
        cart = stage.cart_with(stage.take_variant())
        once = stage.engine.apply_offer(cart.ref, stage.offer_code)
        assert once.totals.grand_minor < cart.totals.grand_minor
        assert stage.engine.apply_offer(cart.ref, stage.offer_code).totals == once.totals
        assert stage.offer_code in [offer.code for offer in stage.engine.list_offers()]

    def test_raises_not_found_when_there_is_no_such_offer(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.engine.apply_offer(stage.cart_with(stage.take_variant()).ref, "NO-SUCH-OFFER")

    def test_joins_a_guests_basket_to_the_customers(self, stage: Stage) -> None:
        own = stage.cart_with(stage.take_variant(), 1, stage.other_customer)
        guest = stage.cart_with(stage.take_variant(), 2)
        joined = stage.engine.attach_customer(guest.ref, stage.other_customer)
        assert joined.ref == own.ref
        wanted = {line.variant_ref for line in (*own.lines, *guest.lines)}
        assert wanted <= {line.variant_ref for line in joined.lines}
        assert stage.engine.get_cart(guest.ref).ref == joined.ref

    def test_leaves_a_basket_with_its_customer_when_another_asks(self, stage: Stage) -> None:
        cart = stage.engine.open_cart(stage.customer, idempotency_key=stage.key())
        with pytest.raises(NotAllowed):
            stage.engine.attach_customer(cart.ref, stage.other_customer)

    # orders
    def test_places_nothing_when_the_basket_is_empty(self, stage: Stage) -> None:
        _require(stage, "place_order")
        cart = stage.engine.open_cart(None, idempotency_key=stage.key())
        with pytest.raises(NotAllowed):
            stage.place(cart.ref)

    def test_takes_nothing_when_one_line_of_two_is_short(self, stage: Stage) -> None:
        _require(stage, "place_order")
        plenty, short = stage.take_variant(), stage.take_variant()
        cart = stage.engine.set_line(stage.cart_with(plenty).ref, short, 2)
        before = stage.online(plenty)
        stage.set_stock(short, "web", 1)
        with pytest.raises(InsufficientStock):
            stage.place(cart.ref)
        assert (stage.online(plenty), stage.online(short)) == (before, 1)
        assert len(stage.engine.get_cart(cart.ref).lines) == 2

    def test_orders_once_when_the_key_is_repeated(self, stage: Stage) -> None:
        _require(stage, "place_order")
        variant, key = stage.take_variant(), stage.key()
        before = stage.online(variant)
        cart = stage.cart_with(variant, 2)
        once = stage.place(cart.ref, idempotency_key=key)
        assert stage.place(cart.ref, idempotency_key=key).ref == once.ref
        assert before is not None
        assert stage.online(variant) == before - 2
        assert (once.payment_status, once.fulfilment_status) == ("paid", "none")
        assert once.totals == cart.totals

    def test_refuses_to_order_a_basket_twice(self, stage: Stage) -> None:
        _require(stage, "place_order")
        cart = stage.cart_with(stage.take_variant())
        stage.place(cart.ref)
        with pytest.raises(NotAllowed):
            stage.place(cart.ref)
        with pytest.raises(NotAllowed):
            stage.engine.set_line(cart.ref, cart.lines[0].variant_ref, 2)

    def test_asks_for_an_address_when_nothing_is_picked_up(self, stage: Stage) -> None:
        _require(stage, "place_order")
        with pytest.raises(FixInput):
            stage.place(stage.cart_with(stage.take_variant()).ref, shipping_address=None)

    def test_asks_a_guest_for_an_email(self, stage: Stage) -> None:
        _require(stage, "place_order")
        with pytest.raises(FixInput):
            stage.place(stage.cart_with(stage.take_variant()).ref, email="")

    def test_sells_the_last_piece_once_when_two_buy_at_the_same_moment(self, stage: Stage) -> None:
        _require(stage, "place_order")
        variant = stage.take_variant()
        carts = [stage.cart_with(variant) for _ in range(4)]
        stage.set_stock(variant, "web", 1)
        with ThreadPoolExecutor(len(carts)) as pool:
            outcomes = list(pool.map(lambda cart: _outcome(lambda: stage.place(cart.ref)), carts))
        assert sorted(outcomes) == ["InsufficientStock"] * 3 + ["Order"]
        assert stage.online(variant) == 0

    def test_orders_once_when_the_same_key_comes_twice_at_the_same_moment(self, stage: Stage) -> None:
        _require(stage, "place_order")
        cart, key = stage.cart_with(stage.take_variant()), stage.key()
        with ThreadPoolExecutor(4) as pool:
            orders = list(pool.map(lambda _: stage.place(cart.ref, idempotency_key=key), range(4)))
        assert len({order.ref for order in orders}) == 1

    def test_reserves_in_the_store_when_it_is_picked_up(self, stage: Stage) -> None:
        _require(stage, "pickup")
        variant = stage.take_variant()
        online, there = stage.online(variant), stage.at(variant, stage.store)
        order = stage.reserved_order(variant)
        assert (order.delivery_kind, order.pickup_location_ref) == ("pickup", stage.store)
        assert order.fulfilment_status == "ready_for_pickup"
        assert order.totals.shipping_minor == 0
        assert there is not None
        assert (stage.online(variant), stage.at(variant, stage.store)) == (online, there - 1)

    def test_finds_no_order_without_a_proof(self, stage: Stage) -> None:
        order = stage.engine.list_orders(stage.customer).items[0]
        with pytest.raises(NotFound):
            stage.engine.find_order(order.number)

    def test_answers_a_wrong_proof_as_an_unknown_number(self, stage: Stage) -> None:
        order = stage.engine.list_orders(stage.customer).items[0]
        answers = set()
        for number, proof in (
            (order.number, {"email": "else@example.com"}), (order.number, {"postcode": "00000"}),
            (order.number, {"customer_ref": stage.other_customer}), ("NO0000000", {"email": order.email}),
            (order.number, {"email": order.email, "postcode": "00000"}),
        ):
            with pytest.raises(NotFound) as caught:
                stage.engine.find_order(number, **proof)
            answers.add(str(caught.value))
        assert len(answers) == 1

    def test_finds_an_order_by_number_and_proof_however_it_is_typed(self, stage: Stage) -> None:
        order = stage.engine.list_orders(stage.customer).items[0]
        bare = order.number.lstrip("#")
        for typed in (order.number, bare.lower(), f"#{bare}", f" {bare[:3]} {bare[3:]} "):
            assert stage.engine.find_order(typed, email=order.email.upper()).ref == order.ref
        assert stage.engine.find_order(order.number, customer_ref=stage.customer).ref == order.ref

    def test_finds_a_guests_order_by_postcode(self, stage: Stage) -> None:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        assert stage.engine.find_order(order.number, postcode="75 010").ref == order.ref

    def test_lists_the_customers_orders_newest_first_page_by_page(self, stage: Stage) -> None:
        everything = stage.engine.list_orders(stage.customer).items
        assert [order.placed_at for order in everything] == sorted(
            (order.placed_at for order in everything), reverse=True
        )
        first = stage.engine.list_orders(stage.customer, limit=1)
        second = stage.engine.list_orders(stage.customer, limit=1, cursor=first.cursor)
        assert (*first.items, *second.items) == everything[:2]
        assert all(order.native_status for order in everything)

    def test_raises_not_found_when_there_is_no_such_order(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.engine.get_order(OrderRef("no-such-order"))

    # the item that is not there
    def test_settles_nothing_when_nothing_is_missing(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order = stage.reserved_order(stage.take_variant())
        with pytest.raises(NotAllowed):
            self._settle(stage, order, "refund")

    def test_tells_that_a_reserved_piece_is_missing(self, stage: Stage) -> None:
        _require(stage, "pickup")
        cursor = _end(stage.engine)
        order = stage.reserved_order(stage.take_variant())
        stage.lose_reserved_item(order.ref)
        events, _ = stage.engine.poll_changes(cursor)
        told = next(event for event in events if event.type == "pickup.item_missing")
        assert (told.order_ref, told.location_ref) == (order.ref, stage.store)
        assert told.variant_ref == order.lines[0].variant_ref
        assert stage.at(order.lines[0].variant_ref, stage.store) == 0
        assert stage.engine.get_order(order.ref).fulfilment_status != "ready_for_pickup"
        assert stage.engine.get_order(order.ref).lines[0].is_missing

    def test_refunds_once_when_the_refund_is_repeated(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order, key = self._lost(stage), stage.key()
        settled = self._settle(stage, order, "refund", key=key)
        assert self._settle(stage, order, "refund", key=key) == settled
        assert (settled.status, settled.payment_status) == ("cancelled", "refunded")
        assert settled.totals.refunded_minor == order.totals.grand_minor

    def test_moves_the_reservation_when_another_store_is_chosen(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order = self._lost(stage)
        variant = order.lines[0].variant_ref
        before = stage.at(variant, stage.other_store)
        settled = self._settle(stage, order, "other_store", location_ref=stage.other_store)
        assert (settled.pickup_location_ref, settled.fulfilment_status) == (stage.other_store, "ready_for_pickup")
        assert before is not None
        assert stage.at(variant, stage.other_store) == before - 1
        assert not settled.lines[0].is_missing

    def test_refuses_a_store_that_has_none(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order = self._lost(stage)
        stage.set_stock(order.lines[0].variant_ref, stage.other_store, 0)
        with pytest.raises(InsufficientStock):
            self._settle(stage, order, "other_store", location_ref=stage.other_store)
        assert stage.engine.get_order(order.ref).lines[0].is_missing

    def test_hands_out_the_substitute_when_it_is_chosen(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order = self._lost(stage)
        lost = order.lines[0]
        siblings = stage.engine.get_variant_product(lost.variant_ref).variants
        substitute = next(each for each in siblings if each.ref != lost.variant_ref)
        stage.set_stock(substitute.ref, stage.store, 1)
        settled = self._settle(stage, order, "substitute", variant_ref=substitute.ref)
        assert settled.lines[0].variant_ref == substitute.ref
        assert settled.fulfilment_status == "ready_for_pickup"
        assert stage.at(substitute.ref, stage.store) == 0

    def test_settles_once_when_two_choices_come_at_the_same_moment(self, stage: Stage) -> None:
        _require(stage, "pickup")
        order = self._lost(stage)
        with ThreadPoolExecutor(2) as pool:
            refund = pool.submit(_outcome, lambda: self._settle(stage, order, "refund"))
            move = pool.submit(
                _outcome, lambda: self._settle(stage, order, "other_store", location_ref=stage.other_store)
            )
        assert sorted([refund.result(), move.result()]) == ["NotAllowed", "Order"]

    # after the sale
    def test_cancels_an_order_before_it_leaves_and_pays_it_back(self, stage: Stage) -> None:
        variant = stage.take_variant()
        before = stage.online(variant)
        order = stage.place(stage.cart_with(variant, 2).ref)
        after = self._cancel(stage, order)
        assert (after.status, after.payment_status, after.editable.cancel) == ("cancelled", "refunded", False)
        assert [(each.kind, each.amount_minor) for each in after.payments] == [
            ("payment", order.totals.grand_minor), ("refund", order.totals.grand_minor)
        ]
        assert stage.online(variant) == before

    def test_cancels_once_whatever_is_repeated(self, stage: Stage) -> None:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        key = stage.key()
        assert self._cancel(stage, order, key=key) == self._cancel(stage, order, key=key)

    def test_cancels_nothing_that_has_been_delivered(self, stage: Stage) -> None:
        order = self._delivered(stage, stage.take_variant())
        with pytest.raises(NotAllowed, match="not_pending"):
            self._cancel(stage, order)

    def test_lets_one_win_when_two_change_an_order_at_once(self, stage: Stage) -> None:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        with ThreadPoolExecutor(2) as pool:
            tries = [pool.submit(_outcome, lambda: self._cancel(stage, order)) for _ in range(2)]
        assert sorted(each.result() for each in tries) == ["Conflict", "Order"]

    def test_sends_an_order_elsewhere_before_it_leaves(self, stage: Stage) -> None:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        there = replace(HOME, line1="2 rue du Contrat", postcode="69002", city="Lyon")
        after = stage.engine.update_order_address(
            order.ref, there, idempotency_key=stage.key(), if_version=order.version
        )
        assert after.shipping_address and after.shipping_address.postcode == "69002"
        found = stage.engine.find_order(order.number, postcode="69002")
        assert found.ref == order.ref

    def test_refuses_an_address_without_a_street(self, stage: Stage) -> None:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        with pytest.raises(FixInput, match="line1"):
            stage.engine.update_order_address(
                order.ref, replace(HOME, line1=" "), idempotency_key=stage.key(), if_version=order.version
            )

    def test_swaps_a_line_for_another_option_and_settles_the_difference(self, stage: Stage) -> None:
        _require(stage, "order_lines_edit")
        variant = stage.take_variant()
        order = stage.place(stage.cart_with(variant).ref)
        other = next(each for each in stage.engine.get_variant_product(variant).variants if each.ref != variant)
        stage.set_stock(other.ref, "web", 5)
        after = stage.engine.update_order_lines(
            order.ref, {order.lines[0].id: other.ref}, payment_method_id="card", idempotency_key=stage.key(),
            if_version=order.version,
        )
        difference = other.price_minor - order.lines[0].unit_price_minor
        assert after.lines[0].variant_ref == other.ref
        assert after.totals.grand_minor - order.totals.grand_minor == difference
        held = sum(each.amount_minor if each.kind == "payment" else -each.amount_minor for each in after.payments)
        assert (stage.online(other.ref), held) == (4, after.totals.grand_minor)

    def test_swaps_no_line_for_another_product(self, stage: Stage) -> None:
        _require(stage, "order_lines_edit")
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        products = stage.engine.search_products(limit=100).items
        foreign = next(each for each in products if each.ref != order.lines[0].product_ref).variants[0].ref
        with pytest.raises(NotAllowed, match="other_product"):
            stage.engine.update_order_lines(
                order.ref, {order.lines[0].id: foreign}, payment_method_id="card",
                idempotency_key=stage.key(), if_version=order.version,
            )

    def test_swaps_no_line_for_a_piece_that_is_gone(self, stage: Stage) -> None:
        _require(stage, "order_lines_edit")
        variant = stage.take_variant()
        order = stage.place(stage.cart_with(variant).ref)
        other = next(each for each in stage.engine.get_variant_product(variant).variants if each.ref != variant)
        stage.set_stock(other.ref, "web", 0)
        with pytest.raises(InsufficientStock):
            stage.engine.update_order_lines(
                order.ref, {order.lines[0].id: other.ref}, payment_method_id="card", idempotency_key=stage.key(),
                if_version=order.version,
            )

    def test_pays_an_order_by_no_means_but_the_customers_own(self, stage: Stage) -> None:
        _require(stage, "order_payment_edit")
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        with pytest.raises(NotAllowed, match="not_own_method"):
            stage.engine.update_order_payment(
                order.ref, "somebody-elses", idempotency_key=stage.key(), if_version=order.version
            )

    def test_takes_a_return_of_what_has_arrived(self, stage: Stage) -> None:
        _require(stage, "returns")
        order = self._delivered(stage, stage.take_variant())
        after = self._return(stage, order, {order.lines[0].id: 1})
        assert [(each.kind, each.pieces, each.method_id) for each in after.requests] == [
            ("return", {order.lines[0].id: 1}, "card")
        ]

    def test_takes_no_return_of_what_has_not_arrived(self, stage: Stage) -> None:
        _require(stage, "returns")
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        with pytest.raises(NotAllowed, match="not_delivered"):
            self._return(stage, order, {order.lines[0].id: 1})

    def test_takes_back_no_more_pieces_than_were_sent(self, stage: Stage) -> None:
        _require(stage, "returns")
        order = self._delivered(stage, stage.take_variant())
        with pytest.raises(FixInput):
            self._return(stage, order, {order.lines[0].id: 2})

    def test_pays_a_return_back_nowhere_but_where_it_came_from_or_a_gift_card(self, stage: Stage) -> None:
        _require(stage, "returns")
        order = self._delivered(stage, stage.take_variant())
        with pytest.raises(NotAllowed, match="refund_elsewhere"):
            self._return(stage, order, {order.lines[0].id: 1}, refund_to="paypal")

    def test_exchanges_what_has_arrived_and_keeps_the_new_piece_aside(self, stage: Stage) -> None:
        _require(stage, "exchanges")
        variant = stage.take_variant()
        order = self._delivered(stage, variant)
        other = next(each for each in stage.engine.get_variant_product(variant).variants if each.ref != variant)
        stage.set_stock(other.ref, "web", 5)
        after = stage.engine.request_exchange(
            order.ref, {order.lines[0].id: other.ref}, payment_method_id="card", idempotency_key=stage.key(),
            if_version=order.version,
        )
        assert after.requests[0].variants == {order.lines[0].id: other.ref}
        assert (stage.online(other.ref), after.lines[0].variant_ref) == (4, variant)

    # the end of an account
    def test_closes_no_account_that_is_not_there(self, stage: Stage) -> None:
        _require(stage, "close_account")
        with pytest.raises(NotFound):
            stage.engine.close_account(CustomerRef("nobody"), idempotency_key=stage.key())

    def test_forgets_a_guest_and_nobody_else(self, stage: Stage) -> None:
        _require(stage, "forget_guest")
        guest, other = "Guest.One@example.com", "guest.two@example.com"
        mine, theirs = (
            stage.place(stage.cart_with(stage.take_variant()).ref, email=each) for each in (guest, other)
        )
        key = stage.key()
        assert stage.engine.forget_guest("nobody@example.com", idempotency_key=stage.key()) == 0
        assert stage.engine.forget_guest("", idempotency_key=stage.key()) == 0
        assert [stage.engine.forget_guest(guest.lower(), idempotency_key=key) for _ in range(2)] == [1, 0]
        after = stage.engine.get_order(mine.ref)
        assert (after.email, after.totals, bool(after.shipping_address)) == ("", mine.totals, True)  # under way
        with pytest.raises(NotFound):
            stage.engine.find_order(mine.number, email=guest)
        assert stage.engine.find_order(theirs.number, email=other).ref == theirs.ref

    def test_keeps_the_orders_without_the_person_when_the_account_is_closed(self, stage: Stage) -> None:
        _require(stage, "close_account")
        one, other = stage.engine.get_customer(stage.closing_customer), stage.engine.get_customer(stage.other_customer)
        cart = stage.cart_with(stage.take_variant(), customer=one.ref)
        under_way = stage.place(cart.ref, email=one.email)
        orders, key, cursor = _all_orders(stage.engine, one.ref), stage.key(), _end(stage.engine)
        stage.engine.close_account(one.ref, idempotency_key=key)
        stage.engine.close_account(one.ref, idempotency_key=key)
        with pytest.raises(NotFound):
            stage.engine.get_customer(one.ref)
        assert stage.engine.find_customers(email=one.email) == []
        assert stage.engine.poll_changes(cursor) == ([], cursor)
        assert under_way.ref in [each.ref for each in orders]
        for order in orders:
            after = stage.engine.get_order(order.ref)
            is_over = order.status in ("completed", "cancelled")
            assert (after.customer_ref, after.email, bool(after.shipping_address)) == (
                None, "", bool(order.shipping_address) and not is_over
            )
            assert (after.totals, [line.variant_ref for line in after.lines], after.placed_at) == (
                order.totals, [line.variant_ref for line in order.lines], order.placed_at
            )
            with pytest.raises(NotFound):
                stage.engine.find_order(order.number, email=one.email)
        stage.deliver(under_way.ref)
        after = stage.engine.get_order(under_way.ref)
        assert (after.status, after.phone, after.shipping_address) == ("completed", "", None)
        if "invoice" in stage.engine.capabilities():
            buyer = stage.engine.get_invoice(under_way.ref).buyer
            assert (buyer.name, buyer.address, buyer.email) == ("", None, "")
        assert stage.engine.get_customer(stage.other_customer) == other
        assert all(each.email for each in _all_orders(stage.engine, other.ref))
    # another delivery
    def test_offers_no_other_delivery_before_and_after_the_way(self, stage: Stage) -> None:
        _require(stage, "delivery_preferences")
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        assert stage.engine.list_delivery_choices(order.ref) == []
        with pytest.raises(NotAllowed, match="not_offered"):
            self._choose(stage, order, "anything")
        stage.deliver(order.ref)
        assert stage.engine.list_delivery_choices(order.ref) == []
        with pytest.raises(NotFound):
            stage.engine.list_delivery_choices(OrderRef("no-such-order"))

    def test_takes_a_choice_once_and_tells_it_with_the_parcel(self, stage: Stage) -> None:
        _require(stage, "delivery_preferences")
        order = self._on_its_way(stage)
        offered = stage.engine.list_delivery_choices(order.ref)
        assert {each.kind for each in offered} <= {"day", "neighbour", "pickup_point"} and offered
        for choice in offered:
            key, name = stage.key(), "Mme Lopez" if choice.kind == "neighbour" else ""
            after = self._choose(stage, order, choice.id, name=name, key=key)
            assert self._choose(stage, order, choice.id, name=name, key=key) == after
            (chosen,) = [each.chosen for each in after.shipments if each.id == choice.shipment_id]
            assert chosen == replace(choice, name=name) and stage.engine.get_order(order.ref) == after
            assert after.version > order.version
            order = after

    def test_keeps_to_a_day_that_was_asked_for(self, stage: Stage) -> None:
        _require(stage, "delivery_preferences")
        order = self._on_its_way(stage)
        days = [each for each in stage.engine.list_delivery_choices(order.ref) if each.day]
        assert [each.day for each in days] == sorted({each.day for each in days if each.day})
        after = self._choose(stage, order, days[-1].id)
        parcel = next(each for each in after.shipments if each.id == days[-1].shipment_id)
        assert parcel.eta and parcel.eta.date() == days[-1].day and parcel.eta == parcel.original_eta

    def test_changes_no_delivery_without_a_name_or_over_somebody_elses_change(self, stage: Stage) -> None:
        _require(stage, "delivery_preferences")
        order = self._on_its_way(stage)
        offered = {each.kind: each.id for each in stage.engine.list_delivery_choices(order.ref)}
        with pytest.raises(FixInput, match="name"):
            self._choose(stage, order, offered["neighbour"], name=" ")
        with pytest.raises(Conflict):
            self._choose(stage, replace(order, version=order.version - 1), offered["pickup_point"])
        assert stage.engine.get_order(order.ref) == order

    # invoices
    def test_gives_no_invoice_before_the_order_has_left(self, stage: Stage) -> None:
        _require(stage, "invoice")
        with pytest.raises(NotAllowed, match="not_yet"):
            stage.engine.get_invoice(stage.place(stage.cart_with(stage.take_variant()).ref).ref)

    def test_gives_no_invoice_of_what_was_cancelled_or_is_not_there(self, stage: Stage) -> None:
        _require(stage, "invoice")
        cancelled = self._cancel(stage, stage.place(stage.cart_with(stage.take_variant()).ref))
        with pytest.raises(NotAllowed, match="cancelled"):
            stage.engine.get_invoice(cancelled.ref)
        with pytest.raises(NotFound):
            stage.engine.get_invoice(OrderRef("no-such-order"))

    def test_gives_the_same_invoice_whenever_it_is_asked_for(self, stage: Stage) -> None:
        _require(stage, "invoice")
        one, other = (self._delivered(stage, stage.take_variant()) for _ in range(2))
        with ThreadPoolExecutor(3) as pool:
            given = list(pool.map(lambda _: stage.engine.get_invoice(one.ref), range(3)))
        assert given[0] == given[1] == given[2]
        self._return(stage, one, {one.lines[0].id: 1})
        assert stage.engine.get_invoice(one.ref) == given[0]
        assert stage.engine.get_invoice(other.ref).number != given[0].number

    def test_adds_up_what_an_invoice_says(self, stage: Stage) -> None:
        _require(stage, "invoice")
        order = self._delivered(stage, stage.take_variant())
        invoice = stage.engine.get_invoice(order.ref)
        totals = invoice.totals
        assert (invoice.order_ref, invoice.order_number, invoice.currency) == (order.ref, order.number, order.currency)
        assert totals.grand_minor == order.totals.grand_minor
        assert sum(line.total_minor for line in invoice.lines) == totals.items_minor
        assert all(line.total_minor == line.quantity * line.unit_price_minor for line in invoice.lines)
        assert sum(tax.net_minor + tax.tax_minor for tax in invoice.taxes) == totals.grand_minor
        assert invoice.seller.name and invoice.buyer.name == "A B" and invoice.buyer.address == order.shipping_address

    # events
    def test_tells_nothing_when_nothing_changed(self, stage: Stage) -> None:
        cursor = _end(stage.engine)
        assert stage.engine.poll_changes(cursor) == ([], cursor)

    def test_tells_each_change_once_in_pages(self, stage: Stage) -> None:
        cursor = _end(stage.engine)
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        whole, _ = stage.engine.poll_changes(cursor)
        paged = []
        while True:
            events, cursor = stage.engine.poll_changes(cursor, limit=1)
            if not events:
                break
            paged += events
        assert paged == whole
        assert len({event.id for event in whole}) == len(whole)
        assert order.ref in [event.order_ref for event in whole if event.type == "order.placed"]

    def _cancel(self, stage: Stage, order: Order, key: str = "") -> Order:
        return stage.engine.cancel_order(
            order.ref, reason="no longer needed", idempotency_key=key or stage.key(), if_version=order.version
        )

    def _delivered(self, stage: Stage, variant: VariantRef) -> Order:
        order = stage.place(stage.cart_with(variant).ref)
        stage.deliver(order.ref)
        return stage.engine.get_order(order.ref)

    def _on_its_way(self, stage: Stage) -> Order:
        order = stage.place(stage.cart_with(stage.take_variant()).ref)
        stage.send(order.ref)
        return stage.engine.get_order(order.ref)

    def _choose(self, stage: Stage, order: Order, choice_id: str, *, name: str = "", key: str = "") -> Order:
        return stage.engine.choose_delivery(
            order.ref, choice_id, name=name, idempotency_key=key or stage.key(), if_version=order.version
        )

    def _return(self, stage: Stage, order: Order, pieces: dict[str, int], refund_to: str = "card") -> Order:
        return stage.engine.request_return(
            order.ref, pieces, refund_to=refund_to, idempotency_key=stage.key(), if_version=order.version
        )

    def _lost(self, stage: Stage) -> Order:
        order = stage.reserved_order(stage.take_variant())
        stage.lose_reserved_item(order.ref)
        return order

    def _settle(
        self, stage: Stage, order: Order, choice: str, *, key: str = "", variant_ref: VariantRef | None = None,
        location_ref: LocationRef | None = None,
    ) -> Order:
        return stage.engine.settle_missing_pickup(
            order.ref, choice=choice, variant_ref=variant_ref, location_ref=location_ref,
            idempotency_key=key or stage.key(),
        )


def _require(stage: Stage, capability: str) -> None:
    if capability not in stage.engine.capabilities():
        pytest.skip(f"the engine has no {capability}")


def _both(stage: Stage) -> tuple[ShopCustomer, ShopCustomer]:
    return stage.engine.get_customer(stage.customer), stage.engine.get_customer(stage.other_customer)


def _outcome(call: Callable[[], object]) -> str:
    try:
        return type(call()).__name__
    except (InsufficientStock, NotAllowed, Conflict) as error:
        return type(error).__name__


def _all_orders(engine: CommerceEngine, ref: CustomerRef) -> list[Order]:
    return list(engine.list_orders(ref, limit=100).items)


def _end(engine: CommerceEngine) -> str:
    cursor = ""
    while True:
        events, cursor = engine.poll_changes(cursor)
        if not events:
            return cursor
