"""An order cancelled, changed, sent back or exchanged: asked for bit by bit, summed up, agreed to, done, read back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import identify
from actions.asking import Handler, Resume, ask, button, close, person_button, plain, prepend, tell
from actions.base import Reply, Turn
from actions.orders import find_proved, reader_of
from actions.own_orders import eligible_orders, is_too_late, names_of, orders_naming, own_order, own_orders
from actions.reading import absorb
from actions.second_step import compare_code, send_code
from bot.commerce.types import Order
from bot.contracts.messages import OutboundMessage
from bot.errors import Conflict, InsufficientStock, NotAllowed, NotFound
from bot.profile.audit import write_audit
from bot.profile.state import Expects, OpenQuestion
from bot.service.aftersales import (
    INTENTS,
    PENDING,
    SWAPS,
    Do,
    Draft,
    Facts,
    find_last_day,
    find_missing,
    may,
    methods_for,
    name_line,
    name_method,
    name_variant,
    read_facts,
    sum_up,
    with_lines,
    write,
)
from bot.service.answers import Answer, find_code, says_yes, simplify
from bot.service.naming import find_mentions, find_variants, read_wish
from bot.service.naming import plain as plain_words
from bot.service.orders import describe_status, order_title
from bot.service.rules import describe_refund_time
from bot.service.verification import mask_email
from bot.texts.catalogue import format_day

ASKED_BY = "request:order"
_PAYING = re.compile(r"\b(?:pay|pays|paid|paying|payments?|paie|paiements?|payer|paye|regler|reglement)\b")
MAX_OPTIONS = 8
AGAIN = (("again", "Send another code"),)
WHOLE = "all"
DONE_SENTENCES: Mapping[Do, str] = {
    "cancel": "Done: order {number} is cancelled.",
    "address": "Done: order {number} goes to the new address.",
    "payment": "Done: order {number} is now paid the new way.",
    "items": "Done: order {number} is changed.",
    "return": "Done: the return from order {number} is announced. An e-mail tells you how to send it back.",
    "exchange": "Done: the exchange for order {number} is announced. An e-mail tells you how to send it back.",
}
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
    return do in turn.services.policy.orders.does


def serve(turn: Turn, do: Do) -> Reply:
    """Begin with what the message says; go on where it belongs to what is half done."""
    question, request = turn.state.question_at(turn.now), turn.state.request
    if question and question.asked_by == ASKED_BY and _goes_on(turn, Draft.from_json(request["draft"]), do):
        return _answer(turn, question, Answer("text", text=turn.text, entities=turn.entities))
    return begin(turn, {"do": do, "text": turn.text, "entities": dict(turn.entities)})


def _goes_on(turn: Turn, draft: Draft, do: Do) -> bool:
    """Whether a wish is the half-done one said again, with a detail or in other words."""
    same = draft.do == do or {draft.do, do} <= {"items", "payment", "address"} or {draft.do, do} <= {*SWAPS, "return"}
    return same and not _names_another_order(turn.entities, draft)


def _names_another_order(entities: Mapping[str, tuple[str, ...]], draft: Draft) -> bool:
    numbers = {number.lstrip("#").upper() for number in entities.get("order_number", ())}
    return bool(draft.number and numbers and draft.number.lstrip("#").upper() not in numbers)


def begin(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The first step; somebody unverified says who they are first (promise 5)."""
    if not turn.is_verified and find_proved(turn, turn.entity("order_number")) is None:
        return identify.begin(turn, "order_service", args)
    text = str(args.get("text", ""))
    said = replace(turn, text="" if text.startswith("/") else text, entities=_as_entities(args.get("entities", {})))
    return _find_order(said, Draft(_refine(said, args["do"])))


def _refine(turn: Turn, do: Do) -> Do:
    """A change of an order is one of how it is paid where the words say so and name nothing that is in it."""
    if do != "items" or not is_done_here(turn, "payment") or not _PAYING.search(simplify(turn.text)):
        return do
    lines = [line for order in own_orders(turn) for line in order.lines]
    return do if find_mentions(turn.text, lines, names_of(turn, lines)) else "payment"


def _as_entities(found: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) if not isinstance(values, str) else (values,) for name, values in found.items()}


# -- which order -------------------------------------------------------------------------------


def _find_order(turn: Turn, draft: Draft) -> Reply:
    number = turn.entity("order_number")
    if number:
        try:
            return _take_order(turn, draft, own_order(turn, number))
        except NotFound:
            text = turn.say("I find no order {number} in your account.", number=number)
            return prepend(_ask_order(turn, draft, eligible_orders(turn, draft.do)), plain(turn, text))
    eligible = eligible_orders(turn, draft.do)
    named = orders_naming(turn, eligible)
    if len(named or eligible) == 1:
        return _take_order(turn, draft, (named or eligible)[0])
    return _ask_order(turn, draft, named or eligible)


def _ask_order(turn: Turn, draft: Draft, orders: Sequence[Order]) -> Reply:
    if not orders:
        return _say_none(turn, draft.do)
    reader = reader_of(turn)
    options = [(order.number, f"{order_title(order, reader)} · {_contents(order)}") for order in orders[:MAX_OPTIONS]]
    return _ask(turn, draft, "order", WHICH_SENTENCES[draft.do], options=options)


def _contents(order: Order) -> str:
    titles = list(dict.fromkeys(line.title for line in order.lines))
    return ", ".join(titles[:2]) + (" …" if len(titles) > 2 else "")


def _say_none(turn: Turn, do: Do) -> Reply:
    rules = turn.services.policy.returns
    sentence = (
        "None of your orders can be changed any more: they have left, or were changed before."
        if do in PENDING
        else "None of your orders can be sent back or exchanged now."
    )
    rule = (rules.cancel if do in PENDING else rules.conditions).into(turn.language)
    buttons = (button(turn, "Show my orders", "track_order"), person_button(turn))
    return tell(turn, f"{turn.say(sentence)} {rule}", buttons=buttons, state=close(turn.state))


def _take_order(turn: Turn, draft: Draft, order: Order) -> Reply:
    if not may(order, draft.do) and draft.do in OTHER_SWAP and may(order, OTHER_SWAP[draft.do]):
        draft = replace(draft, do=OTHER_SWAP[draft.do])  # "swap" before it leaves is a change, afterwards an exchange
    if not may(order, draft.do) or is_too_late(turn, order, draft.do):
        return _say_refused(turn, order, draft.do)
    facts = read_facts(turn.services.commerce, order)
    return _absorb_and_go_on(turn, replace(draft, number=order.number), facts, "")


def _say_refused(turn: Turn, order: Order, do: Do) -> Reply:
    reader = reader_of(turn)
    last = find_last_day(order, turn.services.policy.returns.days)
    if may(order, do) and last:
        day, title = format_day(turn.language, last, turn.timezone), order_title(order, reader)
        text = turn.say("{order}: the time for sending it back ended on {day}.", order=title, day=day)
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
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
    return tell(turn, f"{status} {turn.say(REFUSED_SENTENCES[reason])}", buttons=buttons, state=close(turn.state))


def _other_way(turn: Turn, order: Order, do: Do) -> tuple[Any, ...]:
    """What can be done instead: what has arrived is sent back, what has not left is cancelled."""
    if do in PENDING and order.editable.returns and is_done_here(turn, "return"):
        return (button(turn, "Send something back", "return_item", order_number=order.number),)
    if do not in PENDING and order.editable.cancel and is_done_here(turn, "cancel"):
        return (button(turn, "Cancel the order", "cancel_order", order_number=order.number),)
    return ()


# -- what is missing ---------------------------------------------------------------------------


def _absorb_and_go_on(turn: Turn, draft: Draft, facts: Facts, step: str, asked_line: str = "") -> Reply:
    draft, unmet = absorb(turn, draft, facts, step, asked_line)
    reply = _go_on(turn, draft, facts)
    if not unmet:
        return reply
    line = name_line(facts.line(unmet))
    sorry = turn.say("I have no {item} like that in stock.", item=facts.line(unmet).title)
    return prepend(reply, plain(turn, sorry)) if line else reply


def _go_on(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    draft = _choose_the_only_method(draft, facts)
    match find_missing(draft, facts):
        case "reason":
            reasons = turn.services.policy.orders.cancel_reasons
            options = [(each.id, each.names.into(turn.language)) for each in reasons]
            return _ask(turn, draft, "reason", "Why do you want to cancel it?", options=options)
        case "lines":
            options = [(line.id, name_line(line)) for line in facts.order.lines]
            whole = [(WHOLE, "All of it")] if len(options) > 1 and draft.do == "return" else []
            return _ask(turn, draft, "lines", "Which items?", options=[*options, *whole])
        case "wish":
            return _ask_wish(turn, draft, facts)
        case "address":
            sentence = "What is the new address? Number and street, postcode and city."
            return _ask(turn, draft, "address", sentence, expects="address")
        case "method":
            return _ask_method(turn, draft, facts)
        case _:
            return _ask_yes(turn, draft, facts)


def _choose_the_only_method(draft: Draft, facts: Facts) -> Draft:
    if draft.do in ("cancel", "address") or draft.method or find_missing(draft, facts) != "method":
        return draft
    methods = methods_for(draft, facts)
    return replace(draft, method=methods[0].id) if len(methods) == 1 else draft


def _ask_wish(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    line_id = next(each for each in draft.lines if each not in draft.changes)
    line, variants = facts.line(line_id), facts.variants.get(line_id, ())
    wish = read_wish(plain_words(turn.text), line, variants)
    found = find_variants(line, wish, variants, facts.sellable) if wish.is_told else []
    others = found or [each for each in variants if each.ref in facts.sellable and each.ref != line.variant_ref]
    if not others:
        text = turn.say("There is no other {item} to be had right now.", item=line.title)
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
    options = [(str(each.ref), name_variant(each, line)) for each in others[:MAX_OPTIONS]]
    return _ask(
        turn, draft, "wish", "Which one would you like instead of {item}?", options=options,
        values={"item": name_line(line)}, line=line_id,
    )  # fmt: skip


def _ask_method(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    reader = reader_of(turn)
    methods = methods_for(draft, facts)
    if not methods:
        text = turn.say("None of your means of payment can take that.")
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
    options = [(each.id, name_method(each, reader, facts.order.currency)) for each in methods]
    sentence = METHOD_SENTENCES.get(draft.do, "By which means shall the difference be settled?")
    return _ask(turn, draft, "method", sentence, options=options)


def _ask_yes(turn: Turn, draft: Draft, facts: Facts, *before: OutboundMessage) -> Reply:
    draft = replace(draft, version=facts.order.version)
    reasons = {each.id: each.names.into(turn.language) for each in turn.services.policy.orders.cancel_reasons}
    summary = sum_up(draft, facts, reader_of(turn), reason=reasons.get(draft.reason, draft.reason))
    once = turn.services.policy.orders.once
    if once and draft.do in (*SWAPS, "return"):
        summary = f"{summary}\n{once.into(turn.language)}"
    return _ask(
        turn, draft, "confirm", "{summary}\nIs that right?", expects="yes_no", values={"summary": summary},
        before=before,
    )  # fmt: skip


def _ask(
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
    request = {"kind": "order", "step": step, "draft": draft.to_json(), "line": line}
    state = replace(turn.state, request=request)
    return ask(
        turn, sentence, asked_by=ASKED_BY, expects=expects, options=options, values=values, state=state, before=before
    )


# -- answers -----------------------------------------------------------------------------------


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    request = turn.state.request
    draft, step = Draft.from_json(request["draft"]), str(request["step"])
    if answer.kind == "no" and step != "code":
        return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))
    if not turn.is_verified and find_proved(turn, draft.number) is None:
        return identify.begin(replace(turn, entities={}, text=""), "order_service", {"do": draft.do})
    if step != "address" and _names_another_order(answer.entities, draft):
        do = INTENTS.get(turn.intent, draft.do)
        return _find_order(replace(turn, entities=answer.entities), Draft(do))
    if step == "order":
        number = answer.option or answer.entity("order_number")
        said = replace(turn, entities={**answer.entities, **({"order_number": (number,)} if number else {})})
        return _find_order(said, draft)
    facts = read_facts(turn.services.commerce, own_order(turn, draft.number))
    said = replace(turn, text=answer.text, entities=answer.entities)
    match step:
        case "confirm":
            return _take_yes(said, draft, facts, answer)
        case "code":
            return _take_code(said, draft, facts, answer)
        case _:
            return _take_answer(said, draft, facts, answer, step, str(request.get("line", "")))


def _take_answer(turn: Turn, draft: Draft, facts: Facts, answer: Answer, step: str, line: str) -> Reply:
    option = answer.option
    if option and step == "reason":
        return _go_on(turn, replace(draft, reason=option), facts)
    if option and step == "method":
        return _go_on(turn, replace(draft, method=option), facts)
    if option and step == "wish":
        return _go_on(turn, replace(draft, changes={**draft.changes, line: option}), facts)
    if option and step == "lines":
        ids = [each.id for each in facts.order.lines] if option == WHOLE else [option]
        return _absorb_and_go_on(turn, with_lines(draft, ids), facts, step)
    return _absorb_and_go_on(turn, draft, facts, step, line)


def _take_yes(turn: Turn, draft: Draft, facts: Facts, answer: Answer) -> Reply:
    if answer.kind == "yes":
        return _confirm(turn, draft, facts)
    changed, _unmet = absorb(turn, draft, facts, "confirm", "")
    if changed != draft:
        return _go_on(turn, changed, facts)
    sorry = plain(turn, turn.say("Sorry, I did not understand your answer."))
    return _ask_yes(turn, draft, facts, sorry)


def _confirm(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    if facts.order.version != draft.version:
        return _say_moved(turn, draft, facts)
    asks = turn.services.policy.second_step.address
    if draft.do in ("address", "payment") and asks:
        return _send_code(turn, draft, facts)
    return _write(turn, draft, facts)


def _say_moved(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    if not may(facts.order, draft.do):
        return _say_refused(turn, facts.order, draft.do)
    moved = plain(turn, turn.say("Your order was changed meanwhile. Please look again."))
    return _ask_yes(turn, draft, facts, moved)


def _write(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    try:
        after = write(turn.services.commerce, draft, facts, key=turn.key)
    except InsufficientStock:
        gone = plain(turn, turn.say("The last piece went to somebody else just now. Nothing was changed."))
        fresh = read_facts(turn.services.commerce, own_order(turn, draft.number))
        return prepend(_go_on(turn, replace(draft, changes={}), fresh), gone)
    except Conflict:
        fresh = read_facts(turn.services.commerce, own_order(turn, draft.number))
        return _say_moved(turn, draft, fresh)
    except NotAllowed as error:
        sentence = REFUSED_SENTENCES.get(error.reason, "The shop's rules do not allow that.")
        return tell(turn, turn.say(sentence), buttons=(person_button(turn),), state=close(turn.state))
    with turn.services.store.write() as connection:
        write_audit(
            connection,
            customer_id=turn.conversation.customer_id,
            sender_id=turn.conversation.sender_id,
            action=f"order_{draft.do}",
            object_ref=str(after.ref),
            before_version=draft.version,
            after_version=after.version,
            idempotency_key=turn.key,
            now=turn.now,
        )
    text = turn.say(DONE_SENTENCES[draft.do], number=after.number.lstrip("#"))
    if draft.do in ("cancel", "return"):
        text = f"{text} {_describe_money(turn, draft, facts)}"
    buttons = (button(turn, "Show my orders", "track_order"),)
    return tell(turn, text, buttons=buttons, state=close(turn.state))


def _describe_money(turn: Turn, draft: Draft, facts: Facts) -> str:
    method = next((each for each in facts.methods if each.id == (draft.method or facts.original)), None)
    if method and method.kind == "gift_card":
        return turn.say("The gift card has the money at once.") if draft.do == "cancel" else ""
    if draft.do == "cancel":
        rules = turn.services.policy.returns
        return turn.say(
            "The money is back in {first} to {last} working days.",
            first=rules.refund_days_min,
            last=rules.refund_days_max,
        )
    return describe_refund_time(turn.services.policy, reader_of(turn))


# -- the second step ---------------------------------------------------------------------------


def _send_code(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    address = facts.order.email
    if not send_code(turn, purpose=f"order_{draft.do}", target=_digest(draft, facts), address=address):
        return identify.too_many(turn)
    sentence = "One more step for your safety: I have sent a code of 6 digits to {address}. What is it?"
    return _ask_code(turn, draft, sentence, address=mask_email(address))


def _digest(draft: Draft, facts: Facts) -> str:
    """What the code agrees to: this change of this version of this order."""
    what = ",".join(f"{name}={value}" for name, value in sorted(draft.address.items())) or draft.method
    return f"{facts.order.ref}:{draft.version}:{what}"[:200]


def _ask_code(turn: Turn, draft: Draft, sentence: str, **values: object) -> Reply:
    return _ask(turn, draft, "code", sentence, expects="code", options=AGAIN, values=values)


def _take_code(turn: Turn, draft: Draft, facts: Facts, answer: Answer) -> Reply:
    if answer.kind == "no":
        return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))
    if answer.option == "again" or says_yes(answer.text):
        return _send_code(turn, draft, facts)
    code = find_code(answer.text) or find_code(answer.entity("code"))
    if not code:
        return _ask_code(turn, draft, "The code has 6 digits. What is it?")
    found = compare_code(turn, purpose=f"order_{draft.do}", target=_digest(draft, facts), code=code)
    match found:
        case "ok":
            return _write(turn, draft, facts)
        case "wrong":
            return _ask_code(turn, draft, "That is not the right code. Please check it and try again.")
        case "expired":
            return _ask_code(turn, draft, "That code is no longer good. Shall I send another one?")
        case _:
            return identify.too_many(turn)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"order_service": begin}
