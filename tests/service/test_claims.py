"""Who a message about anything says that it is from."""

import pytest

from bot.service.identify import Claim, find_claims


@pytest.mark.parametrize(("text", "name", "postcode"), [
    ("hey i want to return the lamp, Noah Brown 80279", ("Noah", "Brown"), "80279"),
    ("Bonjour, ici Camille Roussel, 75011, où en est ma commande ?", ("Camille", "Roussel"), "75011"),
    ("this is mia garcia from 46229 - cancel order #W123", ("mia", "garcia"), "46229"),
    ("zip 32185-1234, name is Olivia Lopez", ("Olivia", "Lopez"), "32185"),
])
def test_finds_the_name_that_stands_beside_a_postcode(text, name, postcode):
    claims = find_claims(text, takes_names=True)
    assert Claim(first_name=name[0], last_name=name[1], postcode=postcode) in claims


def test_believes_a_capital_letter_before_any_other_word():
    first = find_claims("my old toaster broke, Yusuf Rossi, 19122 is me", takes_names=True)[0]
    assert (first.first_name, first.last_name) == ("Yusuf", "Rossi")


def test_an_address_says_it_all():
    assert find_claims("I am Mia Garcia, 46229, mia@example.com", takes_names=True) == [Claim(email="mia@example.com")]


@pytest.mark.parametrize("text", [
    "", "where is my order #12345", "cancel order 12345678", "80279", "send me 3 lamps", "Noah Brown", "W-80279 please",
])
def test_says_nobody_where_no_name_stands_near_a_postcode(text):
    assert find_claims(text, takes_names=True) == []


def test_takes_no_names_where_the_policy_takes_none():
    assert find_claims("Noah Brown, 80279", takes_names=False) == []


def test_tries_few_names_of_a_long_message():
    said = "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India 80279 Juliet Kilo"
    assert len(find_claims(said, takes_names=True)) <= 8
