"""The shop's tone: read with the place of each mistake, written back alike, and what words differ from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.bootstrap import PROJECT
from bot.console.journeys import list_messages
from bot.content.tone import Tone, check_tone, dump_tone, load_tone, parse_tone
from bot.decision.triggers import load_triggers
from bot.errors import FixConfiguration

DEMO = PROJECT / "data" / "shops" / "demo"
STRICT = Tone("vous", False, 6, never={"fr": ("cher client", "n’hésitez pas"), "en": ("guys",)})


def _load(folder: Path, text: str) -> Tone:
    path = folder / "tone.toml"
    path.write_text(text, "utf-8")
    return load_tone(path)


def test_a_shop_without_the_file_has_no_rule(tmp_path: Path) -> None:
    assert load_tone(tmp_path / "tone.toml") == Tone()
    assert check_tone("Salut à vous tous ✨ " + "et encore " * 40, "fr", Tone()) == ()


@pytest.mark.parametrize(("text", "complaint"), [
    ("emojis = true", "tone.emojis is not known"), ("emoji = 1", "tone.emoji must be true"),
    ("longest_sentence_words = 2.5", "longest_sentence_words must be a whole number"),
    ('[fr]\naddress = "on"', "line 2: fr.address is 'on'"), ('[en]\naddress = "tu"', "en.address is not known"),
    ('[fr]\nsignature = "{name}"', "fr.signature must be plain words"), ('[fr]\nnever = ["  "]', "fr.never must be"),
    ("fr = 3", "fr must be a table"),
])
def test_names_the_place_of_each_mistake(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FixConfiguration, match="tone.toml.*" + complaint.replace(".", r"\.")):
        _load(tmp_path, text)


def test_what_is_kept_is_what_was_read() -> None:
    tone = replace(load_tone(DEMO / "tone.toml"), address="tu", signature={"fr": "À bientôt", "en": "See you"})
    assert parse_tone(dump_tone(tone)) == tone


@pytest.mark.parametrize(("text", "language", "rules"), [
    ("Votre panier vous attend.", "fr", []), ("Ton panier t’attend.", "fr", ["says_vous"]),
    ("Cher  client, bonjour.", "fr", ["never_said"]), ("N'hesitez pas !", "fr", ["never_said"]),
    ("Chers clients, bonjour.", "fr", []), ("Hello guys!", "en", ["never_said"]), ("You, tu?", "en", []),
    ("Votre panier ✨ 🎁", "fr", ["emoji", "emoji"]), ("15 € © ou 20 % ?", "fr", ["emoji"]),
    ("Un deux trois quatre cinq six sept.", "fr", ["long_sentence"]), ("Un deux trois. Quatre cinq six ?", "fr", []),
])
def test_says_where_words_differ(text: str, language: str, rules: list[str]) -> None:
    assert [each.rule for each in check_tone(text, language, STRICT)] == rules


def test_the_other_address_is_found_too() -> None:
    assert [each.what for each in check_tone("Votre panier t’attend.", "fr", Tone("tu"))] == ["votre"]


def test_every_message_of_the_demo_is_in_its_tone() -> None:
    tone, triggers = load_tone(DEMO / "tone.toml"), load_triggers(DEMO / "triggers.toml")
    said = [text for each in triggers for _, message in list_messages(each) for text in message.texts.items()]
    assert [(text, found) for language, text in said if (found := check_tone(text, language, tone))] == []
