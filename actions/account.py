"""Changing the account: a summary, an explicit yes, a code where the policy asks, the write, and what was read back."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions import identify
from actions.asking import Handler, Resume, ask, close, person_button, plain, prepend, tell
from actions.base import Reply, Turn
from actions.orders import reader_of
from actions.reading import read_address
from actions.second_step import compare_code, send_code
from bot.channels.outbox import enqueue
from bot.commerce.types import CustomerRef, ShopCustomer
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.errors import Conflict, FixInput, UnknownFate
from bot.profile.audit import write_audit
from bot.profile.conversations import verify_conversation
from bot.profile.state import Expects, OpenQuestion
from bot.service.account import (
    Change,
    complete_address,
    find_field,
    has_landed,
    read_change,
    show_new,
    show_old,
    write_change,
)
from bot.service.aftersales import Draft
from bot.service.answers import Answer, find_code, says_yes
from bot.service.desk.books import Books
from bot.service.desk.clauses import read_clauses
from bot.service.desk.telling import tell_home
from bot.service.policy import AccountField
from bot.service.verification import mask_email
from bot.texts.catalogue import format_moment

ASKED_BY = "request:change_account"
FIELDS: tuple[tuple[AccountField, str], ...] = (
    ("email", "My e-mail address"),
    ("phone", "My phone number"),
    ("name", "My name"),
    ("address", "My address"),
)
ASK_SENTENCES: Mapping[str, tuple[Expects, str]] = {
    "email": ("email", "What is your new e-mail address?"),
    "phone": ("phone", "What is your new phone number?"),
    "name": ("name", "What are your first name and last name from now on?"),
    "address": ("address", "What is the new address? Number and street, postcode and city."),
    "line1": ("address", "Which number and street?"),
    "postcode": ("postcode", "Which postcode?"),
    "city": ("text", "Which city?"),
}
SUMMARY_SENTENCES: Mapping[str, str] = {
    "email": "I will change your e-mail address from {old} to {new}. Is that right?",
    "phone": "I will change your phone number from {old} to {new}. Is that right?",
    "name": "I will change your name from {old} to {new}. Is that right?",
    "address": "I will change your delivery address from “{old}” to “{new}”. Is that right?",
}
FIRST_SENTENCES: Mapping[str, str] = {
    "phone": "I will add this phone number to your account: {new}. Is that right?",
    "address": "I will add this delivery address to your account, as your default one: “{new}”. Is that right?",
}
DONE_SENTENCES: Mapping[str, str] = {
    "email": "Done. The shop now has this e-mail address for you: {new}.",
    "phone": "Done. The shop now has this phone number for you: {new}.",
    "name": "Done. The shop now has this name for you: {new}.",
    "address": "Done. The shop now delivers to: {new}.",
}
WRONG_SENTENCES: Mapping[str, str] = {
    "email": "That does not look like an e-mail address. Please check it.",
    "phone": (
        "That is not a phone number that can exist. Please check it, with the country code if it is a foreign one."
    ),
}
CHANGES = re.compile(r"\b(?:chang|updat|modif|edit|new|add|correct|nouvel|ajout|remplac|set)", re.IGNORECASE)
AGAIN = (("again", "Send another code"),)


def begin_change(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The first step of a change; somebody unverified says who they are first (promise 5)."""
    if not turn.is_verified:
        return identify.begin(turn, "change_account", args, resume=begin_change)
    field = args.get("field", "")
    if field not in dict(FIELDS):
        return ask(
            turn,
            "What shall I change?",
            asked_by=ASKED_BY,
            expects="choice",
            options=FIELDS,
            state=replace(turn.state, request={"kind": "change_account", "step": "field"}),
        )
    told = _tell_home(turn, args) if field == "address" else ()
    if told and not CHANGES.search(str(args.get("text", ""))):
        return Reply(told, close(turn.state))
    if told:
        return prepend(begin_change(turn, {**args, "text": ""}), *told)
    if args.get("values"):
        return _go_on(turn, Change(field, args["values"], bool(args.get("adds"))), _read_customer(turn))
    return _take_value(turn, field, args.get("text", ""), args.get("entities", {}), adds=bool(args.get("adds")))


def _tell_home(turn: Turn, args: Mapping[str, Any]) -> tuple[OutboundMessage, ...]:
    """The address in the account, where the words ask for it."""
    asks = any(each.ask in ("home", "address") for each in read_clauses(str(args.get("text", ""))))
    books = Books(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))
    text = tell_home(books, reader_of(turn)) if asks else ""
    return (plain(turn, text),) if text else ()


def _read_customer(turn: Turn) -> ShopCustomer:
    return turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))


def _take_value(
    turn: Turn, field: AccountField, text: str, entities: Mapping[str, Any], *, adds: bool = False
) -> Reply:
    customer = _read_customer(turn)
    try:
        if field == "address" and (elsewhere := read_address(replace(turn, text=text), Draft("home"))):
            return _go_on(turn, Change("address", elsewhere, adds), customer)
        change = read_change(field, "" if text.startswith("/") else text, entities, customer, adds=adds)
    except FixInput:
        return prepend(_ask_value(turn, Change(field, {}, adds)), plain(turn, turn.say(WRONG_SENTENCES[field])))
    return _go_on(turn, change or Change(field, {}, adds), customer)


def _go_on(turn: Turn, change: Change, customer: ShopCustomer) -> Reply:
    if not change.values or change.missing:
        return _ask_value(turn, change)
    if has_landed(customer, change):
        text = turn.say("The shop has exactly that already. There is nothing to change.")
        return tell(turn, text, state=close(turn.state))
    return _ask_yes(turn, change, customer)


def _ask_value(turn: Turn, change: Change) -> Reply:
    part = change.missing[0] if change.values and change.missing else change.field
    expects, sentence = ASK_SENTENCES[part]
    request = {"kind": "change_account", "step": "value", "change": change.to_json()}
    return ask(turn, sentence, asked_by=ASKED_BY, expects=expects, state=replace(turn.state, request=request))


def _ask_yes(turn: Turn, change: Change, customer: ShopCustomer) -> Reply:
    old, new = show_old(change, customer), show_new(change, customer)
    sentence = SUMMARY_SENTENCES[change.field]
    if change.field in FIRST_SENTENCES and (change.adds or not old):
        sentence = FIRST_SENTENCES[change.field]
    request = {"kind": "change_account", "step": "confirm", "change": change.to_json(), "version": customer.version}
    return ask(
        turn,
        sentence,
        asked_by=ASKED_BY,
        expects="yes_no",
        values={"old": old, "new": new},
        state=replace(turn.state, request=request),
    )


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "no" and question.expects != "code":
        return _say_unchanged(turn)
    if not turn.is_verified:
        request = turn.state.request
        args = {"field": request.get("change", {}).get("field", ""), "text": "", "entities": {}}
        return identify.begin(replace(turn, entities={}, text=""), "change_account", args)
    request = turn.state.request
    match request.get("step"):
        case "field":
            return begin_change(turn, {"field": answer.option or find_field(answer.text, answer.entities) or ""})
        case "value":
            return _take_more(turn, Change.from_json(request["change"]), answer)
        case "confirm":
            return _take_yes(turn, request, answer)
        case _:
            return _take_code(turn, request, answer)


def _say_unchanged(turn: Turn) -> Reply:
    return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))


def _take_more(turn: Turn, change: Change, answer: Answer) -> Reply:
    if change.field == "address":
        elsewhere = {} if change.values else read_address(replace(turn, text=answer.text), Draft("home"))
        found = Change("address", elsewhere, change.adds) if elsewhere else complete_address(change, answer.text)
        return _go_on(turn, found, _read_customer(turn))
    return _take_value(turn, change.field, answer.text, answer.entities, adds=change.adds)


def _take_yes(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    change = Change.from_json(request["change"])
    customer = _read_customer(turn)
    if answer.kind != "yes":
        return _take_correction(turn, change, customer, answer)
    if customer.version != request["version"]:
        moved = plain(turn, turn.say("Your account was changed meanwhile. Please look again."))
        return prepend(_ask_yes(turn, change, customer), moved)
    if turn.services.policy.second_step.asks_for(change.field):
        return _send_code(turn, change, customer)
    return _write(turn, change, request["version"])


def _take_correction(turn: Turn, change: Change, customer: ShopCustomer, answer: Answer) -> Reply:
    """Neither yes nor no: another value, which is summed up in its turn, else the same question again."""
    try:
        other = read_change(change.field, answer.text, answer.entities, customer, adds=change.adds)
    except FixInput:
        other = None
    if other and change.field != "name":
        return _go_on(turn, other, customer)
    sorry = plain(turn, turn.say("Sorry, I did not understand your answer."))
    return prepend(_ask_yes(turn, change, customer), sorry)


def _send_code(turn: Turn, change: Change, customer: ShopCustomer) -> Reply:
    address = change.values["email"] if change.field == "email" else customer.email
    if not send_code(turn, purpose=f"change_{change.field}", target=change.digest(customer), address=address):
        return identify.too_many(turn)
    shown = address if change.field == "email" else mask_email(address)
    return _ask_code(
        turn,
        change,
        customer.version,
        "One more step for your safety: I have sent a code of 6 digits to {address}. What is it?",
        address=shown,
    )


def _ask_code(turn: Turn, change: Change, version: int, sentence: str, **values: str) -> Reply:
    request = {"kind": "change_account", "step": "code", "change": change.to_json(), "version": version}
    return ask(
        turn,
        sentence,
        asked_by=ASKED_BY,
        expects="code",
        values=values,
        options=AGAIN,
        state=replace(turn.state, request=request),
    )


def _take_code(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    change, version = Change.from_json(request["change"]), request["version"]
    if answer.kind == "no":
        return _say_unchanged(turn)
    customer = _read_customer(turn)
    if answer.option == "again" or says_yes(answer.text):
        return _send_code(turn, change, customer)
    code = find_code(answer.text) or find_code(answer.entity("code"))
    if not code:
        return _ask_code(turn, change, version, "The code has 6 digits. What is it?")
    target = change.digest(replace(customer, version=version))
    found = compare_code(turn, purpose=f"change_{change.field}", target=target, code=code)
    match found:
        case "ok":
            return _write(turn, change, version)
        case "wrong":
            return _ask_code(turn, change, version, "That is not the right code. Please check it and try again.")
        case "expired":
            return _ask_code(turn, change, version, "That code is no longer good. Shall I send another one?")
        case _:
            return identify.too_many(turn)


def _write(turn: Turn, change: Change, version: int) -> Reply:
    before = _read_customer(turn)
    try:
        after = write_change(turn.services.commerce, before.ref, change, if_version=version)
    except Conflict:
        moved = plain(turn, turn.say("Your account was changed meanwhile. Please look again."))
        return prepend(_ask_yes(turn, change, _read_customer(turn)), moved)
    except FixInput:
        text = turn.say("The shop does not accept that. Nothing was changed.")
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
    except UnknownFate:
        text = turn.say(
            "The shop did not confirm the change, and does not show it yet. I will not do it twice: "
            "please look again in a few minutes."
        )
        return tell(turn, text, buttons=(_look_again(turn), person_button(turn)), state=close(turn.state))
    _keep_trace(turn, change, before, after)
    if not has_landed(after, change):
        text = turn.say("The shop took the change but does not show it yet. Please look again in a few minutes.")
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
    text = turn.say(DONE_SENTENCES[change.field], new=show_old(change, after))
    if change.field == "email" and before.email:
        text += " " + turn.say("The old address has been told.")
    return tell(turn, text, state=close(turn.state))


def _look_again(turn: Turn) -> QuickReply:
    from_shop = f"{turn.services.settings.public_url.rstrip('/')}/account"
    return QuickReply(turn.say("See my account"), url=from_shop)


def _keep_trace(turn: Turn, change: Change, before: ShopCustomer, after: ShopCustomer) -> None:
    """The audit row, the identities of the new address, and the notice to the old one, together. Writes."""
    conversation = turn.conversation
    with turn.services.store.write() as connection:
        is_new = write_audit(
            connection,
            customer_id=conversation.customer_id,
            sender_id=conversation.sender_id,
            action=f"change_{change.field}",
            object_ref=f"customer:{after.ref}",
            before_version=before.version,
            after_version=after.version,
            idempotency_key=turn.key,
            now=turn.now,
        )
        if is_new and change.field == "email":
            verify_conversation(
                connection,
                conversation.sender_id,
                customer_ref=after.ref,
                by=conversation.verified_by or "code",
                until=conversation.verified_until or turn.now,
                now=turn.now,
                salt=turn.services.settings.holdout_salt,
                email=after.email,
            )
            if before.email.lower() != after.email.lower():
                _tell_old_address(turn, connection, before)


def _tell_old_address(turn: Turn, connection: Any, before: ShopCustomer) -> None:
    shop = turn.services.policy.shop
    text = turn.say(
        "On {moment}, the e-mail address of your account at {shop} was changed. "
        "If that was not you, write to {inbox} at once.",
        moment=format_moment(turn.language, turn.now, turn.timezone),
        shop=shop.name,
        inbox=shop.inbox,
    )
    enqueue(
        connection,
        idempotency_key=f"notice:email_changed:{turn.key}",
        kind="notice",
        customer_id=turn.conversation.customer_id,
        sender_id="",
        channel="email",
        address=before.email,
        purpose="service",
        payload=OutboundMessage(text, language=turn.language),
        now=turn.now,
    )


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"change_account": begin_change}
