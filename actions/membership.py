"""What is done on the shop's own pages: an account, a forgotten password, a review."""

from typing import ClassVar

from actions.asking import person_button, tell
from actions.base import Reply, ShopAction, Turn
from bot.contracts.messages import QuickReply
from bot.service.policy import Bilingual


class ActionCreateAccount(ShopAction):
    """Create an account."""

    intent: ClassVar[str] = "create_account"

    def reply(self, turn: Turn) -> Reply:
        """Where it is done; a password never goes through the chat."""
        return _tell_where(turn, turn.services.policy.account.create)


class ActionRecoverPassword(ShopAction):
    """I forgot my password."""

    intent: ClassVar[str] = "recover_password"

    def reply(self, turn: Turn) -> Reply:
        """Where it is done; a password never goes through the chat."""
        return _tell_where(turn, turn.services.policy.account.password)


class ActionLeaveReview(ShopAction):
    """Leave a review."""

    intent: ClassVar[str] = "leave_review"

    def reply(self, turn: Turn) -> Reply:
        """Where it is done."""
        return _tell_where(turn, turn.services.policy.account.review)


def _tell_where(turn: Turn, rule: Bilingual) -> Reply:
    shop = QuickReply(turn.say("Open the shop"), url=turn.services.settings.public_url)
    return tell(turn, rule.into(turn.language), buttons=(shop, person_button(turn)))
