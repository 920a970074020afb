"""One's own data: a copy by a link in a letter, or erased for good. Only its owner, after a yes and a code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from actions import handoff, identify
from actions.asking import Handler, Resume, ask, close, tell
from actions.base import Reply, ShopAction, Turn
from actions.second_step import AGAIN, Step, send, take
from bot.channels.outbox import enqueue
from bot.commerce.types import CustomerRef
from bot.contracts.messages import OutboundMessage
from bot.privacy.erase import request_erasure
from bot.privacy.links import Letter, Link, send_link
from bot.profile.audit import write_audit
from bot.profile.conversations import adopt, end_verification
from bot.profile.identities import find_customer, link_identity, root_of
from bot.profile.state import ConversationState, OpenQuestion
from bot.service.answers import Answer
from bot.service.verification import mask_email

ASKED_BY = "request:privacy"
SUMMARY_SENTENCES: Mapping[str, str] = {
    "delete_account": (
        "I will erase your account at {shop} and everything I know of you: your profile, your conversations, your "
        "messages and what I noted about your visits. The shop keeps past orders in its books without your name, and "
        "where a parcel goes that is still on its way until it has arrived. This cannot be undone. Shall I do it?"
    ),
    "export_my_data": (
        "I will send a link to a copy of everything that is kept of you to {address}, to read and to take elsewhere. "
        "It is good for {hours} hours. Shall I?"
    ),
}
GUEST_SENTENCE = (
    "I will erase everything I know of you under {address}: what you ordered without an account, your conversations, "
    "your messages and what I noted about your visits. {shop} keeps past orders in its books without your name, and "
    "where a parcel goes that is still on its way until it has arrived. This cannot be undone. Shall I do it?"
)
LAST_LETTER = (
    "Your account at {shop} and everything we knew of you is being erased, as you asked in the chat on our site. "
    "This is our last letter. If that was not you, write to {inbox} at once."
)
LAST_LETTER_TO_A_GUEST = (
    "Everything that {shop} knew of you is being erased, as you asked in the chat on our site. This is our last "
    "letter. If that was not you, write to {inbox} at once."
)
PERSON_SENTENCES: Mapping[str, str] = {
    "delete_account": "Shall I ask a person to erase your account and your data? This cannot be undone.",
    "export_my_data": "Shall I ask a person to send you a copy of your data, to the e-mail address of your account?",
}


class ActionDeleteAccount(ShopAction):
    """Erase my account and my data."""

    intent: ClassVar[str] = "delete_account"

    def reply(self, turn: Turn) -> Reply:
        """Only for the account's owner, only after a yes and a code."""
        return begin(turn, {"about": self.intent})


class ActionExportMyData(ShopAction):
    """Send me what you know of me."""

    intent: ClassVar[str] = "export_my_data"

    def reply(self, turn: Turn) -> Reply:
        """Only for the account's owner, only after a yes and a code, and to the address on file."""
        return begin(turn, {"about": self.intent})


@dataclass(frozen=True)
class Owner:
    """Whose data it is: an account's owner, or a guest who proved an address here and has no account."""

    email: str
    ref: str = ""  # the shop's; "" for a guest

    @property
    def target(self) -> str:
        """What a code opens."""
        return self.ref or self.email

    @property
    def named(self) -> str:
        """What the audit trail says: ids only."""
        return f"customer:{self.ref or 'guest'}"


def begin(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The first step; somebody unverified says who they are first (promise 5)."""
    guest = dict(args.get("guest") or {})
    owner = _find_owner(turn, guest)
    if owner is None:
        return identify.begin(turn, "privacy", {"about": args["about"]})
    about = str(args["about"])
    rule = OutboundMessage(turn.services.policy.account.privacy.into(turn.language), language=turn.language)
    by_person = _is_for_person(turn, about, owner) or not owner.email
    sentence = PERSON_SENTENCES[about] if by_person else _summary(about, owner)
    values = {} if by_person else {
        "shop": turn.services.policy.shop.name, "address": mask_email(owner.email),
        "hours": turn.services.privacy.export.hours,
    }
    return ask(
        turn, sentence, asked_by=ASKED_BY, expects="yes_no", before=(rule,), values=values,
        context={"about": about, "by_person": by_person, "guest": guest}, state=_at(turn, about, "confirm"),
    )


def _summary(about: str, owner: Owner) -> str:
    return GUEST_SENTENCE if about == "delete_account" and not owner.ref else SUMMARY_SENTENCES[about]


def _find_owner(turn: Turn, guest: Mapping[str, str]) -> Owner | None:
    """Who proved to be whom in this very conversation; None for nobody."""
    if turn.is_verified:
        customer = turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))
        return Owner(customer.email, str(customer.ref))
    email = guest.get("email", "")
    is_here = guest.get("sender_id") == turn.conversation.sender_id
    return Owner(email) if is_here and identify.is_guest(turn, email) else None


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    about, guest = str(question.context["about"]), dict(question.context.get("guest") or {})
    is_code = question.expects == "code"
    if answer.kind == "no" or (answer.kind != "yes" and not is_code):
        return tell(turn, turn.say("All right. Nothing was changed."), state=close(turn.state))
    owner = _find_owner(turn, guest)
    if owner is None:
        return identify.begin(turn, "privacy", {"about": about})
    if question.context.get("by_person"):
        return handoff.call_person(turn, {"about": about})
    step = _step(turn, about, owner, guest)
    return take(turn, step, answer) if is_code else send(turn, step)


def _step(turn: Turn, about: str, owner: Owner, guest: Mapping[str, str]) -> Step:
    return Step(
        purpose=about,
        target=f"{about}:{owner.target}",
        address=owner.email,
        ask=lambda sentence, **values: ask(
            turn, sentence, asked_by=ASKED_BY, expects="code", values=values, options=AGAIN,
            context={"about": about, "guest": dict(guest)}, state=_at(turn, about, "code"),
        ),
        done=lambda: _erase(turn, owner) if about == "delete_account" else _export(turn, owner),
    )


def _export(turn: Turn, owner: Owner) -> Reply:
    """The link leaves by letter and is never shown here: whoever looks over a shoulder gets nothing."""
    hours, person = turn.services.privacy.export.hours, _claim(turn, owner)
    conversation, downloads = turn.conversation, turn.services.privacy.export.downloads
    text = turn.say(
        "You asked {shop} for a copy of your data. This link opens it, {count} times within {hours} hours. "
        "If that was not you, write to {inbox} at once.",
        shop=turn.services.policy.shop.name, count=downloads, hours=hours, inbox=turn.services.policy.shop.inbox,
    )
    link = Link("export", person, turn.language, uses_left=downloads)
    letter = Letter(
        key=turn.key, sender_id="", address=owner.email, text=text, button=turn.say("Open my data"),
        public_url=turn.services.settings.public_url,
    )
    with turn.services.store.write() as connection:
        send_link(connection, link, letter, life=timedelta(hours=hours), now=turn.now)
        write_audit(
            connection, customer_id=person, sender_id=conversation.sender_id,
            action="export_asked", object_ref=owner.named, idempotency_key=turn.key, now=turn.now,
        )
    done = turn.say(
        "Done: the link is on its way to {address}. It is good for {hours} hours.",
        address=mask_email(owner.email), hours=hours,
    )
    correct = turn.say("Something in it is wrong? Tell me, for instance “change my address”.")
    return tell(turn, f"{done} {correct}", state=close(turn.state))


def _erase(turn: Turn, owner: Owner) -> Reply:
    """Noted, and told: the worker does it once this answer has left. What is said after that is a stranger's."""
    conversation, person = turn.conversation, _claim(turn, owner)
    request_erasure(turn.services, person, source="chat")
    text = turn.say(
        LAST_LETTER if owner.ref else LAST_LETTER_TO_A_GUEST,
        shop=turn.services.policy.shop.name, inbox=turn.services.policy.shop.inbox,
    )
    with turn.services.store.write() as connection:
        enqueue(
            connection, idempotency_key=f"notice:erasure:{turn.key}", kind="notice",
            customer_id=person, sender_id="", channel="email", address=owner.email,
            purpose="service", payload=OutboundMessage(text, language=turn.language), now=turn.now,
        )
        write_audit(
            connection, customer_id=person, sender_id=conversation.sender_id,
            action="erase_asked", object_ref=owner.named, idempotency_key=turn.key, now=turn.now,
        )
        end_verification(connection, conversation.sender_id)
    told = turn.say(
        "It is done on my side: within minutes nothing of you is left here, this conversation included, and I write to "
        "you no more. What you write after that, I read as a stranger's. Take care."
    )
    return tell(turn, told, state=ConversationState(language=turn.language, version=turn.state.version))


def _claim(turn: Turn, owner: Owner) -> str:
    """The person behind the proof: a guest's address and this conversation are one person from here on. Writes."""
    if owner.ref:
        return turn.conversation.customer_id
    with turn.services.store.write() as connection:
        holder = find_customer(connection, "email", owner.email) or turn.conversation.customer_id
        person = adopt(connection, turn.conversation.customer_id, holder, reason="verified by code", now=turn.now)
        link_identity(connection, person, "email", owner.email, source="chat", now=turn.now)
        return root_of(connection, person)


def _is_for_person(turn: Turn, about: str, owner: Owner) -> bool:
    """Whether the shop's policy, or what its engine cannot do, leaves it to a person."""
    account = turn.services.policy.account
    if about == "export_my_data":
        return account.export == "person"
    needed = "close_account" if owner.ref else "forget_guest"
    return account.erasure == "person" or needed not in turn.services.commerce.capabilities()


def _at(turn: Turn, about: str, step: str) -> ConversationState:
    return replace(turn.state, request={"kind": about, "step": step})


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"privacy": begin}
