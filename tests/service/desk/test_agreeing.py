"""What is a yes to something that will be written, and what is not."""

import pytest

from bot.service.desk.agreeing import agrees, is_bare_no, is_clear_yes, is_filler, puts_off
from bot.service.desk.naming import plain


@pytest.mark.parametrize("text", [
    "yes", "Oui, allez-y", "go for it", "sounds great", "that works", "ok, do it. and how long will it take?",
    "okay, can you go ahead?",
    "yes please, and what about my other order?", "works for me", "d'accord", "parfait, je confirme",
    "yes, don't need it any more. figures, I always buy too much",
    "the paypal is right i think. so yes please, if that's okay",
])
def test_agrees(text):
    assert agrees(text)


@pytest.mark.parametrize("text", [
    "", "okay, and how much would I get back?",
    "okay and how much would I get back?", "ok how much is that?", "sure?", "hm",
    "ok but not the lamp", "no", "wait, is it the blue one?",
    "on second thoughts I'll keep it", "what happens if I say yes?",
])
def test_does_not_agree(text):
    assert not agrees(text)


@pytest.mark.parametrize("text", [
    "no", "non merci", "never mind", "I changed my mind, keep it", "actually, forget it", "laissez tomber",
    "no then, just leave it", "on second thought I don't want to return it", "je le garde",
])
def test_a_bare_no_wants_nothing_instead(text):
    assert is_bare_no(plain(text))


@pytest.mark.parametrize("text", ["no, the red one", "not that one, the other order", "non, plutôt à Lyon"])
def test_a_no_with_something_instead_is_none(text):
    assert not is_bare_no(plain(text))


def test_okay_alone_fills_a_pause():
    assert is_filler("okay") and is_filler("hmm right") and not is_filler("okay do it")


@pytest.mark.parametrize(("text", "expected"), [
    ("yes", True), ("oui merci", True), ("please make it 12 rue des Lilas, 69003 Lyon", False),
    ("not sure about that", False),
])
def test_politeness_is_no_yes(text, expected):
    assert is_clear_yes(text) is expected


@pytest.mark.parametrize(("text", "expected"), [
    ("helmet is right, yes. but first I asked for my gift card, where's that?", True),
    ("yes, but wait", True), ("oui mais d'abord l'adresse", True), ("yes, the first one", False), ("yes please", False),
])
def test_something_else_first(text, expected):
    assert puts_off(plain(text)) is expected
