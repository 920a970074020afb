"""One change of the account: its summary, a yes, a code where the policy asks, the write, and what was read back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.asking import ask, close, person_button, plain, prepend, tell
from actions.audit import note_change
from actions.base import Reply, Turn
from actions.reading import read_address
from actions.second_step import AGAIN, Step, send, take
from bot.channels.outbox import enqueue
from bot.commerce.types import CustomerRef, ShopCustomer
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.errors import Conflict, FixInput, UnknownFate
from bot.profile.conversations import verify_conversation
from bot.profile.state import Expects
from bot.service.account import (
    Change,
    choose_address,
    complete_address,
    has_landed,
    next_default,
    read_change,
    show_address,
    show_new,
    show_old,
    write_change,
)
from bot.service.address_book import cut_asides, find_in_book, says_default
from bot.service.aftersales import Draft
from bot.service.answers import Answer
from bot.service.desk.agreeing import is_clear_yes
from bot.texts.catalogue import format_moment

ASKED_BY = "request:change_account"
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
BESIDE_SENTENCE = (
    "I will add this delivery address to your account: “{new}”. Your default one stays “{old}”. Is that right?"
)
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


def read_customer(turn: Turn) -> ShopCustomer:
    """The account as the shop holds it now."""
    return turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))


def take_value(turn: Turn, draft: Change, text: str, entities: Mapping[str, Any]) -> Reply:
    """The draft with the value that the words hold."""
    customer = read_customer(turn)
    field, text = draft.field, "" if text.startswith("/") else text
    try:
        if field == "address":
            text = cut_asides(text)
            if elsewhere := read_address(replace(turn, text=text), Draft("home")):
                return go_on(turn, replace(draft, values=elsewhere), customer)
        change = read_change(field, text, entities, customer)
    except FixInput:
        return prepend(_ask_value(turn, draft), plain(turn, turn.say(WRONG_SENTENCES[field])))
    return go_on(turn, replace(draft, values=change.values) if change else draft, customer)


def go_on(turn: Turn, change: Change, customer: ShopCustomer) -> Reply:
    """What is missing of a change, else its summary."""
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
    if change.act != "put":
        return _ask_yes_to_act(turn, change, customer)
    if change.field in FIRST_SENTENCES and (change.adds or not old):
        sentence = FIRST_SENTENCES[change.field]
        if change.keeps_default and old:
            sentence = BESIDE_SENTENCE
    return _ask_agreement(turn, change, customer, sentence, {"old": old, "new": new})


def _ask_yes_to_act(turn: Turn, change: Change, customer: ShopCustomer) -> Reply:
    """The summary of what is done to an address of the book."""
    values = {"old": show_old(change, customer), "new": show_new(change, customer)}
    if change.act == "default":
        sentence = "I will make “{new}” your default delivery address, instead of “{old}”. Is that right?"
        return _ask_agreement(turn, change, customer, sentence, values)
    heir = next_default(customer, change)
    sentence = "I will remove this address from your account: “{new}”. Is that right?"
    if heir:
        sentence = (
            "I will remove this address from your account: “{new}”. Your default one is then “{heir}”. Is that right?"
        )
    return _ask_agreement(turn, change, customer, sentence, {**values, "heir": show_address(heir) if heir else ""})


def _ask_agreement(
    turn: Turn, change: Change, customer: ShopCustomer, sentence: str, values: Mapping[str, str]
) -> Reply:
    request = {"kind": "change_account", "step": "confirm", "change": change.to_json(), "version": customer.version}
    state = replace(turn.state, request=request)
    return ask(turn, sentence, asked_by=ASKED_BY, expects="yes_no", values=values, state=state)


def say_unchanged(turn: Turn) -> Reply:
    """Leave everything as it is."""
    return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))


def take_more(turn: Turn, change: Change, answer: Answer) -> Reply:
    """What was asked for last."""
    if change.field == "address":
        text = cut_asides(answer.text)
        wants = says_default(answer.text) if change.adds else None
        change = change if wants is None else replace(change, keeps_default=not wants)
        elsewhere = {} if change.values else read_address(replace(turn, text=text), Draft("home"))
        found = replace(change, values=elsewhere) if elsewhere else complete_address(change, text)
        return go_on(turn, found, read_customer(turn))
    return take_value(turn, change, answer.text, answer.entities)


def take_yes(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    """The answer to the summary: a correction, or the yes, and the code where the policy asks for one."""
    change = Change.from_json(request["change"])
    customer = read_customer(turn)
    if other := _find_correction(change, customer, answer):
        return go_on(turn, other, customer)
    if answer.kind != "yes" or not is_clear_yes(answer.text):
        sorry = plain(turn, turn.say("Sorry, I did not understand your answer."))
        return prepend(_ask_yes(turn, change, customer), sorry)
    if customer.version != request["version"]:
        moved = plain(turn, turn.say("Your account was changed meanwhile. Please look again."))
        return prepend(_ask_yes(turn, change, customer), moved)
    if turn.services.policy.second_step.asks_for(change.field):
        return send(turn, _step(turn, change, customer))
    return _write(turn, change, request["version"])


def _find_correction(change: Change, customer: ShopCustomer, answer: Answer) -> Change | None:
    """The change with another value or another address of the book, where typed words name one; None for none."""
    if change.act != "put":
        others = find_in_book(answer.text, customer.addresses)
        is_other = len(others) == 1 and others[0].id != change.address_id
        return choose_address(change.act, others[0]) if is_other else None
    wants = says_default(answer.text) if change.adds else None
    if wants is not None and wants == change.keeps_default:
        return replace(change, keeps_default=not wants)
    if change.field == "name" or not answer.text:
        return None
    try:
        other = read_change(change.field, cut_asides(answer.text), answer.entities, customer)
    except FixInput:
        return None
    return replace(change, values=other.values) if other and other.values != change.values else None


def _step(turn: Turn, change: Change, customer: ShopCustomer) -> Step:
    is_email = change.field == "email"
    address = change.values["email"] if is_email else customer.email
    request = {"kind": "change_account", "step": "code", "change": change.to_json(), "version": customer.version}
    state = replace(turn.state, request=request)
    return Step(
        purpose=change.kind,
        target=change.digest(customer),
        address=address,
        shown=address if is_email else "",
        ask=lambda sentence, **values: ask(
            turn, sentence, asked_by=ASKED_BY, expects="code", values=values, options=AGAIN, state=state
        ),
        done=lambda: _write(turn, change, customer.version),
    )


def take_code(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    """The code that was typed: the write when it is the right one, over the version that was summed up."""
    if answer.kind == "no":
        return say_unchanged(turn)
    change = Change.from_json(request["change"])
    return take(turn, _step(turn, change, replace(read_customer(turn), version=request["version"])), answer)


def _write(turn: Turn, change: Change, version: int) -> Reply:
    before = read_customer(turn)
    try:
        after = write_change(turn.services.commerce, before.ref, change, if_version=version)
    except Conflict:
        moved = plain(turn, turn.say("Your account was changed meanwhile. Please look again."))
        return prepend(_ask_yes(turn, change, read_customer(turn)), moved)
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
    text = _say_done(turn, change, after)
    if change.field == "email" and before.email:
        text += " " + turn.say("The old address has been told.")
    return tell(turn, text, state=close(turn.state))


def _say_done(turn: Turn, change: Change, after: ShopCustomer) -> str:
    """What the shop holds now, as it was read back."""
    if change.act == "remove":
        return turn.say("Done. The shop no longer has this address: {new}.", new=show_new(change, after))
    if change.keeps_default and change.adds:
        new, home = show_new(change, after), show_old(change, after)
        sentence = "Done. The shop now has this address too: {new}. Your default one is: {home}."
        return turn.say(sentence, new=new, home=home)
    return turn.say(DONE_SENTENCES[change.field], new=show_old(change, after))


def _look_again(turn: Turn) -> QuickReply:
    from_shop = f"{turn.services.settings.public_url.rstrip('/')}/account"
    return QuickReply(turn.say("See my account"), url=from_shop)


def _keep_trace(turn: Turn, change: Change, before: ShopCustomer, after: ShopCustomer) -> None:
    """The audit row, the identities of the new address, and the notice to the old one, together. Writes."""
    conversation = turn.conversation
    with turn.services.store.write() as connection:
        is_new = note_change(
            connection, turn, change.kind, f"customer:{after.ref}", before=before.version, after=after.version
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
