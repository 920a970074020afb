"""Stage A4: what a customer wants done to an order -> what is still missing, a summary in words, and the write.

A `Draft` grows with each message until nothing is missing; then it is summed up, agreed to, written once, read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Address, Order, OrderLine, PaymentMethod, Variant, VariantRef
from bot.errors import UnknownFate
from bot.service.account import show_address
from bot.service.orders import Reader
from bot.texts.catalogue import format_money

Do = Literal["cancel", "address", "payment", "items", "return", "exchange", "home"]
DOS: tuple[str, ...] = get_args(Do)
INTENTS: Mapping[str, Do] = {
    "cancel_order": "cancel",
    "change_order": "items",
    "change_shipping_address": "address",
    "return_item": "return",
    "exchange_item": "exchange",
}
SWAPS: tuple[Do, ...] = ("items", "exchange")
PENDING = ("cancel", "address", "payment", "items")
Missing = Literal["order", "lines", "wish", "reason", "address", "method", ""]


@dataclass(frozen=True)
class Draft:
    """What is known so far. Ids are the engine's; nothing of it is done before the yes."""

    do: Do
    number: str = ""
    reason: str = ""
    lines: tuple[str, ...] = ()  # the lines that come back, or that change
    changes: Mapping[str, str] = field(default_factory=dict)  # line id -> the variant wanted instead
    method: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    version: int = 0  # of the order that was summed up
    said: str = ""  # what was said of it before its order was known
    words: Mapping[str, str] = field(default_factory=dict)  # line id -> what was said so far of what is wanted instead

    def to_json(self) -> dict[str, Any]:
        """For the half-done request in the conversation state."""
        return {**asdict(self), "lines": list(self.lines)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Draft":
        """What `to_json` made."""
        return cls(**{**data, "lines": tuple(data.get("lines", ()))})


@dataclass(frozen=True)
class Facts:
    """What the shop says about the order that a draft is for."""

    order: Order
    methods: tuple[PaymentMethod, ...]
    variants: Mapping[str, tuple[Variant, ...]]  # line id -> every variant of its product
    sellable: frozenset[str]

    @property
    def original(self) -> str:
        """The first means of payment."""
        return next((each.method_id for each in self.order.payments if each.kind == "payment"), "")

    def line(self, line_id: str) -> OrderLine:
        """The order's line with that id."""
        return next(each for each in self.order.lines if each.id == line_id)

    def variant(self, line_id: str, ref: str) -> Variant:
        """A variant of a line's product."""
        return next(each for each in self.variants[line_id] if each.ref == ref)


_PLAIN_METHODS = ("card", "paypal", "apple_pay", "google_pay", "gift_card", "credit_card", "transfer", "in_store")


def read_facts(commerce: CommerceEngine, order: Order, *, knows_account: bool = True) -> Facts:
    """The order with its customer's means of payment and, live, what each line could become.

    Who proved the order and not the account (`knows_account` false) learns of no means kept in it.
    """
    methods = commerce.list_payment_methods(order.customer_ref) if order.customer_ref and knows_account else []
    products = {each.ref: each for each in commerce.get_products([line.product_ref for line in order.lines])}
    variants = {line.id: products[line.product_ref].variants for line in order.lines if line.product_ref in products}
    refs = list(dict.fromkeys(each.ref for group in variants.values() for each in group))
    sellable = frozenset(str(each.variant_ref) for each in commerce.get_availability(refs) if each.is_sellable_online)
    return Facts(order, tuple(methods), variants, sellable)


def may(order: Order, do: Do) -> bool:
    """Whether the shop still lets it be done."""
    can = order.editable
    return {
        "cancel": can.cancel, "address": can.address, "payment": can.payment, "items": can.lines,
        "return": can.returns, "exchange": can.exchanges, "home": False,
    }[do]  # fmt: skip


def find_last_day(order: Order, days: int) -> datetime | None:
    """Until when what has arrived can be sent back; None where the shop does not say when it arrived."""
    arrived = [each.delivered_at for each in order.shipments if each.delivered_at]
    return max(arrived) + timedelta(days=days) if arrived else None


def find_missing(draft: Draft, facts: Facts) -> Missing:
    """What has to be asked next; "" when it can be summed up."""
    if draft.do == "cancel":
        return "" if draft.reason else "reason"
    if draft.do == "address":
        return "" if all(draft.address.get(part) for part in ("line1", "city", "postcode")) else "address"
    if draft.do != "payment" and not draft.lines:
        return "lines"
    if draft.do in SWAPS and any(line not in draft.changes for line in draft.lines):
        return "wish"
    return "" if draft.method else "method"


def methods_for(draft: Draft, facts: Facts) -> list[PaymentMethod]:
    """The means of payment to choose from: for a return the first one and gift cards, else the customer's own."""
    known = {each.id: each for each in facts.methods}
    original = facts.original
    first = known.get(original) or PaymentMethod(original, original)
    if draft.do == "return":
        return [first, *(each for each in facts.methods if each.kind == "gift_card" and each.id != original)]
    if draft.do == "payment":
        return [each for each in facts.methods if each.id != original and covers(each, facts.order.totals.grand_minor)]
    own = list(facts.methods) or [first]
    return [each for each in own if covers(each, difference(draft, facts))]


def covers(method: PaymentMethod, amount_minor: int) -> bool:
    """Whether a gift card has enough on it; every other means is taken to."""
    return method.balance_minor is None or method.balance_minor >= amount_minor


def difference(draft: Draft, facts: Facts) -> int:
    """What the changes cost more, in minor units; below zero when money comes back."""
    pairs = [(facts.variant(line_id, ref), facts.line(line_id)) for line_id, ref in draft.changes.items()]
    return sum((variant.price_minor - line.unit_price_minor) * pieces_of(line) for variant, line in pairs)


def pieces_of(line: OrderLine) -> int:
    """How many of a line are still the customer's."""
    return line.ordered - line.cancelled - line.returned


def refund_of(draft: Draft, facts: Facts) -> int:
    """What a return pays back, in minor units."""
    return sum(facts.line(each).unit_price_minor * pieces_of(facts.line(each)) for each in draft.lines)


# -- words -------------------------------------------------------------------------------------


def name_line(line: OrderLine) -> str:
    """A line as it is called: its title, with what tells it from its like."""
    options = ", ".join(str(value).replace("_", " ") for value in line.options.values())
    return f"{line.title} ({options})" if options else line.title


def name_variant(variant: Variant, line: OrderLine) -> str:
    """A variant by what it has other than the line, else by all of it."""
    changed = [value for name, value in variant.options.items() if line.options.get(name) != value]
    return ", ".join(str(value).replace("_", " ") for value in changed or variant.options.values())


def name_method(method: PaymentMethod, reader: Reader, currency: str) -> str:
    """A means of payment as its owner knows it."""
    if method.kind == "gift_card" and method.balance_minor is not None:
        balance = format_money(reader.language, method.balance_minor, currency)
        return reader.say("gift card ({balance} left)", balance=balance)
    if method.last_four:
        return reader.say("{brand} ending in {digits}", brand=method.brand.title(), digits=method.last_four)
    if method.kind == method.id and method.kind not in _PLAIN_METHODS:  # kept in an account that was not proved
        return reader.say("what the order was paid with")
    return {"paypal": "PayPal", "card": reader.say("card")}.get(method.kind, method.kind.replace("_", " "))


def sum_up(draft: Draft, facts: Facts, reader: Reader, *, reason: str = "") -> str:
    """The whole change in words, with the money, before the yes."""
    order = facts.order
    number = order.number.lstrip("#")

    def money(amount: int) -> str:
        return format_money(reader.language, amount, order.currency)

    method = next((each for each in methods_for(draft, facts) if each.id == draft.method), None)
    paid = name_method(method, reader, order.currency) if method else ""
    match draft.do:
        case "cancel":
            text = reader.say("I will cancel order {number}: {reason}.", number=number, reason=reason)
            if not order.payments:
                return text
            back = reader.say("{amount} goes back the way it was paid.", amount=money(order.totals.grand_minor))
            return f"{text} {back}"
        case "address":
            shown = show_address(to_address(draft, order))
            return reader.say("I will send order {number} to: {address}.", number=number, address=shown)
        case "payment":
            return reader.say(
                "I will have order {number} paid by {method}: {amount}. The first payment goes back the way it came.",
                number=number, method=paid, amount=money(order.payments[0].amount_minor),
            )  # fmt: skip
        case "return":
            items = "\n".join(f"• {name_line(facts.line(each))}" for each in draft.lines)
            return reader.say(
                "I will announce this return from order {number}:\n{items}\n{amount} goes back to: {method}.",
                number=number, items=items, amount=money(refund_of(draft, facts)), method=paid,
            )  # fmt: skip
        case _:
            return _sum_up_swap(draft, facts, reader, paid, money(abs(difference(draft, facts))))


def list_changes(draft: Draft, facts: Facts) -> str:
    """What was chosen instead of what, a line each."""
    return "\n".join(
        f"• {name_line(facts.line(line_id))} → "
        f"{', '.join(str(value).replace('_', ' ') for value in facts.variant(line_id, ref).options.values())}"
        for line_id, ref in draft.changes.items()
    )


def _sum_up_swap(draft: Draft, facts: Facts, reader: Reader, paid: str, amount: str) -> str:
    items = list_changes(draft, facts)
    lead = reader.say(
        "I will change this in order {number}:" if draft.do == "items" else "I will exchange this from order {number}:",
        number=facts.order.number.lstrip("#"),
    )
    gap = difference(draft, facts)
    if gap > 0:
        cost = reader.say("It costs {amount} more, paid by {method}.", amount=amount, method=paid)
    elif gap < 0:
        cost = reader.say("{amount} goes back to: {method}.", amount=amount, method=paid)
    else:
        cost = reader.say("The price stays the same.")
    return f"{lead}\n{items}\n{cost}"


# -- the write ---------------------------------------------------------------------------------


def to_address(draft: Draft, order: Order) -> Address:
    """Where the order shall go, to the person it was meant for."""
    before = order.shipping_address or Address("", "", "", "")
    given = draft.address
    return Address(
        first_name=before.first_name, last_name=before.last_name, line1=given.get("line1", ""),
        line2=given.get("line2", ""), city=given.get("city", ""), region_code=given.get("region_code", ""),
        postcode=given.get("postcode", ""), country=given.get("country") or before.country,
    )  # fmt: skip


def write(commerce: CommerceEngine, draft: Draft, facts: Facts, *, key: str) -> Order:
    """Write what was agreed to, once per key and over the version summed up, and read it back. Writes.

    A lost answer is read back, never repeated: UnknownFate only when the shop does not show the change.
    """
    try:
        return _write(commerce, draft, facts, {"idempotency_key": key, "if_version": draft.version})
    except UnknownFate:
        after = commerce.get_order(facts.order.ref)
        if has_landed(draft, after):
            return after
        raise


def _write(commerce: CommerceEngine, draft: Draft, facts: Facts, guard: Mapping[str, Any]) -> Order:
    ref = facts.order.ref
    changes = {line_id: VariantRef(variant) for line_id, variant in draft.changes.items()}
    match draft.do:
        case "cancel":
            return commerce.cancel_order(ref, reason=draft.reason, **guard)
        case "address":
            return commerce.update_order_address(ref, to_address(draft, facts.order), **guard)
        case "payment":
            return commerce.update_order_payment(ref, draft.method, **guard)
        case "items":
            return commerce.update_order_lines(ref, changes, payment_method_id=draft.method, **guard)
        case "exchange":
            return commerce.request_exchange(ref, changes, payment_method_id=draft.method, **guard)
        case _:
            pieces = {each: pieces_of(facts.line(each)) for each in draft.lines}
            return commerce.request_return(ref, pieces, refund_to=draft.method, **guard)


def has_landed(draft: Draft, order: Order) -> bool:
    """Whether the shop shows what the draft wanted."""
    match draft.do:
        case "cancel":
            return order.status == "cancelled"
        case "address":
            there, wanted = order.shipping_address, to_address(draft, order)
            return there is not None and show_address(there) == show_address(wanted)
        case "payment":
            return any(each.kind == "payment" and each.method_id == draft.method for each in order.payments)
        case "items":
            return all(line.variant_ref == draft.changes.get(line.id, line.variant_ref) for line in order.lines)
        case _:
            return any(each.kind == draft.do for each in order.requests)


def with_lines(draft: Draft, line_ids: Sequence[str]) -> Draft:
    """The draft with more lines; wishes for lines that are no longer meant are dropped."""
    lines = tuple(dict.fromkeys((*draft.lines, *line_ids)))
    return replace(draft, lines=lines, changes={key: ref for key, ref in draft.changes.items() if key in lines})


def without_lines(draft: Draft, line_ids: Sequence[str]) -> Draft:
    """The draft without some lines and what was wanted instead of them."""
    lines = tuple(each for each in draft.lines if each not in line_ids)
    return replace(draft, lines=lines, changes={key: ref for key, ref in draft.changes.items() if key in lines})
