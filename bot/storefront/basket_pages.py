"""The basket and the way to a placed order; every change is absolute, and an accepted offer is told at once."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response

from bot.bootstrap import InForce
from bot.channels.web.tokens import read_session as read_widget_session
from bot.commerce.types import Address, Cart, CartRef, LocationRef, Order, VariantRef
from bot.errors import Conflict, FixInput, InsufficientStock, NotAllowed, NotFound, RetryLater, UnknownFate
from bot.nudges.withdraw import accept_offer, withdraw_for_order
from bot.profile.conversations import find_conversation
from bot.profile.state import read_state
from bot.storefront.catalogue_pages import describe
from bot.storefront.session import cart_token
from bot.storefront.view import View, Visit

_PAYMENTS = ("card", "paypal", "in_store")


def build_basket_pages(view: View) -> APIRouter:
    """The routes of basket, offers and checkout."""
    router = APIRouter()
    here: Visit = Depends(view.visit)
    commerce = view.services.commerce

    @router.get("/cart")
    def show_cart(visit: Visit = here) -> Response:
        cart = view.cart(visit)
        if cart and cart.lines:
            visit = visit.with_event("Cart Viewed", cart_id=cart.ref, currency=cart.currency, products=_lines(cart))
        return view.page(visit, "cart.html", name="Cart", offers=commerce.list_offers())

    @router.get("/cart.json")
    def read_cart(visit: Visit = here, x_prevenant_session: Annotated[str, Header()] = "") -> Response:
        cart, kept = view.cart(visit), visit.session
        if (cart is None or not cart.lines) and visit.session.customer_ref is None:
            visit, cart = adopt_chat_basket(view, visit, x_prevenant_session)
        count = sum(line.quantity for line in cart.lines) if cart else 0
        return view.json(visit, {
            "count": count, "label": visit.say("Basket, {count} items", count=count),
            "total_minor": cart.totals.grand_minor if cart else 0, "currency": cart.currency if cart else "",
            "lines": _lines(cart) if cart else [], "version": cart.version if cart else "",
            "cart_token": cart_token(view.settings, visit.now, cart.ref) if cart else "",
        }, keep=visit.session != kept)

    @router.post("/cart/lines")
    def add_line(visit: Visit = here) -> Response:
        variant_ref = VariantRef(visit.form.get("variant", ""))
        pieces = _read_number(visit.form.get("quantity", "1"))
        if not variant_ref:
            return view.go(visit, visit.form.get("back", "/products"), "Please choose a size first.")
        visit, cart = open_cart(view, visit)
        held = sum(line.quantity for line in cart.lines if line.variant_ref == variant_ref)
        return change_line(view, visit, cart, variant_ref, held + max(pieces, 1), added=max(pieces, 1))

    @router.post("/cart/quantity")
    def set_line(visit: Visit = here) -> Response:
        cart = view.cart(visit)
        if cart is None:
            return view.go(visit, "/cart")
        variant_ref = VariantRef(visit.form.get("variant", ""))
        held = sum(line.quantity for line in cart.lines if line.variant_ref == variant_ref)
        wanted = _read_number(visit.form.get("quantity", "0"))
        return change_line(view, visit, cart, variant_ref, wanted, added=wanted - held)

    @router.post("/cart/offers")
    def use_offer(visit: Visit = here) -> Response:
        return take_offer(view, visit, visit.form.get("code", ""))

    @router.get("/offers/{code}/accept")
    def show_offer(code: str, visit: Visit = here) -> Response:
        """A link of an e-mail: mail scanners follow those, so a person has to press the button."""
        offer = next((each for each in commerce.list_offers() if each.code == code.upper()), None)
        if offer is None:
            return view.page(visit, "not_found.html", name="Not found", status=404)
        return view.page(visit, "offer.html", name="Offer", offer=offer, subject={"offer": offer.code})

    @router.post("/offers/{code}/accept")
    def accept(code: str, visit: Visit = here) -> Response:
        return take_offer(view, visit, code)

    @router.get("/checkout")
    def show_checkout(visit: Visit = here) -> Response:
        cart = view.cart(visit)
        if cart is None or not cart.lines:
            return view.go(visit, "/cart")
        visit = visit.with_event("Checkout Started", cart_id=cart.ref, currency=cart.currency, products=_lines(cart),
                                 value=cart.totals.grand_minor / 100)
        return _checkout(view, visit, {}, "")

    @router.post("/checkout")
    def place_order(visit: Visit = here) -> Response:
        cart = view.cart(visit)
        if cart is None or not cart.lines:
            return view.go(visit, "/cart")
        try:
            order = _place(view, visit, cart)
        except InsufficientStock as error:
            return _checkout(view, visit, visit.form, visit.say(
                "Only {count} are left of one of your items. Please adjust your basket.", count=error.available))
        except FixInput as error:
            return _checkout(view, visit, visit.form, visit.say("Please check this field: {field}",
                                                                field=visit.say(_LABELS.get(error.field, error.field))))
        except (NotAllowed, NotFound, Conflict) as error:
            return _checkout(view, visit, visit.form, visit.say(_WHY_NOT.get(getattr(error, "reason", ""), _CHANGED)))
        except (RetryLater, UnknownFate):
            return _checkout(view, visit, visit.form, visit.say(_UNCONFIRMED), attempt=visit.form.get("attempt", ""))
        return _thank(view, visit, order)

    return router


_CHANGED = "Your basket changed meanwhile. Please look again."
_UNCONFIRMED = "The shop has not confirmed your order yet. You may press again: nothing is ordered twice."
_WHY_NOT = {
    "payment_not_offered": "This shop does not take this way to pay. Please choose another.",
    "no_pickup": "Orders cannot be picked up in this store. Please choose another, or have it delivered.",
}
_LABELS = {"email": "E-mail", "first_name": "First name", "last_name": "Last name", "line1": "Address",
           "postcode": "Postcode", "city": "City", "payment": "Payment", "pickup_location_ref": "Store"}


def open_cart(view: View, visit: Visit) -> tuple[Visit, Cart]:
    """The visit's basket, made when there is none. Writes."""
    cart = view.cart(visit)
    if cart is None:
        ref = visit.session.customer_ref
        cart = view.services.commerce.open_cart(ref, idempotency_key=f"page:{uuid4().hex}")
    return (visit if visit.session.customer_ref else visit.with_session(cart_ref=cart.ref)), cart


def adopt_chat_basket(view: View, visit: Visit, session: str) -> tuple[Visit, Cart | None]:
    """What a guest picked in the chat of this browser is the page's basket too; a customer's stays theirs."""
    try:
        address = read_widget_session(view.settings, session, visit.now)
    except NotAllowed:
        return visit, view.cart(visit)
    with view.services.store.read() as connection:
        conversation = find_conversation(connection, "web", address)
        ref = read_state(connection, conversation.customer_id).cart_ref if conversation else ""
    if not ref:
        return visit, view.cart(visit)
    adopted = visit.with_session(cart_ref=CartRef(ref))
    cart = view.cart(adopted)
    return (adopted, cart) if cart else (visit, view.cart(visit))


def change_line(view: View, visit: Visit, cart: Cart, variant_ref: VariantRef, quantity: int, added: int) -> Response:
    """Set a line and go to the basket with what happened. Writes."""
    commerce = view.services.commerce
    try:
        after = commerce.set_line(cart.ref, variant_ref, max(quantity, 0))
        product = commerce.get_variant_product(variant_ref)
    except InsufficientStock as error:
        back = visit.form.get("back", "/cart")
        return view.go(visit, back, visit.say("Only {count} are available.", count=error.available))
    except (NotFound, FixInput, NotAllowed, Conflict):
        return view.go(visit, "/cart", visit.say("Your basket changed meanwhile. Please look again."))
    variant = next(each for each in product.variants if each.ref == variant_ref)
    if added:
        name = "Product Added" if added > 0 else "Product Removed"
        visit = visit.with_event(name, cart_id=after.ref, **describe(product, variant, visit.language, abs(added)))
    said = "Added to your basket." if added > 0 else "Your basket is up to date."
    return view.go(visit, visit.form.get("back", "/cart") if added > 0 else "/cart", visit.say(said))


def take_offer(view: View, visit: Visit, code: str) -> Response:
    """Apply an offer and take the person off the list of its others, before answering (promise 3). Writes."""
    offer = next((each for each in view.services.commerce.list_offers() if each.code == code.strip().upper()), None)
    if offer is None:
        return view.go(visit, "/cart", visit.say("This code is not known, or no longer valid."))
    visit, cart = open_cart(view, visit)
    try:
        view.services.commerce.apply_offer(cart.ref, offer.code)
        said = visit.say("The offer {code} is in your basket.", code=offer.code)
    except (NotAllowed, NotFound, Conflict):
        return view.go(visit, "/cart", visit.say("This offer does not apply to what is in your basket."))
    person = view.person(visit)
    if person is not None:
        accept_offer(view.services, person, offer.code)
    return view.go(visit.with_event("Coupon Applied", coupon_id=offer.code, cart_id=cart.ref), "/cart", said)


def _place(view: View, visit: Visit, cart: Cart) -> Order:
    form = visit.form
    is_pickup = form.get("delivery") == "pickup"
    if form.get("payment") not in _PAYMENTS or (form["payment"] == "in_store" and not is_pickup):
        raise FixInput("payment", "is not one that this shop takes")
    place = LocationRef(form.get("store", "")) if is_pickup else None
    known = [each.ref for each in view.services.commerce.list_pickup_locations()]
    if place is not None and place not in known:
        raise FixInput("pickup_location_ref", "is not a store")
    return view.services.commerce.place_order(
        cart.ref, payment=form["payment"], shipping_address=None if is_pickup else _read_address(view, visit),
        pickup_location_ref=place, email=form.get("email", "").strip(),
        idempotency_key=f"checkout:{cart.ref}:{form.get('attempt', '')[:40]}",
    )


def _read_address(view: View, visit: Visit) -> Address:
    customer = view.customer(visit)
    known = customer.addresses if customer else ()
    kept = next((each for each in known if each.id == visit.form.get("address")), None)
    if kept is not None:
        return kept
    values = {name: visit.form.get(name, "").strip() for name in
              ("first_name", "last_name", "line1", "line2", "postcode", "city", "phone")}
    for name in ("first_name", "last_name", "line1", "postcode", "city"):
        if not values[name]:
            raise FixInput(name, "must not be empty")
    return Address(
        country="FR", first_name=values["first_name"], last_name=values["last_name"], line1=values["line1"],
        line2=values["line2"], postcode=values["postcode"], city=values["city"], phone=values["phone"],
    )


def _thank(view: View, visit: Visit, order: Order) -> Response:
    person = view.person(visit)
    if person is not None:
        withdraw_for_order(InForce(view.services).read(), person)
    visit = visit.with_event(
        "Order Completed", order_id=order.number, currency=order.currency, total=order.totals.grand_minor / 100,
        revenue=order.totals.items_minor / 100, shipping=order.totals.shipping_minor / 100,
        discount=order.totals.discount_minor / 100,
        products=[{"product_id": each.product_ref, "variant_id": each.variant_ref, "sku": each.sku,
                   "quantity": each.ordered, "price": each.unit_price_minor / 100} for each in order.lines],
    ).with_session(cart_ref=None)
    return view.page(visit, "thanks.html", name="Order placed", order=order, subject={"order": order.number},
                     stores={each.ref: each for each in view.services.commerce.list_pickup_locations()})


def _checkout(view: View, visit: Visit, form: Any, problem: str, *, attempt: str = "") -> Response:
    """`attempt` is the former try's where its fate is not known: the same key orders once."""
    return view.page(
        visit, "checkout.html", name="Checkout", form=form, problem=problem, attempt=attempt or uuid4().hex,
        stores=view.services.commerce.list_pickup_locations(), status=400 if problem else 200,
    )


def _lines(cart: Cart) -> list[dict[str, Any]]:
    return [{"product_id": line.product_ref, "variant_id": line.variant_ref, "quantity": line.quantity,
             "price": line.unit_price_minor / 100} for line in cart.lines]


def _read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
