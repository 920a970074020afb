"""Who is it? A guest's order by number, proof and code; an account by what the shop's policy takes. Then on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from actions.asking import Handler, Resume, ask, close, plain, prepend, tell
from actions.base import Reply, Turn
from actions.second_step import AGAIN, Step, send, take, too_many
from bot.commerce.types import OrderRef, ShopCustomer
from bot.contracts.messages import OutboundMessage
from bot.profile.conversations import get_conversation
from bot.profile.identities import find_customer, identities_of
from bot.profile.state import Expects, OpenQuestion
from bot.service.answers import Answer, find_email, find_order_number, find_postcode
from bot.service.identify import Claim, find_account, find_claim, find_claims, owner_of, read_claim, verify_as
from bot.service.orders import find_guest_order
from bot.service.verification import may_look_up

ASKED_BY = "request:identify"
BY_NUMBER = frozenset({"track_order", "get_invoice", "delivery_choice"})  # a guest may want it of an order
Request = Mapping[str, Any]


def begin(turn: Turn, do: str, args: Mapping[str, Any] | None = None, *, resume: Resume | None = None) -> Reply:
    """Ask an unverified person who they are; `do` is resumed with `args` once that is proved.

    Who says so in the very message, where the policy takes their word, goes on at once by `resume`.
    """
    rules = turn.services.policy.verification
    request: dict[str, Any] = {"kind": "identify", "do": do, "args": dict(args or {})}
    if do in BY_NUMBER and rules.guest_orders == "number_and_code":
        number = str(request["args"].get("order_number", ""))
        if number:
            return _ask_proof(turn, {**request, "number": number})
        return _ask_for(
            turn,
            {**request, "step": "number"},
            "order_number",
            "What is your order number? It is in the e-mail that confirmed it.",
        )
    text = "" if turn.text.startswith("/") else turn.text
    claim = find_claim(text, takes_names="name_postcode" in rules.account_by)
    if not claim.names_somebody and not claim.last_name:
        claim = replace(claim, email=find_email(turn.entity("email")))
    if claim.names_somebody and rules.account_code:
        return _look_up_account(turn, request, claim)
    if claim.names_somebody and resume is not None:
        return _take_claim(turn, request, claim, {do: resume})
    return _ask_rest(turn, {**request, "step": "account"}, claim) if claim.last_name else _ask_account(turn, request)


def recognise(turn: Turn) -> Turn:
    """The turn of somebody whose message says, beside anything else, who they are, where the policy takes that."""
    rules = turn.services.policy.verification
    if turn.is_verified or rules.account_code or turn.text.startswith("/"):
        return turn
    claims = find_claims(turn.text, takes_names="name_postcode" in rules.account_by)
    customer = _find_first(turn, claims) if claims and _may_look_up(turn) else None
    return _verify(turn, customer, by="policy") if customer else turn


def _find_first(turn: Turn, claims: Sequence[Claim]) -> ShopCustomer | None:
    found = (find_account(turn.services.commerce, each) for each in claims)
    return next((each for each in found if each), None)


def introduce(turn: Turn) -> Reply | None:
    """The welcome of somebody who says who they are first; None where nobody is named, or a code is due."""
    rules = turn.services.policy.verification
    if turn.is_verified or rules.account_code or turn.text.startswith("/"):
        return None
    claim = find_claim(turn.text, takes_names="name_postcode" in rules.account_by)
    if not claim.names_somebody:
        return None
    return _take_claim(turn, {"kind": "identify", "do": "hello", "args": {}}, claim, RESUMES)


def is_guest(turn: Turn, email: str) -> bool:
    """Whether we know somebody by an address who is not proven to have an account."""
    with turn.services.store.read() as connection:
        found = find_customer(connection, "email", email) if email else None
        known = identities_of(connection, found) if found else []
    return bool(found) and not any(each.kind == "customer_id" and each.is_verified for each in known)


def _ask_what(turn: Turn, _args: Mapping[str, Any]) -> Reply:
    return tell(turn, turn.say("What can I do for you?"))


RESUMES: dict[str, Resume] = {"hello": _ask_what}


def make_handlers(resumes: Mapping[str, Resume]) -> dict[str, Handler]:
    """The handlers of this topic; `resumes` are the wishes that go on once the person is known."""

    def answer(turn: Turn, _question: OpenQuestion, given: Answer) -> Reply:
        request = turn.state.request
        if given.kind == "no":
            return tell(turn, turn.say("All right. Nothing was shown or changed."), state=close(turn.state))
        match request.get("step"):
            case "number":
                return _take_number(turn, request, given)
            case "proof":
                return _take_proof(turn, request, given)
            case "account":
                return _take_account(turn, request, given, resumes)
            case _:
                return _take_code(turn, request, given, resumes)

    return {ASKED_BY: answer}


def _ask_for(
    turn: Turn,
    request: Request,
    expects: Expects,
    sentence: str,
    *,
    values: Mapping[str, object] | None = None,
    before: tuple[OutboundMessage, ...] = (),
    options: tuple[tuple[str, str], ...] = (),
) -> Reply:
    state = replace(turn.state, request=dict(request))
    return ask(
        turn, sentence, asked_by=ASKED_BY, expects=expects, values=values, before=before, state=state, options=options
    )


def _take_number(turn: Turn, request: Request, given: Answer) -> Reply:
    number = given.entity("order_number") or find_order_number(given.text)
    if not number:
        return _ask_for(
            turn, request, "order_number", "I need the order number, as it stands in the e-mail that confirmed it."
        )
    request = {**request, "number": number}
    if find_email(given.text):
        return _take_proof(turn, request, given)
    return _ask_proof(turn, request)


def _ask_proof(turn: Turn, request: Request) -> Reply:
    return _ask_for(
        turn,
        {**request, "step": "proof"},
        "email_or_postcode",
        "Which e-mail address, or which postcode, did you give with order {number}?",
        values={"number": request["number"]},
    )


def _take_proof(turn: Turn, request: Request, given: Answer) -> Reply:
    email = find_email(given.text) or find_email(given.entity("email"))
    postcode = "" if email else given.entity("postcode") or find_postcode(given.text)
    if not (email or postcode):
        return _ask_for(
            turn,
            {**request, "step": "proof"},
            "email_or_postcode",
            "I need the e-mail address or the postcode that you gave with the order.",
        )
    return _send_order_code(turn, {**request, "email": email, "postcode": postcode})


def _send_order_code(turn: Turn, request: Request) -> Reply:
    if not _may_look_up(turn):
        return too_many(turn)
    order = find_guest_order(
        turn.services.commerce, request["number"], email=request["email"], postcode=request["postcode"]
    )
    target = str(order.ref) if order and order.email else ""
    return send(turn, _step(turn, {**request, "scope": "order", "target": target}, order.email if order else ""))


_CODE_SENTENCES = {
    "order": (
        "If these details belong together, I have just sent a code of 6 digits to the e-mail address of the order. "
        "What is it?"
    ),
    "account": (
        "If there is an account with this e-mail address, I have just sent it a code of 6 digits. What is it?"
    ),
    "address": "If we know this e-mail address, I have just sent it a code of 6 digits. What is it?",
}


def _step(turn: Turn, request: Request, address: str, resumes: Mapping[str, Resume] | None = None) -> Step:
    return Step(
        purpose=request["scope"],
        target=request["target"],
        address=address,
        sentence=_CODE_SENTENCES["address" if request["do"] == "privacy" else request["scope"]],
        ask=lambda sentence, **_: _ask_for(turn, {**request, "step": "code"}, "code", sentence, options=AGAIN),
        done=lambda: _go_on(turn, request, resumes or RESUMES),
        renew=lambda: _send_again(turn, request),
    )


def _take_code(turn: Turn, request: Request, given: Answer, resumes: Mapping[str, Resume]) -> Reply:
    return take(turn, _step(turn, request, _find_address(turn, request), resumes), given)


def _find_address(turn: Turn, request: Request) -> str:
    """Where the code went, which the conversation does not keep."""
    target = request["target"]
    if not target:
        return ""
    if request["scope"] == "address":
        return str(target)
    if request["scope"] == "order":
        return turn.services.commerce.get_order(OrderRef(target)).email
    return turn.services.commerce.get_customer(target).email


def _send_again(turn: Turn, request: Request) -> Reply:
    if request["scope"] == "order":
        return _send_order_code(turn, request)
    return _look_up_account(turn, request, Claim(email=request["email"]))


def _ask_account(turn: Turn, request: Request, *, before: tuple[OutboundMessage, ...] = ()) -> Reply:
    request = {**request, "step": "account"}
    if "name_postcode" in turn.services.policy.verification.account_by:
        sentence = "What is your e-mail address? Or your first name, last name and postcode."
        return _ask_for(turn, request, "identity", sentence, before=before)
    sentence = "For your safety, I need to know that it is you. Which e-mail address does your account have?"
    return _ask_for(turn, request, "email", sentence, before=before)


def _take_account(turn: Turn, request: Request, given: Answer, resumes: Mapping[str, Resume]) -> Reply:
    rules = turn.services.policy.verification
    claim = read_claim(given, request.get("claim", {}), takes_names="name_postcode" in rules.account_by)
    if not claim.names_somebody and not rules.account_code and find_claims(turn.text, takes_names=not claim.email):
        known = recognise(turn)
        if known.is_verified:
            return _resume(known, request, resumes)
    if not claim.names_somebody:
        return _ask_rest(turn, request, claim)
    if rules.account_code:
        return _look_up_account(turn, request, claim)
    return _take_claim(turn, request, claim, resumes)


def _take_claim(turn: Turn, request: Request, claim: Claim, resumes: Mapping[str, Resume]) -> Reply:
    """Take somebody at their word, where the policy does. Writes."""
    if not _may_look_up(turn):
        return too_many(turn)
    others = find_claims(turn.text, takes_names=True) if claim.last_name else []
    customer = _find_first(turn, [claim, *others])
    if customer is None:
        sorry = plain(turn, turn.say("I find nobody with these details."))
        named = {"first_name": claim.first_name, "last_name": claim.last_name}  # so that a postcode alone mends it
        return _ask_account(turn, {**request, "claim": named}, before=(sorry,))
    return _resume(_verify(turn, customer, by="policy"), request, resumes)


def _ask_rest(turn: Turn, request: Request, claim: Claim) -> Reply:
    request = {**request, "claim": claim.__dict__}
    if claim.last_name and not claim.postcode:
        return _ask_for(turn, request, "identity", "Thank you. And what is your postcode?")
    if claim.postcode and not claim.last_name:
        return _ask_for(turn, request, "identity", "Thank you. And what are your first name and last name?")
    return _ask_account(turn, request)


def _look_up_account(turn: Turn, request: Request, claim: Claim) -> Reply:
    rules = turn.services.policy.verification
    if not rules.account_code:
        return _ask_account(turn, request)
    if not _may_look_up(turn):
        return too_many(turn)
    customer = find_account(turn.services.commerce, claim)
    target, address = (str(customer.ref), customer.email) if customer else ("", "")
    request = {**request, "scope": "account", "email": claim.email, "target": target}
    if request["do"] == "privacy" and customer is None and is_guest(turn, claim.email):
        # A guest's data are theirs too: to them the address alone is proved.
        request, address = {**request, "scope": "address", "target": claim.email}, claim.email
    return send(turn, _step(turn, request, address))


def _go_on(turn: Turn, request: Request, resumes: Mapping[str, Resume]) -> Reply:
    commerce = turn.services.commerce
    if request["scope"] == "account":
        customer = commerce.get_customer(request["target"])
        return _resume(_verify(turn, customer, by="code"), request, resumes)
    if request["scope"] == "address":
        proof = {"email": request["target"], "sender_id": turn.conversation.sender_id}
        return _resume(turn, {**request, "args": {**request["args"], "guest": proof}}, resumes)
    order = commerce.get_order(OrderRef(request["target"]))
    owner = owner_of(commerce, order)
    args = {**request["args"], "order_number": order.number}
    if owner:
        return _resume(_verify(turn, owner, by="code"), {**request, "args": args}, resumes)
    return _resume(_note_guest_order(turn, order.ref), {**request, "args": args}, resumes)


def _note_guest_order(turn: Turn, order_ref: str) -> Turn:
    until = turn.now + timedelta(minutes=turn.services.policy.verification.verified_minutes)
    proof = {"sender_id": turn.conversation.sender_id, "until": until.isoformat()}
    proved = {**turn.state.verified_orders, order_ref: proof}
    return replace(turn, state=replace(turn.state, verified_orders=proved))


def _verify(turn: Turn, customer: ShopCustomer, *, by: str) -> Turn:
    minutes = turn.services.policy.verification.verified_minutes
    with turn.services.store.write() as connection:
        verify_as(
            connection,
            turn.conversation,
            customer,
            by=by,
            minutes=minutes,
            now=turn.now,
            salt=turn.services.settings.holdout_salt,
        )
        conversation = get_conversation(connection, turn.conversation.sender_id) or turn.conversation
    return replace(turn, conversation=conversation)


def _resume(turn: Turn, request: Request, resumes: Mapping[str, Resume]) -> Reply:
    state = close(turn.state)
    reply = resumes[request["do"]](replace(turn, state=state), request["args"])
    thanks = plain(turn, turn.say("Thank you, that is confirmed."))
    return prepend(replace(reply, state=reply.state or state), thanks)


def _may_look_up(turn: Turn) -> bool:
    with turn.services.store.write() as connection:
        return may_look_up(connection, turn.conversation.sender_id, turn.services.policy.verification, turn.now)
