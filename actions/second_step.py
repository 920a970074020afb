"""A code by e-mail before something is shown or changed: sent, asked for, and compared with what the customer types."""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom

from actions.asking import close, person_button, tell
from actions.base import Reply, Turn
from bot.errors import NotAllowed
from bot.service.answers import Answer, find_code, says_yes
from bot.service.verification import CodeCheck, CodeRequest, check_code, issue_code, mask_email, return_code

AGAIN = (("again", "Send another code"),)
SENT = "One more step for your safety: I have sent a code of 6 digits to {address}. What is it?"
_RETRY_SENTENCES = {
    "wrong": "That is not the right code. Please check it and try again.",
    "expired": "That code is no longer good. Shall I send another one?",
}


@dataclass(frozen=True)
class Step:
    """What a code agrees to, how its question is put, and what the right one does."""

    purpose: str
    target: str  # "" when there is no such thing: no code leaves then
    address: str
    ask: Callable[..., Reply]  # (sentence, **values): the question, with AGAIN as its button
    done: Callable[[], Reply]
    sentence: str = SENT
    shown: str = ""  # of the address; masked when not told
    renew: Callable[[], Reply] | None = None  # another code, where that takes more than sending one


def send(turn: Turn, step: Step) -> Reply:
    """Send a code and ask for it; who asked for too many is told to wait. Writes."""
    wanted = CodeRequest(
        purpose=step.purpose,
        target=step.target,
        address=step.address,
        sender_id=turn.conversation.sender_id,
        customer_id=turn.conversation.customer_id,
        turn_key=turn.key,
        language=turn.language,
        shop_name=turn.services.policy.shop.name,
    )
    try:
        with turn.services.store.write() as connection:
            issue_code(
                connection,
                wanted,
                rules=turn.services.policy.verification,
                secret=turn.services.settings.session_secret,
                rng=SystemRandom(),
                now=turn.now,
            )
    except NotAllowed:
        return too_many(turn)
    return step.ask(step.sentence, address=step.shown or mask_email(step.address))


def take(turn: Turn, step: Step, answer: Answer) -> Reply:
    """What follows from what was typed: `done` on the right code, once. Writes."""
    if answer.option == "again" or says_yes(answer.text):
        return step.renew() if step.renew else send(turn, step)
    code = find_code(answer.text) or find_code(answer.entity("code"))
    if not code:
        return step.ask("The code has 6 digits. What is it?")
    found = _compare(turn, step, code)
    if found == "ok":
        return step.done()
    return step.ask(_RETRY_SENTENCES[found]) if found in _RETRY_SENTENCES else too_many(turn)


def too_many(turn: Turn) -> Reply:
    """The same sentence whatever was tried: enough for now, and a person."""
    text = turn.say("That was tried too often. For safety, please wait an hour, or talk to a person.")
    return tell(turn, text, buttons=(person_button(turn),), state=close(turn.state))


def _compare(turn: Turn, step: Step, code: str) -> CodeCheck:
    """A right code is not one too many: whoever reads that mailbox has asked for nothing that was not theirs."""
    with turn.services.store.write() as connection:
        found = check_code(
            connection,
            purpose=step.purpose,
            sender_id=turn.conversation.sender_id,
            target=step.target,
            code=code,
            rules=turn.services.policy.verification,
            secret=turn.services.settings.session_secret,
            now=turn.now,
        )
        if found == "ok":
            return_code(connection, turn.conversation.sender_id, step.address)
    return found
