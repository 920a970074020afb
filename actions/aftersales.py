"""An order cancelled, changed, sent back or exchanged: asked for bit by bit, summed up, agreed to.

What is to be done comes from `desk`; here a draft grows until it can be summed up; `agreed` does it after the yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from actions import account
from actions.asking import ask, button, close, person_button, plain, prepend, tell
from actions.base import Reply, Turn
from actions.orders import reader_of
from actions.own_orders import describe_contents, eligible_orders, facts_of, is_too_late, own_orders
from actions.reading import Read, absorb, read_address, read_words
from actions.which_order import find_numbers, looks_unknown, meant_orders
from bot.commerce.types import Order
from bot.contracts.messages import OutboundMessage
from bot.profile.state import Expects
from bot.service.account import find_address
from bot.service.aftersales import (
    PENDING,
    SWAPS,
    Do,
    Draft,
    Facts,
    difference,
    find_last_day,
    find_missing,
    list_changes,
    may,
    methods_for,
    name_line,
    name_method,
    sum_up,
)
from bot.service.desk.segments import source_numbers
from bot.service.desk.telling import show_variant
from bot.service.desk.wanting import find_variants
from bot.service.orders import describe_status, order_title
from bot.texts.catalogue import format_day, format_money

ASKED_BY = "request:order"
MAX_OPTIONS = 8
MOST_VARIANTS = 20
WHOLE = "all"
REFUSED_SENTENCES: Mapping[str, str] = {
    "not_pending": "This order can no longer be changed: it has left, or was changed before.",
    "not_delivered": "Only an order that has been delivered can be sent back or exchanged.",
    "requested_already": "A return or an exchange was asked for on this order already, and that can be done only once.",
    "gift_card_short": "The gift card does not have enough on it for that.",
    "several_payments": "This order was paid in several steps; how it is paid can no longer change here.",
    "same_method": "The order is paid that way already.",
    "refund_elsewhere": "The money can go back only to the first means of payment or to a gift card of yours.",
}
WHICH_SENTENCES: Mapping[Do, str] = {
    "cancel": "Which order shall I cancel?",
    "address": "Which order shall go elsewhere?",
    "payment": "Which order shall be paid another way?",
    "items": "In which order shall I change something?",
    "return": "From which order do you want to send something back?",
    "exchange": "From which order do you want to exchange something?",
}
OTHER_SWAP: Mapping[str, Do] = {"items": "exchange", "exchange": "items"}
METHOD_SENTENCES: Mapping[str, str] = {
    "return": "Where shall the money go?",
    "payment": "How shall the order be paid instead?",
}


def is_done_here(turn: Turn, do: Do) -> bool:
    """Whether the shop's policy lets the bot do it."""
    return do == "home" or do in turn.services.policy.orders.does


def start(turn: Turn, draft: Draft) -> Reply:
    """Begin one piece of work with the words of the turn; the address in the account has its own way."""
    if draft.do == "home":
        values = {**draft.address} or read_address(turn, draft) or None
        args = {"field": "address", "text": "" if values else turn.text, "entities": {}, "values": values}
        return account.begin_change(turn, args)
    if not is_done_here(turn, draft.do):
        text = turn.say("I cannot do that here myself yet: a person does it, and I pass it on with what you told me.")
        return finish(turn, text, buttons=(person_button(turn),))
    return _find_order(turn, draft)


def finish(turn: Turn, text: str, *, buttons: Sequence[Any] = (), draft: Draft | None = None) -> Reply:
    """Say how a piece of work ended, and begin the next one that waits."""
    later = [dict(each) for each in turn.state.request.get("later", ())]
    state = replace(close(turn.state), last_order=draft.number if draft and draft.number else turn.state.last_order)
    if not later:
        return tell(turn, text, buttons=buttons, state=state)
    first = Draft.from_json(later[0])
    if draft and draft.do == "address" and first.do in ("home", "address") and not first.address:
        first = replace(first, address=draft.address) if not find_address(first.said) else first
    if draft and draft.do == first.do == "cancel" and not first.reason:
        first = replace(first, reason=draft.reason)
    following = replace(turn, text=first.said, entities={}, state=replace(state, request={"later": later[1:]}))
    return prepend(_begin_waiting(following, replace(first, said="")), plain(turn, text))


def _begin_waiting(turn: Turn, draft: Draft) -> Reply:
    """What waited, with its words; what was half done goes on where it was."""
    order = next((each for each in own_orders(turn) if draft.number and each.number == draft.number), None)
    return take_order(turn, draft, order) if order and draft.do != "home" else start(turn, draft)


# -- which order -------------------------------------------------------------------------------


def _find_order(turn: Turn, draft: Draft) -> Reply:
    """The order that the words mean; every one they mean where they mean several; else the question which."""
    every = own_orders(turn)
    sources = source_numbers(turn.text, every) if draft.do == "address" else []
    named = [each for each in find_numbers(turn, every) if each not in sources]
    unknown = turn.entity("order_number")
    if not named and not sources and unknown and looks_unknown(turn, unknown, every):
        text = turn.say("I find no order {number} in your account.", number=unknown)
        return prepend(_ask_order(turn, draft, eligible_orders(turn, draft.do)), plain(turn, text))
    groups = [[each] for each in named] or meant_orders(turn, draft)
    if len(groups) == 1 and len(groups[0]) == 1:
        return take_order(turn, draft, groups[0][0])
    if len(groups) > 1 and all(len(group) == 1 for group in groups):
        return _take_first(turn, draft, [group[0] for group in groups])
    return _ask_order(turn, draft, groups[0] if groups else eligible_orders(turn, draft.do))


def _take_first(turn: Turn, draft: Draft, orders: Sequence[Order]) -> Reply:
    """The same work for several orders, one after the other."""
    rest = [replace(draft, number=each.number, said=turn.text).to_json() for each in orders[1:]]
    later = [*rest, *turn.state.request.get("later", ())]
    return take_order(replace(turn, state=replace(turn.state, request={"later": later})), draft, orders[0])


def _ask_order(turn: Turn, draft: Draft, orders: Sequence[Order]) -> Reply:
    if not orders:
        return _say_none(turn, draft.do)
    reader = reader_of(turn)
    options = [
        (order.number, f"{order_title(order, reader)} · {describe_contents(order)}") for order in orders[:MAX_OPTIONS]
    ]
    kept = replace(draft, said=f"{draft.said} {turn.text}".strip() if not turn.text.startswith("/") else draft.said)
    return ask_step(turn, kept, "order", WHICH_SENTENCES[draft.do], options=options)


def _say_none(turn: Turn, do: Do) -> Reply:
    rules = turn.services.policy.returns
    sentence = (
        "None of your orders can be changed any more: they have left, or were changed before."
        if do in PENDING
        else "None of your orders can be sent back or exchanged now."
    )
    rule = (rules.cancel if do in PENDING else rules.conditions).into(turn.language)
    buttons = (button(turn, "Show my orders", "track_order"), person_button(turn))
    return finish(turn, f"{turn.say(sentence)} {rule}", buttons=buttons)


def take_order(turn: Turn, draft: Draft, order: Order) -> Reply:
    """Go on with this order; said to be impossible where it is. What was said before the order was known counts."""
    if draft.said:
        turn = replace(turn, text=f"{draft.said} . {turn.text}" if not turn.text.startswith("/") else draft.said)
    if not may(order, draft.do) and draft.do in OTHER_SWAP and may(order, OTHER_SWAP[draft.do]):
        draft = replace(draft, do=OTHER_SWAP[draft.do])  # "swap" before it leaves is a change, afterwards an exchange
    draft = replace(draft, number=order.number, said="")
    if other := _other_work(turn, order, draft):
        return other
    if not may(order, draft.do) or is_too_late(turn, order, draft.do):
        return say_refused(turn, order, draft)
    return absorb_and_go_on(turn, draft, facts_of(turn, order))


def _other_work(turn: Turn, order: Order, draft: Draft) -> Reply | None:
    """What has not left is cancelled, what has arrived is sent back: said, and begun."""
    if draft.do == "return" and not may(order, "return") and may(order, "cancel") and is_done_here(turn, "cancel"):
        sentence, do = (
            "Order {number} has not been delivered, so there is nothing to send back: I can cancel it.",
            "cancel",
        )
    elif draft.do == "cancel" and not may(order, "cancel") and may(order, "return") and is_done_here(turn, "return"):
        sentence, do = (
            "Order {number} has been delivered and cannot be cancelled any more: its items can be sent back.",
            "return",
        )
    else:
        return None
    if is_too_late(turn, order, cast(Do, do)):
        return None
    note = plain(turn, turn.say(sentence, number=order.number.lstrip("#")))
    return prepend(take_order(turn, Draft(cast(Do, do)), order), note)


def say_refused(turn: Turn, order: Order, draft: Draft) -> Reply:
    """Why this order is past that, and what can be done instead."""
    do = draft.do
    reader = reader_of(turn)
    last = find_last_day(order, turn.services.policy.returns.days)
    if may(order, do) and last:
        day, title = format_day(turn.language, last, turn.timezone), order_title(order, reader)
        text = turn.say("{order}: the time for sending it back ended on {day}.", order=title, day=day)
        return finish(turn, text, buttons=(person_button(turn),), draft=draft)
    status = turn.say(
        "{order}: {status}.", order=order_title(order, reader), status=describe_status(order, reader).lower()
    )
    reason = (
        "requested_already"
        if order.requests and order.status != "cancelled"
        else ("not_pending" if do in PENDING else "not_delivered")
    )
    other = _other_way(turn, order, do)
    buttons = (*other, person_button(turn))
    return finish(turn, f"{status} {turn.say(REFUSED_SENTENCES[reason])}", buttons=buttons, draft=draft)


def _other_way(turn: Turn, order: Order, do: Do) -> tuple[Any, ...]:
    """What can be done instead: what has arrived is sent back, what has not left is cancelled."""
    if do in PENDING and order.editable.returns and is_done_here(turn, "return"):
        return (button(turn, "Send something back", "return_item", order_number=order.number),)
    if do not in PENDING and order.editable.cancel and is_done_here(turn, "cancel"):
        return (button(turn, "Cancel the order", "cancel_order", order_number=order.number),)
    return ()


# -- what is missing ---------------------------------------------------------------------------


def absorb_and_go_on(turn: Turn, draft: Draft, facts: Facts, step: str = "", asked_line: str = "") -> Reply:
    """The draft with what the message adds, and the next question; what of it cannot be done is said first."""
    return go_on(turn, absorb(turn, draft, facts, step, asked_line), facts)


def go_on(turn: Turn, read: Read, facts: Facts) -> Reply:
    """The next question for a draft, or its summary; what of the message cannot be done is said first."""
    if read.is_partial:
        return _say_partial(turn, read.draft)
    reply = _ask_which(turn, read, facts) if read.unsure else ask_next(turn, read.draft, facts, read.unmet)
    notes = (
        [turn.say(REFUSED_SENTENCES["refund_elsewhere"])]
        if read.is_method_refused and read.draft.do == "return"
        else []
    )
    if read.inexact and not read.unmet:
        item = facts.line(read.inexact).title
        notes.append(turn.say("{item} with everything else unchanged is not in stock. These come closest.", item=item))
    if read.unmet:
        notes.append(turn.say("I have no {item} like that in stock.", item=facts.line(read.unmet).title))
    return prepend(reply, *(plain(turn, note) for note in notes))


def _say_partial(turn: Turn, draft: Draft) -> Reply:
    """Nothing is begun: who wants all of it cancelled says so."""
    text = turn.say(
        "Single items cannot be cancelled: an order is cancelled as a whole, "
        "or its items are changed for other versions."
    )
    whole = button(turn, "Cancel the order", "cancel_order", order_number=draft.number)
    return finish(turn, text, buttons=(whole, person_button(turn)), draft=draft)


def _ask_which(turn: Turn, read: Read, facts: Facts) -> Reply:
    """Which of several things of one name."""
    lines = [facts.line(each) for each in read.unsure]
    options = [*((each.id, name_line(each)) for each in lines), (WHOLE, "All of these")]
    values = {"item": lines[0].title}
    return ask_step(
        turn,
        read.draft,
        "which",
        "Which {item} do you mean?",
        options=options,
        values=values,
        line=",".join(read.unsure),
    )


def ask_next(turn: Turn, draft: Draft, facts: Facts, unmet: str = "") -> Reply:
    """The question for what is missing; the summary when nothing is."""
    draft = _choose_the_only_method(draft, facts)
    match find_missing(draft, facts):
        case "reason":
            reasons = turn.services.policy.orders.cancel_reasons
            options = [(each.id, each.names.into(turn.language)) for each in reasons]
            sentence = "Why do you want to cancel order {number}?"
            values = {"number": draft.number.lstrip("#")}
            return ask_step(turn, draft, "reason", sentence, options=options, values=values)
        case "lines":
            options = [(line.id, name_line(line)) for line in facts.order.lines]
            whole = [(WHOLE, "All of it")] if len(options) > 1 and draft.do == "return" else []
            sentence = "Which items of order {number}?"
            values = {"number": draft.number.lstrip("#")}
            return ask_step(turn, draft, "lines", sentence, options=[*options, *whole], values=values)
        case "wish":
            return _ask_wish(turn, draft, facts)
        case "address":
            sentence = "What is the new address? Number and street, postcode and city."
            return ask_step(turn, draft, "address", sentence)
        case "method":
            return _ask_method(turn, draft, facts)
        case _:
            return ask_yes(turn, draft, facts)


def _choose_the_only_method(draft: Draft, facts: Facts) -> Draft:
    if draft.do in ("cancel", "address") or draft.method or find_missing(draft, facts) != "method":
        return draft
    methods = methods_for(draft, facts)
    return replace(draft, method=methods[0].id) if len(methods) == 1 else draft


def _ask_wish(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    line_id = next(each for each in draft.lines if each not in draft.changes)
    line, variants = facts.line(line_id), facts.variants.get(line_id, ())
    wish = read_words(draft.words.get(line_id, ""), "", line, variants)
    found = find_variants(line, wish, variants, facts.sellable) if wish.is_told else []
    others = found or [each for each in variants if each.ref in facts.sellable and each.ref != line.variant_ref]
    if not others:
        text = turn.say("There is no other {item} to be had right now.", item=line.title)
        return finish(turn, text, buttons=(person_button(turn),), draft=draft)
    currency = facts.order.currency
    named = [
        (str(each.ref), f"{show_variant(each)} · {format_money(turn.language, each.price_minor, currency)}")
        for each in sorted(others, key=lambda each: each.price_minor)
    ]
    price = format_money(turn.language, line.unit_price_minor, currency)
    return ask_step(
        turn, draft, "wish", "Which one would you like instead of {item}, {price}?", options=named[:MOST_VARIANTS],
        values={"item": name_line(line), "price": price}, line=line_id,
    )  # fmt: skip


def _ask_method(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    reader = reader_of(turn)
    methods = methods_for(draft, facts)
    if not methods and draft.do in SWAPS:
        amount = format_money(turn.language, abs(difference(draft, facts)), facts.order.currency)
        sorry = turn.say("That costs {amount} more, and none of your means of payment can take it.", amount=amount)
        return prepend(_ask_wish(turn, replace(draft, changes={}), facts), plain(turn, sorry))
    if not methods:
        text = turn.say("None of your means of payment can take that.")
        short = [each for each in facts.methods if each.kind == "gift_card"]
        if short and draft.do == "payment":
            amount = format_money(turn.language, facts.order.totals.grand_minor, facts.order.currency)
            card = name_method(short[0], reader, facts.order.currency)
            text = turn.say("That does not work: the order costs {amount}, your {card} is not enough.",
                            amount=amount, card=card)
        return finish(turn, text, buttons=(person_button(turn),), draft=draft)
    options = [(each.id, name_method(each, reader, facts.order.currency)) for each in methods]
    sentence, values = METHOD_SENTENCES.get(draft.do, ""), {}
    if not sentence:
        gap = difference(draft, facts)
        amount = format_money(turn.language, abs(gap), facts.order.currency)
        values = {"amount": amount}
        sentence = (
            "It costs {amount} more. How do you want to pay that?"
            if gap > 0
            else "{amount} comes back to you. Where shall it go?"
        )
        if not gap:
            sentence = "The price stays the same. Which means of payment shall I note for it?"
    chosen = (plain(turn, list_changes(draft, facts)),) if draft.changes else ()
    return ask_step(turn, draft, "method", sentence, options=options, values=values, before=chosen)


def ask_yes(turn: Turn, draft: Draft, facts: Facts, *before: OutboundMessage) -> Reply:
    """The summary, and the question for the yes."""
    draft = replace(draft, version=facts.order.version)
    reasons = {each.id: each.names.into(turn.language) for each in turn.services.policy.orders.cancel_reasons}
    summary = sum_up(draft, facts, reader_of(turn), reason=reasons.get(draft.reason, draft.reason))
    once = turn.services.policy.orders.once
    if once and draft.do in (*SWAPS, "return"):
        summary = f"{summary}\n{once.into(turn.language)}"
    return ask_step(
        turn, draft, "confirm", "{summary}\nIs that right?", expects="agreement", values={"summary": summary},
        before=before,
    )  # fmt: skip


def ask_step(
    turn: Turn,
    draft: Draft,
    step: str,
    sentence: str,
    *,
    expects: Expects = "detail",
    options: Sequence[tuple[str, str]] = (),
    values: Mapping[str, object] | None = None,
    line: str = "",
    before: Sequence[OutboundMessage] = (),
) -> Reply:
    """One question about a draft, which is kept with it until the answer comes."""
    later = turn.state.request.get("later", ())
    request = {"kind": "order", "step": step, "draft": draft.to_json(), "line": line, "later": list(later)}
    state = replace(turn.state, request=request, last_order=draft.number or turn.state.last_order)
    return ask(
        turn, sentence, asked_by=ASKED_BY, expects=expects, options=options, values=values, state=state, before=before
    )


def drop(turn: Turn, draft: Draft) -> Reply:
    """Leave it as it is."""
    return finish(turn, turn.say("All right. Nothing was changed."), draft=draft)
