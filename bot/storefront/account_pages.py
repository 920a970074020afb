"""Who is signed in: the demo's one-click sign-in, the account with its orders, and the widget's token."""

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from bot.commerce.types import CustomerRef, Invoice, Order, OrderRef, ShopCustomer
from bot.errors import Conflict, NotAllowed, NotFound, Unsupported
from bot.storefront.catalogue_pages import demo_people
from bot.storefront.invoice_pages import answer_invoice
from bot.storefront.session import collector_token, widget_token
from bot.storefront.view import View, Visit, renew


def build_account_pages(view: View) -> APIRouter:
    """The routes of sign-in, account and orders."""
    router = APIRouter()
    here: Visit = Depends(view.visit)
    commerce = view.services.commerce

    @router.get("/sign-in")
    def show_sign_in(to: str = "/account", visit: Visit = here) -> Response:
        return view.page(visit, "sign_in.html", name="Sign in", people=demo_people(view), to=to)

    @router.post("/sign-in")
    def sign_in(visit: Visit = here) -> Response:
        """One click, and only in the demo: a real shop has its own way to know its customers."""
        people = {each.ref: each for each in demo_people(view)}
        person = people.get(CustomerRef(visit.form.get("customer", "")))
        if person is None:
            raise HTTPException(404)
        ref = person.ref
        bring_basket(view, visit, ref)
        session = renew(visit.session)
        visit = Visit(session=session, language=visit.language, now=visit.now, path=visit.path, form=visit.form)
        visit = visit.with_session(customer_ref=ref, cart_ref=None).with_event("Signed In", method="demo")
        return view.go(visit, visit.form.get("to", "/account"),
                       visit.say("Welcome back, {name}.", name=person.first_name))

    @router.post("/sign-out")
    def sign_out(visit: Visit = here) -> Response:
        visit = visit.with_session(customer_ref=None, cart_ref=None)
        return view.go(visit.with_session(id=renew(visit.session).id), "/", visit.say("You are signed out."))

    @router.get("/account")
    def show_account(visit: Visit = here) -> Response:
        customer = view.customer(visit)
        if customer is None:
            return view.go(visit, "/sign-in")
        return view.page(visit, "account.html", name="Account", orders=commerce.list_orders(customer.ref).items,
                         cards=commerce.list_payment_methods(customer.ref))

    @router.get("/account/orders/{ref}")
    @router.get("/orders/{ref}")
    def show_order(ref: str, visit: Visit = here) -> Response:
        """Only to whom it belongs: anybody else is told that there is none (promise 5)."""
        customer = view.customer(visit)
        if customer is None:
            return view.go(visit, f"/sign-in?to=/account/orders/{ref}" if ref.isalnum() else "/sign-in")
        order = find_own_order(view, customer, ref)
        if order is None:
            return view.page(visit, "not_found.html", name="Not found", status=404)
        fresh = commerce.get_order(OrderRef(order.ref))
        return view.page(visit, "order.html", name="Order", order=fresh, subject={"order": order.number},
                         has_invoice=find_invoice(view, order) is not None,
                         stores={each.ref: each for each in commerce.list_pickup_locations()})

    @router.get("/account/orders/{ref}/invoice")
    @router.get("/orders/{ref}/invoice")
    def show_invoice(ref: str, visit: Visit = here) -> Response:
        """Only to whom the order belongs, as the order itself."""
        customer = view.customer(visit)
        if customer is None:
            return view.go(visit, "/sign-in")
        order = find_own_order(view, customer, ref)
        invoice = find_invoice(view, order) if order else None
        if invoice is None:
            return view.page(visit, "not_found.html", name="Not found", status=404)
        return answer_invoice(view.services, invoice, visit.language)

    @router.get("/account/widget-token")
    def give_token(visit: Visit = here) -> Response:
        customer = view.customer(visit)
        if customer is None:
            return view.json(visit, None, 204)
        name = f"{customer.first_name} {customer.last_name}"
        return view.json(visit, {
            "token": widget_token(view.settings, visit.now, ref=customer.ref, email=customer.email, name=name),
            "collector_token": collector_token(view.settings, visit.now, customer.ref),
        })

    return router


def find_own_order(view: View, customer: ShopCustomer, ref: str) -> Order | None:
    """The customer's order under a number or a reference; None for anybody else's."""
    orders = view.services.commerce.list_orders(customer.ref, limit=100).items
    return next((each for each in orders if ref in (each.number, each.number.lstrip("#"), each.ref)), None)


def find_invoice(view: View, order: Order) -> Invoice | None:
    """The order's invoice; None while there is none."""
    try:
        return view.services.commerce.get_invoice(order.ref)
    except (NotAllowed, NotFound, Unsupported):
        return None


def bring_basket(view: View, visit: Visit, ref: CustomerRef) -> None:
    """What a guest had picked goes along at sign-in; a basket that is nobody's any more stays behind. Writes."""
    cart = view.cart(visit) if visit.session.customer_ref is None else None
    if cart is None or not cart.lines:
        return
    try:
        view.services.commerce.attach_customer(cart.ref, ref)
    except (NotAllowed, NotFound, Conflict):
        return
