"""The yes to a summary: done with the shop, after a code where the policy asks for one; what became of it is said."""

from collections.abc import Mapping
from dataclasses import replace

from actions.aftersales import REFUSED_SENTENCES, ask_next, ask_step, ask_yes, drop, finish, say_refused
from actions.asking import button, person_button, plain, prepend
from actions.audit import note_change
from actions.base import Reply, Turn
from actions.orders import reader_of
from actions.own_orders import facts_of, own_order
from actions.second_step import AGAIN, Step, send, take
from bot.errors import Conflict, InsufficientStock, NotAllowed
from bot.service.aftersales import Do, Draft, Facts, may, write
from bot.service.answers import Answer
from bot.service.rules import describe_refund_time

DONE_SENTENCES: Mapping[Do, str] = {
    "cancel": "Done: order {number} is cancelled.",
    "address": "Done: order {number} goes to the new address.",
    "payment": "Done: order {number} is now paid the new way.",
    "items": "Done: order {number} is changed.",
    "return": "Done: the return from order {number} is announced. An e-mail tells you how to send it back.",
    "exchange": "Done: the exchange for order {number} is announced. An e-mail tells you how to send it back.",
}


def confirm(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    """Do what was agreed to, after a code where the policy asks for one."""
    if facts.order.version != draft.version:
        return _say_moved(turn, draft, facts)
    asks = turn.services.policy.second_step.address
    if draft.do in ("address", "payment") and asks:
        return send(turn, _step(turn, draft, facts))
    return _write(turn, draft, facts)


def _say_moved(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    if not may(facts.order, draft.do):
        return say_refused(turn, facts.order, draft)
    moved = plain(turn, turn.say("Your order was changed meanwhile. Please look again."))
    return ask_yes(turn, draft, facts, moved)


def _write(turn: Turn, draft: Draft, facts: Facts) -> Reply:
    try:
        after = write(turn.services.commerce, draft, facts, key=turn.key)
    except InsufficientStock:
        gone = plain(turn, turn.say("The last piece went to somebody else just now. Nothing was changed."))
        fresh = facts_of(turn, own_order(turn, draft.number))
        return prepend(ask_next(turn, replace(draft, changes={}), fresh), gone)
    except Conflict:
        fresh = facts_of(turn, own_order(turn, draft.number))
        return _say_moved(turn, draft, fresh)
    except NotAllowed as error:
        sentence = REFUSED_SENTENCES.get(error.reason, "The shop's rules do not allow that.")
        return finish(turn, turn.say(sentence), buttons=(person_button(turn),), draft=draft)
    with turn.services.store.write() as connection:
        note_change(
            connection, turn, f"order_{draft.do}", str(after.ref), before=draft.version, after=after.version
        )
    text = turn.say(DONE_SENTENCES[draft.do], number=after.number.lstrip("#"))
    if draft.do in ("cancel", "return"):
        text = f"{text} {_describe_money(turn, draft, facts)}"
    buttons = (button(turn, "Show my orders", "track_order"),)
    return finish(turn, text, buttons=buttons, draft=draft)


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


def _step(turn: Turn, draft: Draft, facts: Facts) -> Step:
    return Step(
        purpose=f"order_{draft.do}",
        target=_digest(draft, facts),
        address=facts.order.email,
        ask=lambda sentence, **values: ask_step(
            turn, draft, "code", sentence, expects="code", options=AGAIN, values=values
        ),
        done=lambda: _write(turn, draft, facts),
    )


def _digest(draft: Draft, facts: Facts) -> str:
    """What the code agrees to: this change of this version of this order."""
    what = ",".join(f"{name}={value}" for name, value in sorted(draft.address.items())) or draft.method
    return f"{facts.order.ref}:{draft.version}:{what}"[:200]


def take_code(turn: Turn, draft: Draft, facts: Facts, answer: Answer) -> Reply:
    """The code that was typed: the write when it is the right one."""
    return drop(turn, draft) if answer.kind == "no" else take(turn, _step(turn, draft, facts), answer)
