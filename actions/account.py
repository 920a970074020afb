"""A wish to change the account, its address book included: which field or address is meant, and on with the change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import identify
from actions.account_change import (
    ASKED_BY,
    go_on,
    read_customer,
    say_unchanged,
    take_code,
    take_more,
    take_value,
    take_yes,
)
from actions.asking import Handler, Resume, ask, button, close, person_button, plain, prepend, tell
from actions.base import Reply, Turn
from actions.orders import reader_of
from bot.commerce.types import Address, CustomerRef, ShopCustomer
from bot.contracts.messages import OutboundMessage
from bot.profile.state import OpenQuestion
from bot.service.account import Change, choose_address, find_field, show_address
from bot.service.address_book import ask_for, find_in_book, may_mean_book, read_wish, stays_default
from bot.service.answers import Answer
from bot.service.desk.books import Books
from bot.service.desk.clauses import read_clauses
from bot.service.desk.telling import tell_home
from bot.service.policy import AccountField

FIELDS: tuple[tuple[AccountField, str], ...] = (
    ("email", "My e-mail address"),
    ("phone", "My phone number"),
    ("name", "My name"),
    ("address", "My address"),
)
CHANGES = re.compile(r"\b(?:chang|updat|modif|edit|new|add|correct|nouvel|ajout|remplac|set)", re.IGNORECASE)


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
    if field == "address" and (reply := _begin_book(turn, args)):
        return reply
    told = _tell_home(turn, args) if field == "address" else ()
    if told and not CHANGES.search(str(args.get("text", ""))):
        return Reply(told, close(turn.state))
    if told:
        return prepend(begin_change(turn, {**args, "text": ""}), *told)
    draft = Change(field, args.get("values") or {}, bool(args.get("adds")))
    if draft.adds:
        draft = replace(draft, keeps_default=stays_default(str(args.get("text", ""))))
    if draft.values:
        return go_on(turn, draft, read_customer(turn))
    return take_value(turn, draft, args.get("text", ""), args.get("entities", {}))


def hear_book(turn: Turn) -> Reply | None:
    """The reply to typed words that want something of the address book; None where they are about anything else."""
    if not turn.is_verified or turn.text.startswith("/") or not may_mean_book(turn.text):
        return None
    wish = read_wish(turn.text, read_customer(turn).addresses)
    if wish is None or wish.act == "add" and turn.intent not in ("set_up_shipping_address", "edit_account"):
        return None
    return begin_change(turn, {"field": "address", "text": turn.text, "entities": dict(turn.entities), "adds": True})


def _begin_book(turn: Turn, args: Mapping[str, Any]) -> Reply | None:
    """The book shown, or one of its addresses made the default one or taken out; None for a new value."""
    customer = read_customer(turn)
    text = str(args.get("text", ""))
    if args.get("option"):
        wish = ask_for(str(args["option"]), customer.addresses)
    else:
        wish = None if text.startswith("/") or args.get("values") else read_wish(text, customer.addresses)
    if wish is None or wish.act == "add":
        return None
    if wish.act == "show" or not customer.addresses:
        return _show_book(turn, customer)
    if wish.act == "remove" and "address_remove" not in turn.services.commerce.capabilities():
        text = turn.say("I cannot do that here myself yet: a person does it, and I pass it on with what you told me.")
        return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))
    if len(wish.meant) == 1:
        return go_on(turn, choose_address(wish.act, wish.meant[0]), customer)
    return _ask_which(turn, wish.act, wish.meant or customer.addresses)


def _show_book(turn: Turn, customer: ShopCustomer) -> Reply:
    """Every address, the default one marked, and what can be done to them."""
    add = button(turn, "Add an address", "set_up_shipping_address")
    if not customer.addresses:
        return tell(turn, turn.say("There is no address in your account yet."), buttons=(add,), state=close(turn.state))
    marked = turn.say("the default one")
    lines = [
        f"• {show_address(each)}{f' ({marked})' if each.is_default_shipping else ''}" for each in customer.addresses
    ]
    others = (button(turn, "Choose the default one", "set_up_shipping_address", option="default"),)
    remove = button(turn, "Remove an address", "set_up_shipping_address", option="remove")
    buttons = (add, *(others if len(lines) > 1 else ()), remove)
    text = "\n".join((turn.say("These are your addresses:"), *lines))
    return tell(turn, text, buttons=buttons, state=close(turn.state))


def _ask_which(turn: Turn, act: str, addresses: Sequence[Address]) -> Reply:
    options = [(each.id, show_address(each)) for each in addresses]
    request = {"kind": "change_account", "step": "which", "act": act}
    return ask(
        turn,
        "Which address shall I remove?" if act == "remove" else "Which address shall be the default one?",
        asked_by=ASKED_BY,
        expects="choice",
        options=options,
        state=replace(turn.state, request=request),
    )


def _take_which(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    """The address that was picked, by a tap or by words: one of the customer's own, whatever was sent."""
    customer = read_customer(turn)
    picked = [each for each in customer.addresses if answer.option and each.id == answer.option]
    picked = picked or list(find_in_book(answer.text, customer.addresses))
    if len(picked) == 1:
        return go_on(turn, choose_address(request["act"], picked[0]), customer)
    sorry = plain(turn, turn.say("Sorry, I did not understand your answer."))
    return prepend(_ask_which(turn, request["act"], picked or customer.addresses), sorry)


def _tell_home(turn: Turn, args: Mapping[str, Any]) -> tuple[OutboundMessage, ...]:
    """The address in the account, where the words ask for it."""
    asks = any(each.ask in ("home", "address") for each in read_clauses(str(args.get("text", ""))))
    books = Books(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))
    text = tell_home(books, reader_of(turn)) if asks else ""
    return (plain(turn, text),) if text else ()


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind == "no" and question.expects != "code":
        return say_unchanged(turn)
    if not turn.is_verified:
        request = turn.state.request
        args = {"field": request.get("change", {}).get("field", ""), "text": "", "entities": {}}
        return identify.begin(replace(turn, entities={}, text=""), "change_account", args)
    request = turn.state.request
    match request.get("step"):
        case "field":
            return begin_change(turn, {"field": answer.option or find_field(answer.text, answer.entities) or ""})
        case "which":
            return _take_which(turn, request, answer)
        case "value":
            return take_more(turn, Change.from_json(request["change"]), answer)
        case "confirm":
            return take_yes(turn, request, answer)
        case _:
            return take_code(turn, request, answer)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"change_account": begin_change}
