"""The newsletter by name: off at once, up after a yes to the words that are kept; each message counts once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from actions import identify
from actions.asking import Handler, Resume, ask, button, close, plain, prepend, tell
from actions.audit import note_change
from actions.base import Reply, ShopAction, Turn
from actions.consent import confirm_by_letter, said_yes
from bot.commerce.types import CustomerRef
from bot.privacy.opt_in import find_country, keep_yes
from bot.profile.consent import Recorded, consent_state, record_consent
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer, says_no, simplify
from bot.service.desk.agreeing import is_clear_yes
from bot.service.questions import compose_question
from bot.service.verification import mask_email

ASKED_BY = "request:newsletter"
_OFF_WORDS = (
    "desinscri",
    "desabonn",
    "unsubscribe",
    "sign off",
    "sign me off",
    "opt out",
    "remove me",
    "retir",
    "off ",
    "veux plus",
    "souhaite plus",
    "plus recevoir",
    "plus de newsletter",
    "plus de lettre",
    "no longer",
    "no more",
    "any more",
    "anymore",
    "stop ",
    "arret",
)


class ActionNewsletterSubscription(ShopAction):
    """Sign up for the newsletter, or off."""

    intent: ClassVar[str] = "newsletter_subscription"

    def reply(self, turn: Turn) -> Reply:
        """Off at once, for the account too once it is known whose; up after a yes to the words that are kept."""
        said = simplify(turn.text) + " "
        is_typed = not turn.text.startswith("/")
        wants_off = is_typed and (says_no(turn.text) or any(word in said for word in _OFF_WORDS))
        if wants_off or turn.entity("option") == "off":
            return _sign_off(turn, {"wording": turn.text[:200]})
        return _begin(turn, {})


def _begin(turn: Turn, _args: Mapping[str, Any]) -> Reply:
    """The question for the yes; somebody unverified says who they are first (promise 5)."""
    if not turn.is_verified:
        return identify.begin(turn, "newsletter", resume=_begin)
    if _is_on(turn):
        off = button(turn, "Sign me off", "newsletter_subscription", option="off")
        text = turn.say("You are signed up for the newsletter already.")
        return tell(turn, text, buttons=(off,), state=close(turn.state))
    customer = turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))
    return ask(
        turn,
        "Shall I sign you up for the newsletter of {shop}, at {email}? You can sign off at any time.",
        asked_by=ASKED_BY,
        expects="yes_no",
        values={"shop": turn.services.policy.shop.name, "email": mask_email(customer.email)},
    )


def _sign_off(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """Withdraw it for whoever writes; whose account it is is asked for where that is not known. Writes."""
    _record(turn, "withdrawn", str(args.get("wording", "")))
    if turn.is_verified:
        return tell(turn, turn.say("Done: you will get no more newsletters by e-mail."), state=close(turn.state))
    noted = plain(turn, turn.say("Noted. So that it also holds for your account, I need to know which one it is."))
    return prepend(identify.begin(replace(turn, text=""), "newsletter_off", args, resume=_sign_off), noted)


def _answer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind != "yes" or not is_clear_yes(answer.text):
        return tell(turn, turn.say("All right, no newsletter."), state=close(turn.state))
    if not turn.is_verified:
        return identify.begin(replace(turn, text="", entities={}), "newsletter")
    if _record(turn, "granted", compose_question(turn.language, question).text) == "pending":
        return tell(turn, confirm_by_letter(turn), state=close(turn.state))
    return tell(turn, turn.say("Done: you are signed up for the newsletter."), state=close(turn.state))


def _is_on(turn: Turn) -> bool:
    with turn.services.store.read() as connection:
        return consent_state(connection, turn.conversation.customer_id, "marketing", "email") == "granted"


def _record(turn: Turn, answer: Recorded, wording: str) -> str:
    """Keep what was said to which words, and that it was, together and once a message; how it stands now. Writes."""
    conversation, yes = turn.conversation, said_yes(turn, "marketing", "email", wording)
    home = find_country(turn.services, yes.customer_id, yes.customer_ref) if answer == "granted" else ("", "")
    who = f"customer:{conversation.verified_ref}" if turn.is_verified else "person"
    with turn.services.store.write() as connection:
        is_new = note_change(connection, turn, f"newsletter_{answer}", who)
        if is_new and answer == "granted":
            return keep_yes(connection, turn.services, yes, home)
        if is_new:
            record_consent(
                connection,
                yes.customer_id,
                purpose=yes.purpose,
                channel=yes.channel,
                state=answer,
                source=yes.source,
                wording=wording,
                now=turn.now,
                declared=turn.services.privacy.declared,
            )
        return consent_state(connection, yes.customer_id, yes.purpose, yes.channel)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
RESUMES: dict[str, Resume] = {"newsletter": _begin, "newsletter_off": _sign_off}
