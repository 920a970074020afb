"""Values as silos write them, made to compare; what cannot be read is nothing, not a guess."""

from datetime import date

import pytest

from bot.profile.resolution.normalise import (
    fold,
    normalise_date,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    normalise_street,
    postcode_area,
)


@pytest.mark.parametrize("value", [None, "", "nobody", "a@", "@b.example", "a b@c.example", 7])
def test_no_address_is_made_of_what_is_none(value):
    assert normalise_email(value) is None


@pytest.mark.parametrize("value", [None, "", "abc", "12", "+", "0" * 40])
def test_no_number_is_made_of_what_is_none(value):
    assert normalise_phone(value) is None


@pytest.mark.parametrize("value", [None, "", "yesterday", "1988", "14 mars 1988"])
def test_no_day_is_made_of_what_is_none(value):
    assert normalise_date(value) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("  Lefèvre-Dupont ", "lefevre dupont"), ("O’Neill", "oneill"), ("SØREN Łukasz", "soren lukasz"),
     ("Straße", "strasse"), ("Œuvrard", "oeuvrard"), ("İbrahim", "ibrahim")],
)
def test_folds_letters_of_many_languages(value, wanted):
    assert fold(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("Camille.Lefevre+shop@Example.org", "camille.lefevre@example.org"), ("a.b.c+x@googlemail.com", "abc@gmail.com")],
)
def test_a_mailbox_is_one_however_it_is_written(value, wanted):
    assert normalise_email(value) == wanted


def test_a_number_is_one_however_it_is_written():
    written = ("06 12 34 56 78", "+33612345678", "0033 6.12.34.56.78")
    assert {normalise_phone(each) for each in written} == {"+33612345678"}
    assert normalise_phone("020 7946 0018", "GB") == "+442079460018"


def test_a_day_is_one_however_it_is_written():
    said = (date(1988, 3, 14), "1988-03-14", "19880314", "14/03/1988", "14.3.1988", "1988-03-14T00:00:00Z")
    assert {normalise_date(each) for each in said} == {"1988-03-14"}


def test_keeps_an_impossible_day_which_still_tells_people_apart():
    assert normalise_date("1856-86-18") == "1856-86-18"


def test_neighbours_share_the_start_of_a_postcode():
    assert normalise_postcode("SW1A 2BJ") == "sw1a2bj"
    assert [postcode_area(each) for each in ("sw1a2bj", "69003", "1204", None)] == ["sw1a", "69", "12", None]


def test_writes_streets_out():
    assert normalise_street("12, av. du Gal. Leclerc") == "12 avenue du gal leclerc"
