"""The demo's own two pages: the mailbox, and a back office to make things happen. Closed outside the demo."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.bootstrap import InForce
from bot.channels.outbox import SECRET_KINDS
from bot.commerce.types import Order, OrderRef, VariantRef
from bot.contracts.messages import Language
from bot.decision.explain import explain_outbox_reason
from bot.errors import FixConfiguration, FixInput, NotAllowed, NotFound
from bot.intake.shop_changes import find_open_returns
from bot.nudges.campaign import launch_campaign
from bot.profile.store.tables import identities, outbox, waits
from bot.storefront.catalogue_pages import demo_engine
from bot.storefront.mailbox import Mailbox
from bot.storefront.view import View, Visit

_CAMPAIGN = "winter_offers"
_SHOWN = 60
_MOST_SMS_CHARACTERS = 1_600


@dataclass(frozen=True)
class Leaving:
    """One row of the outbox as the mailbox page shows it."""

    channel: str
    kind: str
    nudge: str
    about: str
    text: str
    state: str
    reason: str
    created_at: datetime
    not_before: datetime
    who: str


def build_demo_pages(view: View, mailbox: Mailbox) -> APIRouter:
    """The routes under `/demo`, for the demo alone."""
    router = APIRouter(prefix="/demo")
    here: Visit = Depends(view.visit)

    @router.get("/mailbox")
    def show_mailbox(visit: Visit = here) -> Response:
        return view.page(visit, "mailbox.html", name="Mailbox", category="Demo", letters=mailbox.read(),
                         leaving=read_outbox(view, visit.language))

    @router.post("/sms", include_in_schema=False)
    async def receive_sms(request: Request) -> Response:
        """A stand-in for the vendor of text messages: the same call, the same key, an id back."""
        _require_key(view, request)
        body = await request.json()
        if not isinstance(body, dict) or not isinstance(body.get("to"), str) or not isinstance(body.get("text"), str):
            return JSONResponse({"error": "to and text must be strings"}, 422)
        if len(body["text"]) > _MOST_SMS_CHARACTERS:
            return JSONResponse({"error": "text is too long"}, 422)
        message_id = await run_in_threadpool(
            mailbox.keep, channel="sms", sender=str(body.get("from") or "Prévenant"), recipient=body["to"], subject="",
            text=body["text"])
        return JSONResponse({"id": message_id, "message_id": message_id, "status": "accepted"}, 202)

    @router.get("/backoffice")
    def show_back_office(visit: Visit = here) -> Response:
        every = list_orders(view)
        orders = [each for each in every if each[1].status not in ("completed", "cancelled")]
        return view.page(visit, "backoffice.html", name="Back office", category="Demo", campaign=_CAMPAIGN,
                         parcels=[each for each in orders if each[1].shipments and each[1].delivery_kind == "ship"],
                         reserved=[each for each in orders if each[1].fulfilment_status == "ready_for_pickup"],
                         coming_back=[each for each in every if find_open_returns(each[1])],
                         stores=view.services.commerce.list_pickup_locations())

    @router.post("/backoffice/{action}")
    def act(action: str, visit: Visit = here) -> Response:
        demo_engine(view)
        chosen = _ACTIONS.get(action)
        if chosen is None:
            raise HTTPException(404)
        try:
            said = chosen(view, visit)
        except (NotFound, NotAllowed, FixInput, FixConfiguration) as error:
            said = visit.say("That could not be done: {reason}", reason=str(error))
        return view.go(visit, "/demo/backoffice", said)

    return router


def list_orders(view: View) -> list[tuple[str, Order]]:
    """The demo customers' latest orders, each with its customer's first name."""
    engine = demo_engine(view)
    return [
        (str(person["first_name"]), order)
        for person in engine.list_demo_customers()
        for order in engine.list_orders(person["ref"], limit=20).items
    ]


def read_outbox(view: View, language: Language) -> list[Leaving]:
    """What left or stayed, newest first, with the reason of each that was withdrawn or held."""
    with view.services.store.read() as connection:
        rows = connection.execute(
            sa.select(outbox).where(outbox.c.kind != "reply").order_by(outbox.c.outbox_id.desc()).limit(_SHOWN)
        ).all()
        refs = sa.select(identities.c.customer_id, identities.c.value).where(
            identities.c.kind == "customer_id", identities.c.customer_id.in_([row.customer_id for row in rows])
        )
        who: dict[str, str] = dict(connection.execute(refs).all())
    return [
        Leaving(row.channel, row.kind, row.nudge, row.about, _preview(row), row.state,
                explain_outbox_reason(row.reason, language) if row.reason else "",
                row.created_at, row.not_before, who.get(row.customer_id, ""))
        for row in rows
    ]


def _preview(row: Any) -> str:
    # A code or link is for its receiver: it stands in the letter, not in this list.
    return "••••••" if row.kind in SECRET_KINDS else str(row.payload.get("text", ""))


def _require_key(view: View, request: Request) -> None:
    demo_engine(view)
    key = view.settings.sms_key or view.settings.internal_secret
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise HTTPException(401)


def _delay(view: View, visit: Visit) -> str:
    order = demo_engine(view).merchant.delay_shipment(OrderRef(visit.form.get("order", "")))
    return visit.say("The parcel of order {number} is now late.", number=order.number)


def _lose(view: View, visit: Visit) -> str:
    order = demo_engine(view).merchant.lose_reserved_item(OrderRef(visit.form.get("order", "")))
    return visit.say("An item of order {number} is gone from its store.", number=order.number)


def _receive(view: View, visit: Visit) -> str:
    order = demo_engine(view).merchant.receive_return(OrderRef(visit.form.get("order", "")))
    return visit.say("What came back of order {number} has arrived.", number=order.number)


def _set_stock(view: View, visit: Visit) -> str:
    pieces = visit.form.get("quantity", "")
    if not (pieces.isascii() and pieces.isdigit() and len(pieces) < 5):
        raise FixInput("quantity", "must be a number")
    variant = VariantRef(visit.form.get("variant", "").strip())
    demo_engine(view).merchant.set_stock(variant, visit.form.get("place", "web"), int(pieces))
    return visit.say("The stock is set.")


def _launch(view: View, visit: Visit) -> str:
    launch = launch_campaign(InForce(view.services).read(), _CAMPAIGN, visit.now)
    held = sum(sum(reasons.values()) for reasons in launch.held.values())
    return visit.say("Launched: {planned} messages wait to leave, {held} stay home.",
                     planned=launch.planned.total(), held=held)


def _shorten(view: View, visit: Visit) -> str:
    with view.services.store.write() as connection:
        waiting = connection.execute(
            sa.update(waits).where(waits.c.state == "waiting", waits.c.due_at > visit.now)
            .values(due_at=visit.now, updated_at=visit.now)
        ).rowcount
        leaving = connection.execute(
            sa.update(outbox).where(outbox.c.state == "pending", outbox.c.not_before > visit.now)
            .values(not_before=visit.now)
        ).rowcount
    return visit.say("{waits} waits and {messages} messages are due now.", waits=waiting, messages=leaving)


_ACTIONS: dict[str, Callable[[View, Visit], str]] = {
    "delay": _delay, "lose": _lose, "receive": _receive, "stock": _set_stock, "campaign": _launch, "shorten": _shorten,
}
