"""Persons with something in every table and every file, said through the code that says it in earnest."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random

import numpy as np
import polars as pl
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.carriers.parcels import note_parcels
from bot.channels.inbox import receive
from bot.channels.outbox import enqueue, mark_all_sending, mark_sent
from bot.channels.web import history
from bot.commerce.demo import schema
from bot.commerce.demo.customers import insert_customer
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.types import Address, CustomerRef, Order, ShopCustomer, ShopEvent
from bot.console.trail import write_trail
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, SenderId
from bot.decision.crowd_basis import read_basis
from bot.decision.crowd_blocks import forget_blocks, keep_block, next_stretch
from bot.decision.plan_blocks import Block, pack_block
from bot.decision.plan_blocks import keep_block as keep_plan_block
from bot.intake.recording import Reject, record_rejects
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import keep_hints
from bot.privacy.handlers.outside import tracker_events
from bot.privacy.links import Letter, Link, send_link
from bot.profile.audit import write_audit
from bot.profile.candidate_sets import keep_sets
from bot.profile.computed import refresh_computed_traits
from bot.profile.consent import note_asked, record_consent
from bot.profile.conversations import open_conversation, verify_conversation
from bot.profile.customers import link_identity, merge_customers, resolve_identity
from bot.profile.events import Event, append_events
from bot.profile.handoffs import add_handoff
from bot.profile.photo_wishes import PhotoWish, keep_wish, lend
from bot.profile.pictures import keep_picture
from bot.profile.rate_limits import take
from bot.profile.segments.members import Change, apply_change
from bot.profile.state import ConversationState, write_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, decisions, link_reviews, parcels, waits
from bot.profile.suppressions import suppress
from bot.profile.traits import set_trait
from bot.service.policy import VerificationPart
from bot.service.verification import CodeRequest, issue_code
from bot.storefront.mailbox import Mailbox

SALT = "a-salt-for-tests-only"
_SHARED = '[{"name":"email:warm","held":["cap_week"],"value":1.0,"probability":0.0}]'  # what many decisions considered


@dataclass(frozen=True)
class Person:
    """Somebody with a word of their own in each field: `mark` stands in every one."""

    mark: str  # letters only
    phone: str

    @property
    def ref(self) -> str:
        return f"ref-{self.mark}"

    @property
    def email(self) -> str:
        return f"{self.mark}.mail@example.com"

    @property
    def sender(self) -> str:
        return f"sender-{self.mark}"

    @property
    def texts(self) -> list[str]:
        """What must be nowhere once they are erased, each as files and dumps may hold it."""
        return [self.mark, self.mark.upper(), self.mark.capitalize(), self.phone, self.phone[-9:]]


ZELDA = Person("zeldaquux", "+33639980001")
WALTER = Person("walterfrob", "+33639980002")


def settle(services: Services, person: Person) -> str:
    """Put the person everywhere; the root of their profile."""
    shop = services.commerce
    assert isinstance(shop, DemoEngine)
    order = _live_in_shop(shop, services, person)
    root = _live_in_store(services, person)
    _speak(services, person, root)
    _decide(services, person, root)
    _be_like_others(services, root)
    with services.store.write() as connection:
        note_parcels(connection, [shop.get_order(order.ref)], services.clock())
        hint = ShopEvent(f"hint-{person.mark}", "order.changed", services.clock(), order.ref, CustomerRef(person.ref))
        keep_hints(connection, [hint], services.clock())
        mine = parcels.c.tracking_number == f"TRACK{person.mark.upper()}"
        told = {"state": "in_transit", "place": f"place {person.mark}"}
        connection.execute(sa.update(parcels).where(mine).values(tracking=told))
    _leave_files(services, person)
    return root


def _live_in_shop(shop: DemoEngine, services: Services, person: Person) -> Order:
    home = Address(f"1 rue {person.mark}", "Paris", "75011", "FR", first_name=person.mark, last_name=person.mark,
                   phone=person.phone, id=f"adr-{person.mark}", is_default_shipping=True)
    customer = ShopCustomer(
        ref=CustomerRef(person.ref), first_name=person.mark.capitalize(), last_name=person.mark.upper(),
        email=person.email, phone=person.phone, addresses=(home,), locale="fr-FR", email_verified=True,
    )
    with shop.database.write() as connection:
        insert_customer(connection, customer, services.clock(), demo={"line": person.mark})
        connection.execute(sa.insert(schema.payment_methods).values(
            method_id=f"card-{person.mark}", customer_ref=person.ref, kind="credit_card", brand="visa",
            last_four="4242",
        ))
    product = next(each for each in shop.search_products(filters={"in_stock": True}, limit=50).items)
    stock = shop.get_availability([each.ref for each in product.variants])
    variant = next(each.variant_ref for each in stock if each.is_sellable_online)
    orders = []
    for _ in range(2):
        cart = shop.open_cart(CustomerRef(person.ref), idempotency_key=f"cart:{person.ref}")
        shop.set_line(cart.ref, variant, 1)
        orders.append(shop.place_order(
            cart.ref, payment=f"card-{person.mark}", shipping_address=home, email=person.email,
            idempotency_key=f"order-{person.phone}-{len(orders)}",
        ))
    shop.cancel_order(orders[1].ref, reason=f"because {person.mark}", idempotency_key=f"c-{person.phone}",
                      if_version=orders[1].version)
    shop.merchant.create_shipment(orders[0].ref)
    neighbour = next(each.id for each in shop.list_delivery_choices(orders[0].ref) if each.kind == "neighbour")
    shop.choose_delivery(orders[0].ref, neighbour, name=f"Mme {person.mark}", idempotency_key=f"n-{person.phone}",
                         if_version=shop.get_order(orders[0].ref).version)
    with shop.database.write() as connection:
        mine = schema.shipments.c.order_ref == orders[0].ref
        connection.execute(sa.update(schema.shipments).where(mine).values(
            tracking_number=f"TRACK{person.mark.upper()}", tracking_url=f"https://carrier.example/{person.mark}"
        ))
    shop.merchant.mark_delivered(orders[0].ref)
    shop.open_cart(CustomerRef(person.ref), idempotency_key=f"cart:{person.ref}")
    return orders[0]


def _live_in_store(services: Services, person: Person) -> str:
    now = services.clock()
    pull_changes(services.store, services.commerce, services.clock, salt=SALT)
    with services.store.write() as connection:
        talk = open_conversation(connection, "web", f"session-{person.mark}", now=now, salt=SALT,
                                 sender_id=person.sender)
        state = ConversationState(language="fr", style={"colours": [person.mark]}, last_order=person.mark)
        write_state(connection, talk.customer_id, state, now)
        verify_conversation(
            connection, person.sender, customer_ref=person.ref, by="code", until=now + timedelta(hours=1), now=now,
            salt=SALT, email=person.email, phone=person.phone,
        )
        browser = resolve_identity(connection, "anonymous_id", f"browser-{person.mark}", source="web",
                                   is_verified=False, now=now, salt=SALT)
        merge_customers(connection, browser, talk.customer_id, reason=f"same browser {person.mark}", now=now)
        root = resolve_identity(connection, "customer_id", person.ref, source="shop", is_verified=True, now=now,
                                salt=SALT)
        link_identity(connection, root, "loyalty_id", f"loyal-{person.mark}", source="tills", now=now)
        set_trait(connection, root, "first_name", person.mark, silo="crm", now=now)
        for channel in ("web", "email"):
            record_consent(connection, root, purpose="marketing", channel=channel, state="granted", source="chat",
                           wording=f"May we, {person.mark}?", now=now)
        note_asked(connection, root, purpose="marketing", channel="web", wording=f"May we, {person.mark}?", now=now)
        append_events(connection, [Event(
            message_id=f"event-{person.mark}", customer_id=browser, silo="web", type="track", name="Product Viewed",
            properties={"search": f"dress for {person.mark}"}, occurred_at=now, received_at=now,
        )])
        payloads = [{"who": [person.email.upper()]}, {"tel": "0" + person.phone[3:], "x": person.mark}]
        record_rejects(connection, [Reject("crm", 0, "no name", each, now) for each in payloads])
        write_audit(connection, customer_id=root, sender_id=person.sender, action="change_email",
                    object_ref=f"customer:{person.ref}", idempotency_key=f"audit-{person.phone[-1]}", now=now)
        write_trail(connection, "lea", "saw", about=f"customer:{root}", note=person.mark, now=now)
    return root


def _be_like_others(services: Services, root: str) -> None:
    """In a segment, and perhaps one person with somebody else."""
    now, segment = services.clock(), services.segments.segments["navy_lovers"]
    refresh_computed_traits(services.store, now=now)
    with services.store.write() as connection:
        apply_change(connection, segment, Change(entered=(root,)), now=now)
        somebody = resolve_identity(connection, "customer_id", "somebody-else", source="shop", is_verified=True,
                                    now=now, salt=SALT)
        left, right = sorted((root, somebody))
        connection.execute(sa.insert(link_reviews).values(
            left_id=left, right_id=right, chance=0.6, evidence={"name": "alike"}, state="waiting", proposed_at=now,
        ))


def _speak(services: Services, person: Person, root: str) -> None:
    now, store = services.clock(), services.store
    with store.write() as connection:
        message = InboundMessage(MessageId(f"m-{person.mark}"), "web", SenderId(person.sender),
                                 text=f"I am {person.mark}")
        receive(connection, message, now)
        history.append(connection, sender_id=person.sender, message_id=message.message_id, direction="in",
                       payload={"text": message.text}, now=now)
        keep_picture(connection, sender_id=person.sender, content_type="image/png", content=person.mark.encode(),
                     width_px=1, height_px=1, now=now)
        keep_wish(connection, PhotoWish(
            person.sender, f"wish-{person.mark}", {"name": f"Top for {person.mark}"}, [], "en", now, now))
        lend(connection, "whatsapp", sha256(person.mark.encode()).hexdigest(), person.sender, now)
        suppress(connection, "email", person.email.title(), scope="marketing", reason="complaint", until=None, now=now)
        connection.execute(sa.text("UPDATE inbox SET state = 'done'"))
        for kind, address in (("reply", ""), ("nudge", person.email), ("notice", "shop@example.com")):
            made = enqueue(
                connection, idempotency_key=f"{kind}-{person.mark}", kind=kind, customer_id=root,
                sender_id=person.sender if kind == "reply" else "", channel="email", address=address,
                purpose="service", payload=OutboundMessage(f"Hello {person.mark}"), now=now,
            )
            assert made
            mark_all_sending(connection, [made], now)
            mark_sent(connection, made, f"vendor-{kind}-{person.mark}", now)
        # Somebody else asked for a code to this person's address.
        enqueue(connection, idempotency_key=f"other-{person.mark}", kind="code", customer_id="", sender_id="elsewhere",
                channel="email", address=person.email, purpose="service", payload=OutboundMessage("123456"), now=now)
        add_handoff(
            connection, turn_key=f"turn-{person.mark}", reference="P-1", sender_id=person.sender, customer_id=root,
            channel="web", language="fr", about=person.mark, order_number=person.mark, email=person.email,
            summary=f"{person.mark} is angry", now=now, name=person.mark,
        )
        wanted = CodeRequest("account", person.ref, person.email, person.sender, root, f"code-{person.mark}", "en", "S")
        rules = VerificationPart(guest_orders="account", account_by=["email"], account_code=True)
        issue_code(connection, wanted, rules=rules, secret="s" * 16, rng=Random(1), now=now)
        take(connection, f"lookups:{person.sender}", limit=5, window_seconds=60, now=now)
        link = Link("export", root, "fr", wording=person.mark)
        letter = Letter(f"l-{person.mark}", "", person.email, "Your data", "Open", "https://shop.example")
        send_link(connection, link, letter, life=timedelta(hours=1), now=now)


def _decide(services: Services, person: Person, root: str) -> None:
    now = services.clock()
    with services.store.write() as connection:
        connection.execute(sa.insert(waits).values(
            trigger="cart_left", customer_id=root, subject=f"cart:{person.mark}", facts={"x": person.mark}, due_at=now,
            state="waiting", created_at=now, updated_at=now,
        ))
        connection.execute(sa.insert(decisions).values(
            customer_id=root, trigger="cart_left", subject=f"cart:{person.mark}", candidates=[{"x": person.mark}],
            chosen="", probability=1.0, decided_at=now,
        ))
        shared, = keep_sets(connection, [_SHARED], now)
        connection.execute(sa.insert(decisions).values(
            customer_id=root, trigger="winter_offers:A", subject=f"offer:{person.mark}", candidates=[],
            candidate_set=shared, chosen="", probability=1.0, decided_at=now,
        ))
        keep_plan_block(connection, pack_block(Block(
            nudge="winter_offers:A", subject=f"offer:{person.mark}", reason="", candidates=("email:warm",),
            decided_at=now, customer_ids=pl.Series([root]), held=np.array([[1]]),
        )))
        _copy_for_campaigns(connection)


def _copy_for_campaigns(connection: sa.Connection) -> None:
    """As a launch keeps it; then something changes."""
    forget_blocks(connection)
    stretch = next_stretch(connection, "", 1_000)
    assert stretch is not None
    keep_block(connection, stretch, read_basis(connection, stretch, [("marketing", "email")]))
    connection.execute(sa.update(conversations).values(language="en"))


def _leave_files(services: Services, person: Person) -> None:
    mailbox = Mailbox(services.settings.shop_database_url, services.clock)
    mailbox.keep(channel="email", sender="shop@example.com", recipient=person.email, subject=f"For {person.mark}",
                 text=f"Dear {person.mark}")
    mailbox.keep(channel="email", sender="shop@example.com", recipient="conseil@prevenant.example", subject="Asks",
                 text=f"About {person.mark}", vendor_id=f"vendor-notice-{person.mark}")
    mailbox.close()
    make_trackers(services, [(person.sender, f"I am {person.mark}")] * 3)
    services.log_folder.mkdir(parents=True, exist_ok=True)
    with (services.log_folder / "worker.log").open("a") as log:
        log.write(f'{{"event": "turn_without_reply", "sender_id": "{person.sender}"}}\n')


def make_trackers(services: Services, said: list[tuple[str, str]], at: float = 0.0) -> None:
    """Rasa's database with what was said in it."""
    store = Store(services.settings.tracker_database_url)
    with store.write() as connection:
        tracker_events.metadata.create_all(connection)  # as Rasa would: test_trackers.py compares
        for sender, text in said:
            connection.execute(sa.insert(tracker_events).values(
                sender_id=sender, type_name="user", timestamp=at or services.clock().timestamp(),
                data=json.dumps({"event": "user", "text": text}),
            ))
    store.close()
