"""A letter's subject line: of the shop's file, filled in with its facts, and the first sentence where there is none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.email.limits import choose_subject
from bot.contracts.messages import OutboundMessage
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import load_triggers
from bot.errors import FixConfiguration
from bot.nudges.compose import Setting, compose
from bot.nudges.facts import Facts

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FILE = """[triggers.hello]
kind = "greeting"
on = ["Birthday"]
expires_seconds = 60
cooldown_seconds = 60
purpose = "service"
channels = ["web", "email"]
[[triggers.hello.messages]]
case = "any"
variant = "plain"
fr = "Bon anniversaire ! Une envie ?"
en = "Happy birthday! Do you fancy something?"
"""
SUBJECT = 'subject = { fr = "C’est votre jour", en = "It is your day" }\n'


def _load(folder: Path, text: str):
    path = folder / "triggers.toml"
    path.write_text(text, "utf-8")
    return load_triggers(path)[0]


@pytest.mark.parametrize(("line", "complaint"), [
    ('subject = "Bonjour"', "must be said in each language"), ('subject = { fr = "Bonjour" }', "in each language"),
    ('subject = { fr = " ", en = "x" }', "must be one line"),
    ('subject = { fr = "a\\nb", en = "x" }', "must be one line"),
    ('subject = { fr = "{product}", en = "x" }', "uses {product}, which is no fact"),
    ('channels = ["web"]\nsubject = { fr = "a", en = "b" }', "is not sent by e-mail"),
])
def test_names_what_is_wrong_with_a_subject(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(FixConfiguration, match=complaint):
        _load(tmp_path, f"{FILE}{line}\n")


@pytest.mark.parametrize(("line", "channel", "subject"), [
    ("", "email", "Bon anniversaire !"), (SUBJECT, "email", "C’est votre jour"), (SUBJECT, "web", "Bon anniversaire !"),
])
def test_a_letter_has_the_shops_subject(tmp_path: Path, line: str, channel: str, subject: str) -> None:
    trigger = _load(tmp_path, FILE + line)
    assert read_table("hello", write_table(trigger)) == trigger
    facts = Facts(case="any", refs={}, read_at=NOW)
    setting = Setting(channel, "fr", "Europe/Paris", "http://shop.example", NOW)
    message = compose(trigger, "plain", facts, setting).message
    assert choose_subject(OutboundMessage.from_json(message.to_json()), "nudge") == subject
    assert choose_subject(message, "code") == "Votre code"
