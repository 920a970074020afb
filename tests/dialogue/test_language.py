"""The language of a message: what carries none leaves the conversation's as it is."""

import pytest
from lingua import Language, LanguageDetectorBuilder
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.nlu.language import LanguageIdentifier, identify_language

DETECTOR = LanguageDetectorBuilder.from_languages(Language.FRENCH, Language.ENGLISH).build()


@pytest.mark.parametrize("text", ["nobody@example.com", "MP204821", "06 12 34 56 78", "https://shop.example/the-order", "/greet"])
@pytest.mark.parametrize("known", ["fr", "en"])
def test_keeps_the_language_where_the_message_has_none(text, known):
    assert identify_language(text, known, DETECTOR) is None


@pytest.mark.parametrize(
    ("text", "known"),
    [("31 rue du Beffroi, 59000 Lille", "en"), ("12 Mill Lane, Bath BA1 2AB", "fr"), ("Jean de la Fontaine", "en")],
)
def test_keeps_the_language_when_a_question_is_answered_by_data(text, known):
    message = Message({"text": text, "metadata": {"language": known, "expects": "address"}})
    LanguageIdentifier().process([message])
    assert message.get("entities", []) == []


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [("where is my order please", "fr", "en"), ("où est ma commande ?", "en", "fr"), ("hello, can you help me?", "fr", "en")],
)
def test_follows_the_customer(text, known, language):
    assert identify_language(text, known, DETECTOR) == language
