"""A parcel on its way comes another day, to a neighbour or to a pick-up point: offered, summed up, and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from actions import identify
from actions.asking import Handler, Resume, ask, button, close, person_button, plain, prepend, tell
from actions.audit import note_change
from actions.base import Reply, Turn
from actions.orders import find_proved, reader_of, same_number, say_not_found, told_number
from actions.own_orders import own_order, own_orders
from actions.second_step import AGAIN, Step, send, take
from actions.which_order import find_numbers, looks_unknown, orders_meant
from bot.commerce.types import DeliveryChoice, Order
from bot.contracts.messages import OutboundMessage
from bot.errors import Conflict, NotAllowed, UnknownFate
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer
from bot.service.delivery_choices import (
    DONE_SENTENCES,
    SENTENCES,
    find_choices,
    find_neighbour,
    find_parcel,
    has_landed,
    is_on_its_way,
    name_choice,
    names_missing_day,
    wants_other_delivery,
)
from bot.service.desk.agreeing import is_clear_yes
from bot.service.orders import order_option
from bot.service.rules import describe_order_now

ASKED_BY = "request:delivery"
OPTION = "delivery"  # what the button under a parcel carries
MOST_ORDERS = 8
MOST_NAME = 80
_NEIGHBOUR_QUESTION = "What is your neighbour's name? With the floor or the number, if that helps."


def can_choose(turn: Turn, order: Order) -> bool:
    """Whether the order's carrier may be asked for another delivery here: policy, engine and the parcel's state."""
    return _is_done_here(turn) and is_on_its_way(order)


def hear(turn: Turn) -> Reply | None:
    """The reply to a wish for another delivery, by words or by a button; None where something else is wanted."""
    is_button = turn.entity("option") == OPTION
    is_typed = turn.intent == "change_shipping_address" and not turn.text.startswith("/")
    if not (is_button or is_typed and wants_other_delivery(turn.text)):
        return None
    if not _is_done_here(turn):
        return _tell_rule(turn, None)
    text = "" if turn.text.startswith("/") else turn.text
    return begin(turn, {"order_number": turn.entity("order_number"), "text": text})


def begin(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """What can be chosen for the order meant; nothing is shown to somebody unverified (promise 5)."""
    number, text = str(args.get("order_number", "")), str(args.get("text", ""))
    if not turn.is_verified and find_proved(turn, number) is None:
        return identify.begin(turn, "delivery_choice", args, resume=begin)
    said = replace(turn, text=text)
    every = own_orders(turn) if turn.is_verified else [each for each in (find_proved(turn, number),) if each]
    named = [each for each in every if same_number(each.number, number)]
    if number and not named and looks_unknown(said, number, every):
        return say_not_found(said, number)
    named = named or find_numbers(said, every)
    moving = [each for each in named or every if is_on_its_way(each)]
    moving = orders_meant(said, moving) or moving
    if len(moving) == 1:
        return _offer(turn, moving[0], text)
    if not moving:
        return _tell_rule(turn, named[0] if named else None)
    options = [order_option(each, reader_of(turn)) for each in moving[:MOST_ORDERS]]
    request = {"kind": "delivery", "step": "order", "text": text}
    return _ask(turn, request, "Which order is it about?", options=options)


def _offer(turn: Turn, order: Order, text: str) -> Reply:
    """The choices that the words leave, or the summary of the only one."""
    offered = _read_choices(turn, order)
    if not offered:
        return _tell_rule(turn, order)
    today = turn.now.astimezone(ZoneInfo(turn.timezone)).date()
    found = find_choices(text, offered, today) if text else offered
    if text and names_missing_day(text, offered, today):
        missing = plain(turn, turn.say("That day is not on offer for this parcel."))
        return prepend(_ask_choice(turn, order, found or offered), missing)
    if len(found) == 1:
        return _take_choice(turn, order, found[0], find_neighbour(text))
    return _ask_choice(turn, order, found or offered)


def _read_choices(turn: Turn, order: Order) -> list[DeliveryChoice]:
    wanted = turn.services.policy.delivery.choices
    return [each for each in turn.services.commerce.list_delivery_choices(order.ref) if each.kind in wanted]


def _ask_choice(turn: Turn, order: Order, choices: Sequence[DeliveryChoice]) -> Reply:
    reader = reader_of(turn)
    options = [(each.id, name_choice(each, reader)) for each in choices]
    request = {"kind": "delivery", "step": "choice", "number": order.number}
    sentence = "What shall {carrier} do with order {number}?"
    return _ask(turn, request, sentence, options=options, values=_names(turn, order, choices[0]))


def _take_choice(turn: Turn, order: Order, choice: DeliveryChoice, name: str = "") -> Reply:
    """The summary; a neighbour's name is asked for first."""
    request = {"kind": "delivery", "number": order.number, "choice": choice.id, "name": name, "version": order.version}
    if choice.kind == "neighbour" and not name:
        return _ask(turn, {**request, "step": "name"}, _NEIGHBOUR_QUESTION, expects="text")
    chosen = replace(choice, name=name if choice.kind == "neighbour" else "")
    values = {**_names(turn, order, choice), "what": name_choice(chosen, reader_of(turn))}
    return _ask(turn, {**request, "step": "confirm"}, SENTENCES[choice.kind], expects="yes_no", values=values)


def _names(turn: Turn, order: Order, choice: DeliveryChoice) -> dict[str, str]:
    parcel = find_parcel(order, choice)
    carrier = parcel.carrier_name if parcel else ""
    return {"carrier": carrier or turn.say("the carrier"), "number": order.number.lstrip("#")}


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """The answer to whatever was asked last; the order is read anew each time, and only its owner's."""
    request = turn.state.request
    if answer.kind == "no" and not wants_other_delivery(answer.text):  # "no, rather the pick-up point" goes on
        return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))
    if request.get("step") == "order":
        return _take_order(turn, request, answer)
    number = str(request.get("number", ""))
    if not turn.is_verified and find_proved(turn, number) is None:
        return identify.begin(replace(turn, entities={}, text=""), "delivery_choice")  # without the number: whose is it
    order = own_order(turn, number)
    choice = next((each for each in _read_choices(turn, order) if each.id == request.get("choice")), None)
    match request.get("step"):
        case "choice":
            return _take_pick(turn, order, answer)
        case "name" if choice:
            return _take_name(turn, order, choice, answer)
        case "confirm" if choice:
            return _take_yes(turn, order, choice, answer)
        case "code" if choice:
            return take(turn, _step(turn, order, choice), answer)
        case _:
            return _say_gone(turn, order)


def _take_order(turn: Turn, request: Mapping[str, Any], answer: Answer) -> Reply:
    number = told_number(turn, answer)
    text = str(request.get("text", ""))
    closed = replace(turn, state=close(turn.state))
    return begin(closed, {"order_number": number, "text": text if number else f"{text} {answer.text}".strip()})


def _take_pick(turn: Turn, order: Order, answer: Answer) -> Reply:
    offered = _read_choices(turn, order)
    picked = next((each for each in offered if answer.option and each.id == answer.option), None)
    if picked:
        return _take_choice(turn, order, picked)
    if answer.text and wants_other_delivery(answer.text):
        return _offer(turn, order, answer.text)
    if not offered:
        return _say_gone(turn, order)
    return prepend(_ask_choice(turn, order, offered), _sorry(turn))


def _take_name(turn: Turn, order: Order, choice: DeliveryChoice, answer: Answer) -> Reply:
    name = " ".join(answer.text.split())
    if not name or len(name) > MOST_NAME:
        return prepend(_take_choice(turn, order, choice), _sorry(turn))
    return _take_choice(turn, order, choice, name)


def _take_yes(turn: Turn, order: Order, choice: DeliveryChoice, answer: Answer) -> Reply:
    """A clear yes; a doubt, or another choice said instead, writes nothing."""
    request = turn.state.request
    name = str(request.get("name", ""))
    if answer.text and wants_other_delivery(answer.text):
        return _offer(turn, order, answer.text)
    if answer.kind != "yes" or not is_clear_yes(answer.text):
        return prepend(_take_choice(turn, order, choice, name), _sorry(turn))
    if order.version != request["version"]:
        return prepend(_take_choice(turn, order, choice, name), _moved(turn))
    if choice.kind != "day" and turn.services.policy.second_step.address:  # another place asks for what an address does
        return send(turn, _step(turn, order, choice))
    return _write(turn, order, choice)


def _sorry(turn: Turn) -> OutboundMessage:
    return plain(turn, turn.say("Sorry, I did not understand your answer."))


def _moved(turn: Turn) -> OutboundMessage:
    return plain(turn, turn.say("Your order was changed meanwhile. Please look again."))


def _say_gone(turn: Turn, order: Order) -> Reply:
    """What was to be chosen is no longer on offer: what is, or the rule."""
    offered = _read_choices(turn, order)
    if not offered:
        return _tell_rule(turn, order)
    return prepend(_ask_choice(turn, order, offered), _moved(turn))


# -- the second step and the write -------------------------------------------------------------


def _digest(turn: Turn, order: Order) -> str:
    """What the code agrees to: this choice for this version of this order."""
    request = turn.state.request
    return f"{order.ref}:{request['version']}:{request['choice']}:{request['name']}"[:200]


def _step(turn: Turn, order: Order, choice: DeliveryChoice) -> Step:
    request = {**turn.state.request, "step": "code"}
    return Step(
        purpose=f"delivery_{choice.kind}",
        target=_digest(turn, order),
        address=order.email,
        ask=lambda sentence, **values: _ask(turn, request, sentence, expects="code", options=AGAIN, values=values),
        done=lambda: _write(turn, order, choice),
    )


def _write(turn: Turn, order: Order, choice: DeliveryChoice) -> Reply:
    """Write once over the version summed up, read back, tell. A lost answer is read back, never repeated."""
    request = turn.state.request
    chosen = replace(choice, name=str(request["name"]) if choice.kind == "neighbour" else "")
    commerce = turn.services.commerce
    try:
        commerce.choose_delivery(
            order.ref, choice.id, name=chosen.name, idempotency_key=turn.key, if_version=int(request["version"])
        )
    except Conflict:
        return prepend(_take_choice(turn, own_order(turn, order.number), choice, chosen.name), _moved(turn))
    except NotAllowed:
        return _say_gone(turn, order)
    except UnknownFate:
        if not has_landed(commerce.get_order(order.ref), chosen):
            raise
    after = commerce.get_order(order.ref)
    _keep_trace(turn, order, after, choice)
    state = replace(close(turn.state), last_order=order.number)
    if not has_landed(after, chosen):
        text = turn.say("The shop took the change but does not show it yet. Please look again in a few minutes.")
        return tell(turn, text, buttons=(person_button(turn),), state=state)
    values = {**_names(turn, after, choice), "what": name_choice(chosen, reader_of(turn))}
    follow = button(turn, "Follow this order", "track_order", order_number=order.number)
    return tell(turn, turn.say(DONE_SENTENCES[choice.kind], **values), buttons=(follow,), state=state)


def _keep_trace(turn: Turn, before: Order, after: Order, choice: DeliveryChoice) -> None:
    with turn.services.store.write() as connection:
        note_change(
            connection, turn, f"delivery_{choice.kind}", str(after.ref), before=before.version, after=after.version
        )


# -- shared ------------------------------------------------------------------------------------


def _is_done_here(turn: Turn) -> bool:
    is_able = "delivery_preferences" in turn.services.commerce.capabilities()
    return is_able and bool(turn.services.policy.delivery.choices)


def _tell_rule(turn: Turn, order: Order | None) -> Reply:
    """The shop's rule, the order's facts for its owner, and who does it: nothing is promised."""
    rule = turn.services.policy.delivery.change.into(turn.language)
    facts = f"{describe_order_now(order, reader_of(turn))} " if order else ""
    honest = turn.say("I cannot do that here myself yet: a person does it, and I pass it on with what you told me.")
    about = {"reason": "change_shipping_address", **({"order_number": order.number} if order else {})}
    person = button(turn, "Talk to a person", "contact_human_agent", **about)
    return tell(turn, f"{facts}{rule} {honest}", buttons=(person,), state=close(turn.state))


def _ask(turn: Turn, request: Mapping[str, Any], sentence: str, **more: Any) -> Reply:
    state = replace(turn.state, request=dict(request), last_order=str(request.get("number") or turn.state.last_order))
    return ask(turn, sentence, asked_by=ASKED_BY, state=state, **{"expects": "choice", **more})


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"delivery_choice": begin}
