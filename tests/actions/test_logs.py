"""Promise 8: a whole turn of account changes, proofs and letters leaves ids in the logs, and nothing else."""

import asyncio
import logging
from typing import Any

import pytest
from structlog.testing import capture_logs

import actions.base
from actions.edit_account import ActionEditAccount
from bot.channels.calls import OneByOne
from bot.channels.handover import work_inbox
from bot.channels.inbox import receive
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, SenderId
from bot.errors import Unavailable, UnknownFate
from bot.nudges.dispatch import dispatch_once

STREET, EMAIL, WORDS = "12 rue de la Paix", "somebody.new@example.org", "please keep this between us"


class Vendor(OneByOne):
    """Takes the first letter, loses the second, refuses the rest."""

    answers = 0

    def send(self, row: Any) -> str:
        self.answers += 1
        match self.answers:
            case 1:
                return "v-1"
            case 2:
                raise UnknownFate(f"no answer about {row.address}")
        raise Unavailable(f"refused {row.payload.text}")


class Rasa:
    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        raise Unavailable(f"no answer to {message.text}")


class Dispatcher:
    def utter_message(self, **_said: Any) -> None:
        """Nobody listens."""


def test_no_log_line_holds_what_a_customer_said_or_where_they_live(world, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    secrets = [STREET, EMAIL, WORDS, "camille.laurier", "Laurier", "06 12 34 56 78", "612345678"]
    with capture_logs() as lines:
        world.sign_in("camille")
        world.do(ActionEditAccount, f"change my address to {STREET}, 69002 Lyon")
        world.answer("yes", intent="affirm")
        secrets.append(world.last_code())
        world.answer(world.last_code())
        world.do(ActionEditAccount, f"my new e-mail is {EMAIL}")
        world.answer("yes", intent="affirm")
        world.do(ActionEditAccount, "my phone is 06 12 34 56 78 now")
        dispatch_once(world.services, Vendor(), kinds=("code", "notice"))
        with world.services.store.write() as connection:
            receive(connection, InboundMessage(MessageId("m-9"), "web", SenderId("s-1"), text=WORDS), world.now)
        work_inbox(world.services.store, Rasa(), lambda: world.now)
        _fail_in_an_action(world, monkeypatch)
    said = [str(line) for line in lines] + [record.getMessage() for record in caplog.records]
    assert len(lines) >= 4
    assert [(secret, line) for secret in secrets for line in said if secret in line] == []


def _fail_in_an_action(world, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop breaks in the middle of a turn, with the customer's words in its error."""
    monkeypatch.setattr(actions.base, "get_services", lambda: world.as_they_are)
    monkeypatch.setattr(ActionEditAccount, "reply", _break)
    tracker = world.tracker({"text": WORDS, "intent": {"name": "edit_account"}, "metadata": {}}, "en")
    tracker.latest_message.setdefault("entities", [])
    asyncio.run(ActionEditAccount().run(Dispatcher(), tracker, {}))


def _break(_action: Any, turn: Any) -> None:
    raise Unavailable(turn.text)
