"""A code by e-mail before something is shown or changed: sent, and compared with what the customer types."""

from random import SystemRandom

from actions.base import Turn
from bot.errors import NotAllowed
from bot.service.verification import CodeCheck, CodeRequest, check_code, issue_code


def send_code(turn: Turn, *, purpose: str, target: str, address: str) -> bool:
    """Send a code that agrees to `target` to an address; False when too many were sent. Writes."""
    wanted = CodeRequest(
        purpose=purpose,
        target=target,
        address=address,
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
        return False
    return True


def compare_code(turn: Turn, *, purpose: str, target: str, code: str) -> CodeCheck:
    """What a typed code is: `ok` once, `wrong`, `expired`, or one try too many. Writes."""
    with turn.services.store.write() as connection:
        return check_code(
            connection,
            purpose=purpose,
            sender_id=turn.conversation.sender_id,
            target=target,
            code=code,
            rules=turn.services.policy.verification,
            secret=turn.services.settings.session_secret,
            now=turn.now,
        )
